import { groupResourceOf, type KubeObject } from '@kubestellar/api';
import { clusterOf, compareText, keyOf } from '@kubestellar/kube';
import { reachOf } from '@kubestellar/rules';
import { dequal } from 'dequal/lite';
import { sourceDigest } from '../../customize/digest.ts';
import type { SelectingPlacement } from '../../desired/evaluate.ts';
import {
  copyKey,
  formatObjectKey,
  localObject,
  type SourceKey,
  type Want,
  type WatchedType,
} from '../../keys.ts';
import type { Collectors } from '../collect/collectors.ts';
import { withoutBookkeeping } from '../collect/scope.ts';
import type { ClusterStatuses } from './cluster-status.ts';
import { statusKey } from './combined-status.ts';
import { type Entry, nameOnly } from './entry.ts';
import { type ClusterFact, isSameTally, type Tally, tallyOf } from './object-status.ts';
import { Totals } from './placement-summary.ts';

/** So many tables fit into one object. */
const MAX_COLLECTORS = 10;

/** A WMW object that is wanted on clusters, as the caches have it. */
export interface StatusSource {
  type: WatchedType;
  object: KubeObject;
  /** The cache holds metadata only. */
  isPartial: boolean;
  /** By mailbox. */
  wants: ReadonlyMap<string, Want>;
}

/** What the object statuses are made from, and who is notified of them; functions so that tests need no server. */
export interface ObjectStatusesOptions {
  /** Finds a source; undefined when it is gone. */
  getSource(source: SourceKey): StatusSource | undefined;
  readSource(source: SourceKey): Promise<KubeObject | undefined>;
  /** The EdgePlacements that select it. */
  listPlacements(type: WatchedType, object: KubeObject): SelectingPlacement[];
  clusters: Pick<ClusterStatuses, 'list' | 'forget'>;
  collectors: Pick<Collectors, 'collect' | 'forget'>;
  /** Told that an object's CombinedStatus may be outdated, and whether there is new trouble. */
  onChange(source: SourceKey, isNews: boolean): void;
  /** Told that the tables of an object are to be made (see `collect`). */
  onCollect(source: SourceKey): void;
  /** Told that an object is gone, or wanted nowhere. */
  onGone(entry: Entry): void;
  /** Told that the sums of an EdgePlacement (its key) have changed. */
  onPlacement(placement: string, isNews: boolean): void;
}

/** What became of each object on its clusters, added up, and the sums of the EdgePlacements. */
export class ObjectStatuses {
  readonly totals = new Totals();
  readonly #options: ObjectStatusesOptions;
  readonly #entries = new Map<SourceKey, Entry>();
  /** Sources by the key of their CombinedStatus. */
  readonly #owners = new Map<string, SourceKey>();

  constructor(options: ObjectStatusesOptions) {
    this.#options = options;
  }

  /** @returns what is known of a source; undefined when it is wanted nowhere */
  entry(source: SourceKey): Entry | undefined {
    return this.#entries.get(source);
  }

  /** @returns the source that the CombinedStatus of this key is about */
  ownerOf(key: string): SourceKey | undefined {
    return this.#owners.get(key);
  }

  /** @returns the sources for which a StatusCollector of their workspace makes a table */
  *using(cluster: string, collector: string): Generator<SourceKey> {
    for (const [source, { object, collectors }] of this.#entries) {
      if (clusterOf(object) === cluster && collectors.includes(collector)) yield source;
    }
  }

  /** Adds up anew what is known of one source. */
  async update(source: SourceKey): Promise<void> {
    const { getSource, listPlacements, clusters, onChange, onCollect, onPlacement } = this.#options;
    const found = getSource(source);
    if (!found || found.wants.size === 0 || !travels(found.type)) {
      this.#forget(source);
      return;
    }
    const { type, object, wants } = found;
    const placements = listPlacements(type, object);
    const collectors = collectorsIn(placements);
    const facts = await clusters.list(type, object, wants, collectors.length > 0);
    const tally = tallyOf(facts);
    const before = this.#entries.get(source);
    const isNews = [...tally.failures.keys()].some((each) => !before?.tally.failures.has(each));
    const { namespace = '', name } = object.metadata;
    const local = formatObjectKey(localObject(type, object));
    const { resource } = type;
    const entry: Entry = {
      resource,
      object: nameOnly(object),
      statusKey: statusKey(clusterOf(object), resource, namespace, name),
      copyKeys: [...wants.keys()].map((mailbox) => copyKey(mailbox, local)),
      tally,
      collectors,
      // Until there are new ones.
      results: before?.results.filter(({ name }) => collectors.includes(name)) ?? [],
      since: before?.since ?? Date.now(),
    };
    this.#entries.set(source, entry);
    this.#owners.set(entry.statusKey, source);
    const isSame =
      before !== undefined &&
      before.object.metadata.uid === entry.object.metadata.uid &&
      isSameTally(before.tally, tally);
    if (!isSame || before.results.length !== entry.results.length) onChange(source, isNews);
    if (collectors.length > 0) onCollect(source);
    const called = `${groupResourceOf(resource)} ${namespace ? `${namespace}/` : ''}${name}`;
    for (const placement of this.totals.set(source, called, byPlacement(placements, facts, tally)))
      onPlacement(placement, isNews);
  }

  /** Makes the tables of one source, which may take a while. */
  async collect(source: SourceKey): Promise<void> {
    const { getSource, readSource, clusters, collectors, onChange } = this.#options;
    const found = getSource(source);
    const names = this.#entries.get(source)?.collectors ?? [];
    if (!found || names.length === 0) return;
    const { type, object: cached, isPartial, wants } = found;
    const facts = (await clusters.list(type, cached, wants, true)).map(({ copy, ...fact }) =>
      copy ? { ...fact, copy: withoutBookkeeping(copy) } : fact,
    );
    const object = (await readSource(source)) ?? cached;
    const version = sourceDigest(cached, isPartial);
    const about = { source, version, object: withoutBookkeeping(object), clusters: facts };
    const results = await collectors.collect(clusterOf(cached), names, about);
    const entry = this.#entries.get(source);
    if (!entry || dequal(entry.results, results)) return;
    this.#entries.set(source, { ...entry, results });
    onChange(source, false);
  }

  /** The object is gone, or wanted nowhere. */
  #forget(source: SourceKey): void {
    const { clusters, collectors, onGone, onPlacement } = this.#options;
    for (const placement of this.totals.set(source, '', new Map())) onPlacement(placement, false);
    const entry = this.#entries.get(source);
    if (!entry) return;
    this.#entries.delete(source);
    clusters.forget(entry.copyKeys);
    collectors.forget(source);
    const isOwner = this.#owners.get(entry.statusKey) === source;
    if (isOwner) this.#owners.delete(entry.statusKey);
    onGone(entry);
  }
}

/** The sums over those clusters that each EdgePlacement leads to, by its key. */
function byPlacement(
  placements: readonly SelectingPlacement[],
  facts: readonly ClusterFact[],
  tally: Tally,
): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { placement, destinations } of placements) {
    const own = facts.filter(({ mailbox }) => destinations.has(mailbox));
    tallies.set(keyOf(placement), own.length === facts.length ? tally : tallyOf(own));
  }
  return tallies;
}

function collectorsIn(placements: readonly SelectingPlacement[]): string[] {
  const names = new Set(placements.flatMap(({ collectors }) => collectors));
  return [...names].sort(compareText).slice(0, MAX_COLLECTORS);
}

function travels({ resource }: WatchedType): boolean {
  return reachOf(resource.group, resource.plural) === 'edge';
}
