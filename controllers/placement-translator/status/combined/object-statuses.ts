import { groupResourceOf } from '@kubestellar/api';
import { clusterOf, keyOf } from '@kubestellar/kube';
import { reachOf } from '@kubestellar/rules';
import { dequal } from 'dequal/lite';
import type { ObjectWatch } from '../../cache/object-informers.ts';
import { sourceDigest } from '../../customize/digest.ts';
import { placementsSelecting, type SelectingPlacement } from '../../desired/evaluate.ts';
import { copyKey, formatObjectKey, localObject, parseSourceKey, type SourceKey } from '../../keys.ts';
import type { State } from '../../state.ts';
import type { Collectors } from '../collect/collectors.ts';
import { withoutBookkeeping } from '../collect/scope.ts';
import type { Facts } from './cluster-status.ts';
import { statusKey } from './combined-status.ts';
import { type Entry, nameOnly } from './entry.ts';
import { type ClusterFact, compareText, isSameTally, type Tally, tallyOf } from './object-status.ts';
import { Totals } from './placement-summary.ts';

/** So many tables fit into one object. */
const MAX_COLLECTORS = 10;

/** What the tallies are made from, and who is told of them. */
export interface TalliesOptions {
  state: State;
  facts: Facts;
  collectors: Collectors;
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
export class Tallies {
  readonly totals = new Totals();
  readonly #options: TalliesOptions;
  readonly #entries = new Map<SourceKey, Entry>();
  /** Sources by the key of their CombinedStatus. */
  readonly #owners = new Map<string, SourceKey>();

  constructor(options: TalliesOptions) {
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
    const { state, facts: known, onChange, onCollect, onPlacement } = this.#options;
    const { typeId, key } = parseSourceKey(source);
    const watch = state.watches.byId(typeId);
    const object = watch?.informer.get(key);
    const wants = watch && state.desired.of({ type: watch.type, key });
    if (!watch || !object || !wants?.size || !travels(watch)) {
      this.#forget(source);
      return;
    }
    const placements = placementsSelecting(state, watch.type, object);
    const collectors = collectorsIn(placements);
    const facts = await known.of(watch, object, wants, collectors.length > 0);
    const tally = tallyOf(facts);
    const before = this.#entries.get(source);
    const isNews = [...tally.failures.keys()].some((each) => !before?.tally.failures.has(each));
    const { namespace = '', name } = object.metadata;
    const local = formatObjectKey(localObject(watch.type, object));
    const { resource } = watch.type;
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
    const { state, facts: known, collectors, onChange } = this.#options;
    const { typeId, key } = parseSourceKey(source);
    const watch = state.watches.byId(typeId);
    const cached = watch?.informer.get(key);
    const wants = watch && state.desired.of({ type: watch.type, key });
    const names = this.#entries.get(source)?.collectors ?? [];
    if (!watch || !cached || !wants || names.length === 0) return;
    const clusters = (await known.of(watch, cached, wants, true)).map(({ copy, ...fact }) =>
      copy ? { ...fact, copy: withoutBookkeeping(copy) } : fact,
    );
    const object = (await state.watches.full(watch, cached)) ?? cached;
    const version = sourceDigest(cached, watch.partial);
    const about = { source, version, object: withoutBookkeeping(object), clusters };
    const results = await collectors.collect(clusterOf(cached), names, about);
    const entry = this.#entries.get(source);
    if (!entry || dequal(entry.results, results)) return;
    this.#entries.set(source, { ...entry, results });
    onChange(source, false);
  }

  /** The object is gone, or wanted nowhere. */
  #forget(source: SourceKey): void {
    const { facts, collectors, onGone, onPlacement } = this.#options;
    for (const placement of this.totals.set(source, '', new Map())) onPlacement(placement, false);
    const entry = this.#entries.get(source);
    if (!entry) return;
    this.#entries.delete(source);
    facts.forget(entry.copyKeys);
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

function travels({ type: { resource } }: ObjectWatch): boolean {
  return reachOf(resource.group, resource.plural) === 'edge';
}
