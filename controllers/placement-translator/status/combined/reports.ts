import { groupResourceOf, type NamedObjects, type SyncerConfig } from '@kubestellar/api';
import type { Problem } from '@kubestellar/rules';
import {
  copiedNameOf,
  copiedResourceOf,
  formatObjectKey,
  type LocalObject,
  type ObjectKey,
} from '../../keys.ts';

/** What is known of one object on one cluster: it is there as wanted, on its way, something is wrong, or nothing. */
export type CopyState = 'applied' | 'pending' | 'unknown' | Problem;

/** What one syncer has told, by object. */
interface MailboxReport {
  failing: ReadonlyMap<ObjectKey, Problem>;
  /** What the cluster had when its syncer told last, failing or not. */
  brought: ReadonlySet<ObjectKey>;
  /** How many objects were on their way then. */
  pending: number;
  /** When it was told (milliseconds). */
  at: number;
}

const NOTHING: MailboxReport = { failing: new Map(), brought: new Set(), pending: 0, at: 0 };
const ALL = '*';
/** A busy syncer reports once a second; one that has told nothing for so long does not work (milliseconds). */
const FRESH = 3000;

/**
 * What the syncers tell in the status of their SyncerConfigs. A report says which objects are failing and which
 * are pending; all others that the SyncerConfig, with its further parts, names are there, if the generations are those
 * that were reported on.
 */
export class Reports {
  readonly #byMailbox = new Map<string, MailboxReport>();

  /**
   * Takes up a report.
   * @param configs the SyncerConfig that has the report, and its further parts
   * @returns the local objects whose state may have changed
   */
  update(mailbox: string, configs: readonly (SyncerConfig | undefined)[]): Set<ObjectKey> {
    const before = this.#byMailbox.get(mailbox) ?? NOTHING;
    const [theOne] = configs;
    const after = theOne ? reportIn(theOne, configs, before) : NOTHING;
    if (theOne) this.#byMailbox.set(mailbox, after);
    else this.#byMailbox.delete(mailbox);
    return new Set(differences(before, after));
  }

  /** @returns how many objects are on their way to the cluster that has the most, as far as was told just now */
  pending(): number {
    const since = Date.now() - FRESH;
    return [...this.#byMailbox.values()].reduce(
      (most, { pending, at }) => (at > since ? Math.max(most, pending) : most),
      0,
    );
  }

  /** @returns what the syncer of a mailbox workspace has told of an object */
  stateOf(mailbox: string, local: ObjectKey): CopyState {
    const report = this.#byMailbox.get(mailbox) ?? NOTHING;
    return report.failing.get(local) ?? (report.brought.has(local) ? 'applied' : 'pending');
  }
}

/** The objects whose problem is another now, or that have arrived or left. */
function* differences(before: MailboxReport, after: MailboxReport): Generator<ObjectKey> {
  for (const [local, problem] of after.failing) if (before.failing.get(local) !== problem) yield local;
  for (const local of before.failing.keys()) if (!after.failing.has(local)) yield local;
  for (const local of after.brought) if (!before.brought.has(local)) yield local;
  for (const local of before.brought) if (!after.brought.has(local)) yield local;
}

function reportIn(
  { status = {} }: SyncerConfig,
  configs: readonly (SyncerConfig | undefined)[],
  before: MailboxReport,
): MailboxReport {
  const named = namesIn(configs);
  const failing = failuresIn(status, named, before);
  const observed = [status.observedGeneration, ...(status.observedParts ?? [])];
  const upToDate =
    observed[0] !== undefined && configs.every((config, n) => config?.metadata.generation === observed[n]);
  const pending = new Set(localsOf(status.pending ?? [], named));
  const brought = new Set<ObjectKey>();
  for (const { groupResource, namespace, names } of named.values()) {
    for (const name of names) {
      const local = formatObjectKey({ groupResource, namespace, name });
      const isKnown = upToDate && !status.incomplete;
      if (isKnown ? !pending.has(local) : before.brought.has(local)) brought.add(local);
    }
  }
  return { failing, brought, pending: pending.size, at: Date.now() };
}

/** What was reported before stays the same object, so that what has changed is found by identity. */
function failuresIn(
  { failures = [] }: NonNullable<SyncerConfig['status']>,
  named: ReadonlyMap<string, NamedGroup>,
  before: MailboxReport,
): Map<ObjectKey, Problem> {
  const failing = new Map<ObjectKey, Problem>();
  for (const { reason, message, objects = [] } of failures) {
    const known = [...before.failing.values()].find((p) => p.reason === reason && p.message === message);
    const problem = known ?? { reason, message };
    for (const local of localsOf(objects, named)) failing.set(local, problem);
  }
  return failing;
}

/** Objects of one resource in one Namespace. */
type NamedGroup = Pick<LocalObject, 'groupResource' | 'namespace'> & { names: readonly string[] };

const groupKey = (groupResource: string, namespace: string) => `${groupResource}/${namespace}`;

/** What the specs name, by groupKey. */
function namesIn(configs: readonly (SyncerConfig | undefined)[]): Map<string, NamedGroup> {
  const named = new Map<string, NamedGroup>();
  const add = (groupResource: string, namespace: string, names: readonly string[]) => {
    const key = groupKey(groupResource, namespace);
    const known = named.get(key)?.names;
    named.set(key, { groupResource, namespace, names: known ? [...known, ...names] : names });
  };
  for (const config of configs) {
    for (const { group, resource, objectsByNamespace = [] } of config?.spec?.namespacedObjects ?? []) {
      const groupResource = groupResourceOf({ group, plural: resource });
      for (const { namespace, names = [] } of objectsByNamespace) add(groupResource, namespace, names);
    }
    for (const { group, resource, objects = [] } of config?.spec?.clusterScope ?? [])
      add(groupResourceOf({ group, plural: resource }), '', objects);
  }
  return named;
}

function* localsOf(
  lists: readonly NamedObjects[],
  named: ReadonlyMap<string, NamedGroup>,
): Generator<ObjectKey> {
  for (const { resource, namespace = '', names } of lists) {
    // A syncer tells of what is in the cluster, where kinds have their natural names.
    const groupResource = copiedResourceOf(resource);
    const all = names.includes(ALL)
      ? (named.get(groupKey(groupResource, namespace))?.names ?? [])
      : names.map((name) => copiedNameOf(resource, name));
    for (const name of all) yield formatObjectKey({ groupResource, namespace, name });
  }
}
