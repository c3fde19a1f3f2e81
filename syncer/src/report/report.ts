/** What the syncer tells of its work in the status of the SyncerConfig; pure. */
import type { NamedObjects, SyncerConfigStatus, SyncerFailure } from '@kubestellar/api';
import type { Problem } from '@kubestellar/rules';
import type { Wanted } from '../config/wanted.ts';
import { formatObjectKey, type ObjectKey, parseObjectKey } from '../object-key.ts';

/** The part of the status that the syncer writes. */
export type Report = Required<Pick<SyncerConfigStatus, 'observedGeneration' | 'failing'>> &
  Pick<SyncerConfigStatus, 'observedParts' | 'failures' | 'pending' | 'incomplete'>;

/** What a report is made of. */
export interface Findings {
  /** The generation of the SyncerConfig that `wanted` stems from. */
  generation: number;
  /** Those of its further parts. */
  parts: readonly number[];
  wanted: Wanted;
  /** By key of the work queue. */
  problems: Iterable<[string, Problem]>;
  /** Whether the cluster has the object, so that only its failures are worth telling. */
  isBrought(resource: string, namespace: string, name: string): boolean;
  /** Bytes that the names of objects may take. */
  room: number;
}

/** Messages that are told one by one; objects with rarer ones are told together. */
const MAX_MESSAGES = 50;
/** Of so many names, "*" tells the same as all of them. */
const WORTH_A_STAR = 4;
const ALL = '*';
/** What a name costs beside its characters: quotes, a comma, and protobuf or CBOR overhead at the server. */
const PER_NAME = 4;
const PER_LIST = 60;

/** @returns the report, and how many wanted objects were not brought down yet */
export function reportOf(findings: Findings): { report: Report; pending: number } {
  const { generation, parts, wanted, problems, isBrought } = findings;
  const room = new Room(findings.room);
  const groups = new Map<Problem, string[]>();
  const failing = new Set<string>();
  for (const [key, problem] of problems) {
    failing.add(key);
    const keys = groups.get(problem);
    if (keys) keys.push(key);
    else groups.set(problem, [key]);
  }
  const failures = mergeRare(groups).map(([problem, keys]): SyncerFailure => {
    const objects = room.take(namesOf(keys, wanted));
    return { ...problem, count: keys.length, ...(objects.length > 0 ? { objects } : {}) };
  });
  const missing: string[] = [];
  for (const { resource, namespace, name } of namedIn(wanted)) {
    const key = formatObjectKey(resource, namespace, name);
    if (!failing.has(key) && !isBrought(resource, namespace, name)) missing.push(key);
  }
  const pending = room.take(namesOf(missing, wanted));
  return {
    report: {
      observedGeneration: generation,
      ...(parts.length > 0 ? { observedParts: [...parts] } : {}),
      failing: failing.size,
      ...(failures.length > 0 ? { failures } : {}),
      ...(pending.length > 0 && !room.exceeded ? { pending } : {}),
      ...(room.exceeded ? { incomplete: true } : {}),
    },
    pending: missing.length,
  };
}

/** Each object that is wanted by its name; what "*" stands for is not known here. */
function* namedIn(wanted: Wanted): Generator<ObjectKey> {
  for (const [resource, { names: byNamespace }] of wanted.resources)
    for (const [namespace, names] of byNamespace)
      for (const name of names) if (name !== ALL) yield { resource, namespace, name };
}

/** The most frequent messages first; what is beyond the limit is one group. */
function mergeRare(groups: ReadonlyMap<Problem, string[]>): [Problem, string[]][] {
  const sorted = [...groups].sort(
    ([a, keysOfA], [b, keysOfB]) => keysOfB.length - keysOfA.length || compareText(a.message, b.message),
  );
  const rare = sorted.slice(MAX_MESSAGES);
  if (rare.length === 0) return sorted;
  const message = `one of ${rare.length} more messages; the log of the syncer has each`;
  return [
    ...sorted.slice(0, MAX_MESSAGES),
    [{ reason: 'Various', message }, rare.flatMap(([, keys]) => keys)],
  ];
}

/** Sorted, so that the same objects always make the same text. */
function namesOf(keys: readonly string[], wanted: Wanted): NamedObjects[] {
  const lists = new Map<string, NamedObjects>();
  for (const key of [...keys].sort(compareText)) {
    const { resource, namespace, name } = parseObjectKey(key);
    const id = `${resource}|${namespace}`;
    const list = lists.get(id) ?? { resource, ...(namespace ? { namespace } : {}), names: [] };
    list.names.push(name);
    lists.set(id, list);
  }
  return [...lists.values()].map((list) => {
    const { resource, namespace = '', names } = list;
    const all = wanted.resources.get(resource)?.names.get(namespace);
    const isAll =
      names.length >= WORTH_A_STAR && all?.size === names.length && names.every((n) => all.has(n));
    return isAll ? { ...list, names: [ALL] } : list;
  });
}

/** Bytes that may still be filled with names. */
class Room {
  #left: number;
  exceeded = false;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** @returns as much of the lists as there is room for */
  take(lists: readonly NamedObjects[]): NamedObjects[] {
    return lists.flatMap((list) => {
      this.#left -= PER_LIST + list.resource.length + (list.namespace?.length ?? 0);
      const names = list.names.filter((name) => {
        const fits = this.#left >= name.length + PER_NAME;
        if (fits) this.#left -= name.length + PER_NAME;
        else this.exceeded = true;
        return fits;
      });
      return names.length > 0 ? [{ ...list, names }] : [];
    });
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
