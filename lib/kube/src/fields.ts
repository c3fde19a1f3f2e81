import type { KubeObject, ManagedFieldsEntry } from '@kubestellar/api';
import { isEqualJson, ownMember } from './json.ts';
import { ListEntries, listMembers, namedBy } from './list-entries.ts';

type Fields = { [key: string]: unknown };
type Map_ = { [key: string]: unknown };

/** Fields that identify an object are not owned by managers. */
const IDENTITY = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace']);

/** How the fields that we own of an object differ from the desired ones; each a line for people and logs. */
export interface Differences {
  /** Desired fields with another value, `path=live value`. */
  changed: string[];
  /** Desired fields that are not ours. */
  unowned: string[];
  /** Fields of ours that are not desired. */
  surplus: string[];
}

/**
 * Compares the desired with the live object, in the fields that our field manager owns (or should own).
 * Ownership is read from the object's managedFields, so that fields of others never count, a field that
 * left the desired object counts until we no longer own it, and nothing needs to be remembered.
 *
 * @param desired the object as we apply it: no nulls, no status
 * @param fields what we own of `live`, in the format of `fieldsV1`
 */
export function ownedDifferences(desired: KubeObject, live: KubeObject, fields: Fields): Differences {
  const found: Differences = { changed: [], unowned: [], surplus: [] };
  compareMap(desired as unknown as Map_, live as unknown as Map_, fields, '', found);
  return found;
}

/** @returns the part of `managedFields` that `ownedDifferences` and `isScaledByOthers` read, to cache no more */
export function concernsOwner(fieldManager: string): (entry: ManagedFieldsEntry) => boolean {
  return ({ manager, subresource }) => manager === fieldManager || subresource === 'scale';
}

/** @returns whether someone has written spec.replicas through the scale subresource, as autoscalers do */
export function isScaledByOthers(managedFields: readonly ManagedFieldsEntry[] | undefined): boolean {
  return (managedFields ?? []).some((entry) => {
    const spec =
      entry.subresource === 'scale' ? (entry.fieldsV1?.['f:spec'] as Fields | undefined) : undefined;
    return spec !== undefined && 'f:replicas' in spec;
  });
}

function compare(desired: unknown, live: unknown, fields: Fields, path: string, found: Differences): void {
  const members = Object.keys(fields).filter((key) => key !== '.');
  if (members.length === 0) {
    // An empty map owns just its existence: what others put into it is theirs.
    if (isMap(desired) && Object.keys(desired).length === 0 && isMap(live)) return;
    if (!isEqualJson(desired, live)) found.changed.push(`${path}=${JSON.stringify(live)}`);
  } else if (Array.isArray(desired) && members.every((member) => !member.startsWith('f:'))) {
    compareList(desired, Array.isArray(live) ? live : [], fields, members, path, found);
  } else if (isMap(desired) && members.every((member) => member.startsWith('f:'))) {
    compareMap(desired, isMap(live) ? live : {}, fields, path, found);
  } else {
    found.unowned.push(`${path} has another type`);
  }
}

function compareMap(
  desired: Map_,
  live: Map_,
  fields: Fields,
  path: string,
  found: Differences,
  listKeys?: Map_,
): void {
  for (const [name, value] of Object.entries(desired)) {
    const below = pathTo(path, name);
    if (IDENTITY.has(below) || value === undefined) continue;
    const owned = fields[`f:${name}`];
    if (owned !== undefined) compare(value, ownMember(live, name), owned as Fields, below, found);
    else if (!isUnownedButEqual(name, value, live, listKeys)) found.unowned.push(`${below} not owned`);
  }
  for (const field of Object.keys(fields)) {
    const name = field.slice(2);
    const isWanted = ownMember(desired, name) !== undefined || ownMember(listKeys, name) !== undefined;
    if (!field.startsWith('f:') || isWanted) continue;
    // Metadata itself is owned as a map that may have become empty.
    found.surplus.push(`${pathTo(path, name)} still owned`);
  }
}

function pathTo(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

/** Maps without content, and the keys of list entries, are not always listed among the owned fields. */
function isUnownedButEqual(name: string, value: unknown, live: Map_, listKeys: Map_ | undefined): boolean {
  if (listKeys && Object.hasOwn(listKeys, name)) return isEqualJson(value, ownMember(live, name));
  return isMap(value) && Object.keys(value).every((key) => IDENTITY.has(`${name}.${key}`));
}

function compareList(
  desired: readonly unknown[],
  live: readonly unknown[],
  fields: Fields,
  members: readonly string[],
  path: string,
  found: Differences,
): void {
  const known = listMembers(members);
  const unowned = desired.filter(not(namedBy(known)));
  if (unowned.length > 0) found.unowned.push(`${path} has ${unowned.length} entries that are not owned`);
  const [wantedEntries, actualEntries] = [new ListEntries(desired), new ListEntries(live)];
  for (const { member, keys, value } of known) {
    if (keys) {
      const below = `${path}[${member.slice(2)}]`;
      const entries = [wantedEntries.find(keys), actualEntries.find(keys)] as const;
      compareEntry(...entries, fields[member] as Fields, below, found, keys);
    } else if (!wantedEntries.has(value)) found.surplus.push(`${path} still holds ${member}`);
    else if (!actualEntries.has(value)) found.changed.push(`${path} lacks ${member}`);
  }
}

/** Compares an entry of a list whose entries have keys; it may be missing on either side. */
function compareEntry(
  desired: Map_ | undefined,
  live: Map_ | undefined,
  owned: Fields,
  path: string,
  found: Differences,
  keys: Map_,
): void {
  if (!desired) found.surplus.push(`${path} still owned`);
  else if (!live) found.changed.push(`${path} missing`);
  // An atomic entry, such as an owner reference, is owned as one value.
  else if (Object.keys(owned).length === 0) compare(desired, live, owned, path, found);
  else compareMap(desired, live, owned, path, found, keys);
}

function not(test: (entry: unknown) => boolean): (entry: unknown) => boolean {
  return (entry) => !test(entry);
}

function isMap(value: unknown): value is Map_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
