/**
 * The entries of a list in server-side apply, and the members `k:{…}` and `v:…` of `fieldsV1` that name them. Lists may
 * have thousands of entries and as many members: each is looked up, and none is compared with all others.
 */

type Map_ = { [key: string]: unknown };

/** A member of the owned fields of a list. */
export interface ListMember {
  /** In the format of `fieldsV1`. */
  member: string;
  /** The keys of the entry; undefined when the entry is a value. */
  keys: Map_ | undefined;
  value: unknown;
}

/** @returns the parsed members of the owned fields of a list, without those that name no entry */
export function listMembers(members: readonly string[]): ListMember[] {
  return members.flatMap((member): ListMember[] => {
    if (!/^[kv]:/.test(member)) return [];
    const value = JSON.parse(member.slice(2)) as unknown;
    return [{ member, keys: member.startsWith('k:') ? (value as Map_) : undefined, value }];
  });
}

/** Finds entries of a list. */
export class ListEntries {
  readonly #list: readonly unknown[];
  #values: Set<string> | undefined;
  readonly #indexes = new Map<string, ReadonlyMap<string, PartialIndex>>();

  constructor(list: readonly unknown[]) {
    this.#list = list;
  }

  /** Whether the list contains this value. */
  has(value: unknown): boolean {
    this.#values ??= new Set(this.#list.map(canonical));
    return this.#values.has(canonical(value));
  }

  /** @returns the entry with these keys; one may leave out a key that the schema gives a default, such as a protocol */
  find(keys: Map_): Map_ | undefined {
    const names = Object.keys(keys).sort();
    const signature = JSON.stringify(names);
    const indexes = this.#indexes.get(signature) ?? this.#indexBy(names);
    this.#indexes.set(signature, indexes);
    let first: Found | undefined;
    for (const { present, entries } of indexes.values()) {
      const found = entries.get(valuesOf(keys, present));
      if (found && present.length === names.length) return found.entry;
      if (found && (!first || found.at < first.at)) first = found;
    }
    return first?.entry;
  }

  /** By the keys of the entries: the first entry for each set of their values. */
  #indexBy(names: readonly string[]): Map<string, PartialIndex> {
    const indexes = new Map<string, PartialIndex>();
    for (const [at, entry] of this.#list.entries()) {
      if (!isMap(entry)) continue;
      const present = presentIn(entry, names);
      const signature = JSON.stringify(present);
      const index = indexes.get(signature) ?? { present, entries: new Map<string, Found>() };
      indexes.set(signature, index);
      const values = valuesOf(entry, present);
      if (!index.entries.has(values)) index.entries.set(values, { entry, at });
    }
    return indexes;
  }
}

interface Found {
  entry: Map_;
  /** Its index in the list. */
  at: number;
}

interface PartialIndex {
  present: readonly string[];
  entries: Map<string, Found>;
}

/** @returns a function that checks whether some member names an entry, in which keys may be left out */
export function namedBy(members: readonly ListMember[]): (entry: unknown) => boolean {
  const values = new ListEntries(members.flatMap(({ keys, value }) => (keys ? [] : [value])));
  const groups = new Map<string, { names: string[]; all: Map_[]; bySubset: Map<string, Set<string>> }>();
  for (const { keys } of members) {
    if (!keys) continue;
    const names = Object.keys(keys).sort();
    const signature = JSON.stringify(names);
    const group = groups.get(signature) ?? { names, all: [], bySubset: new Map<string, Set<string>>() };
    groups.set(signature, group);
    group.all.push(keys);
  }
  const isKeyed = (entry: Map_) =>
    [...groups.values()].some(({ names, all, bySubset }) => {
      const present = presentIn(entry, names);
      const subset = JSON.stringify(present);
      const known = bySubset.get(subset) ?? new Set(all.map((keys) => valuesOf(keys, present)));
      bySubset.set(subset, known);
      return known.has(valuesOf(entry, present));
    });
  return (entry) => values.has(entry) || (isMap(entry) && isKeyed(entry));
}

function presentIn(entry: Map_, names: readonly string[]): string[] {
  return names.filter((name) => Object.hasOwn(entry, name) && entry[name] !== undefined);
}

function valuesOf(entry: Map_, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => canonical(entry[name])));
}

/** The same text for equal values, whatever the order of their members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? 'undefined';
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

function isMap(value: unknown): value is Map_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
