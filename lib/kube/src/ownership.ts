/**
 * Copies that were created by POST, which costs a server half as much as server-side apply does. The server
 * then lists the defaults that it has added among our fields. To distinguish these from fields that
 * leave the desired object later, an annotation of the copy names the fields with which it was created.
 */
import { createHash } from 'node:crypto';
import { CREATED_FIELDS, type KubeObject, type ManagedFieldsEntry } from '@kubestellar/api';
import { ownedDifferences } from './fields.ts';

type Fields = { [key: string]: unknown };

/** The differences between the live and the desired object. */
export interface Standing {
  /** One line for each difference; empty when applying would change nothing. */
  differences: string[];
  /** Whether `asApplied` must precede the apply, because we own fields that an apply would not release. */
  mustHandOver: boolean;
}

/**
 * Compares an object with the desired one, in the fields that are ours or should be.
 * @param wanted the object as we apply it: no nulls, no status
 * @param described the same with the fields that yield to others, too
 */
export function compareOwned(
  wanted: KubeObject,
  live: KubeObject,
  fieldManager: string,
  described: KubeObject = wanted,
): Standing {
  const { fields, mark, byUpdate } = ownershipOf(live, fieldManager);
  if (!fields) return { differences: ['not applied yet'], mustHandOver: byUpdate };
  const { changed, unowned, surplus } = ownedDifferences(wanted, live, fields);
  if (!mark) return { differences: [...changed, ...unowned, ...surplus], mustHandOver: byUpdate };
  const sameFields = mark === fieldsMark(described);
  return {
    differences: [...changed, ...unowned, ...(sameFields ? [] : surplus)],
    mustHandOver: !sameFields || unowned.length > 0,
  };
}

/** @returns `object` with the annotation that names its fields */
export function marked<T extends KubeObject>(object: T): T {
  const annotations = { ...object.metadata.annotations, [CREATED_FIELDS]: fieldsMark(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** @returns a short text that is the same for objects with the same fields, whatever their values */
function fieldsMark(object: KubeObject): string {
  const { apiVersion: _version, kind: _kind, metadata, ...content } = object;
  const { labels, annotations, ownerReferences } = metadata;
  const shape = shapeOf({ ...content, metadata: { labels, annotations, ownerReferences } });
  return createHash('sha256').update(JSON.stringify(shape)).digest('base64url').slice(0, 16);
}

/** @returns `entries` with all that `fieldManager` owns as if it had been applied, so that an apply releases it */
export function asApplied(
  entries: readonly ManagedFieldsEntry[],
  fieldManager: string,
): ManagedFieldsEntry[] {
  const own = entries.filter((entry) => isOwn(entry, fieldManager));
  const last = own.find(({ operation }) => operation === 'Apply') ?? own.at(-1);
  if (!last) return [...entries];
  const fieldsV1 = own.reduce<Fields>((all, entry) => united(all, entry.fieldsV1 ?? {}), {});
  const others = entries.filter((entry) => !isOwn(entry, fieldManager));
  return [...others, { ...last, operation: 'Apply', fieldsV1 }];
}

/** What `fieldManager` owns, status and other subresources left out. */
function ownershipOf(live: KubeObject, fieldManager: string) {
  const entries = (live.metadata.managedFields ?? []).filter((entry) => isOwn(entry, fieldManager));
  const applied = entries.find(({ operation }) => operation === 'Apply')?.fieldsV1;
  const updated = entries.find(({ operation }) => operation === 'Update')?.fieldsV1;
  const mark = updated && live.metadata.annotations?.[CREATED_FIELDS];
  return {
    fields: mark ? united(applied ?? {}, updated) : applied,
    mark,
    byUpdate: updated !== undefined,
  };
}

function isOwn({ manager, subresource }: ManagedFieldsEntry, fieldManager: string): boolean {
  return manager === fieldManager && !subresource;
}

function united(one: Fields, other: Fields): Fields {
  const all = { ...one };
  for (const [key, below] of Object.entries(other)) {
    all[key] = Object.hasOwn(one, key) ? united(one[key] as Fields, below as Fields) : below;
  }
  return all;
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return 0;
  const names = Object.entries(value).filter(([, member]) => member !== undefined);
  return names.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, shapeOf(member)]);
}
