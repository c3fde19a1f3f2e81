import {
  COMBINED_STATUSES,
  type CollectorResult,
  type CombinedStatus,
  FIELD_MANAGERS,
  groupResourceOf,
  type KubeObject,
  OBJECT_FAILING,
  type Resource,
  reachOf,
  SYNCER_CONFIG_NAME,
  type SyncerConfig,
} from '@kubestellar/api';
import {
  clusterOf,
  formatKey,
  Informer,
  isApiError,
  isDefinite,
  type KubeClient,
  keyOf,
  type Problem,
  parseKey,
  problem,
  problemOf,
  type RequeueAfter,
  WorkQueue,
} from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';
import { placementsSelecting, type SelectingPlacement } from '../evaluate.ts';
import type { State } from '../state.ts';
import { formatLocal, localObject, parseLocal, parseSourceId, sourceId } from '../types.ts';
import type { ObjectWatch } from '../watches.ts';
import { Collectors } from './collect/collectors.ts';
import { scopesOf } from './collect/scope.ts';
import {
  type CachedStatus,
  combinedStatusOf,
  digestOf,
  forCache,
  problemsIn,
  statusKey,
} from './combined-status.ts';
import { EventRecorder } from './events.ts';
import { Facts } from './facts.ts';
import { named, placementStatusOf, writePlacementStatus } from './placement-status.ts';
import { Reports } from './reports.ts';
import { type ClusterFact, compareText, isSameTally, type Tally, tallyOf } from './tally.ts';
import { Totals } from './totals.ts';

/** What the summaries are made from. */
export interface SummariesOptions {
  state: State;
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  logger: Logger;
  /** How many copies wait for being written: they come first. */
  backlog(): number;
}

/** One object that goes to clusters. */
interface Entry {
  resource: Resource;
  /** Of the object just what names it. */
  object: KubeObject;
  statusKey: string;
  copyKeys: readonly string[];
  tally: Tally;
  /** StatusCollectors that EdgePlacements name for it, and their tables. */
  collectors: readonly string[];
  results: readonly CollectorResult[];
  /** When it was first seen here (milliseconds). */
  since: number;
}

/** What changes together is added up once (milliseconds); what syncers report waits less. */
const GATHER = { reported: 20, usual: 250 } as const;
/** New trouble is told at once; everything else waits for more, so that busy objects cost one write a second. */
const DELAY = { urgent: 100, usual: 1000 } as const;
/** Objects on their way are there soon: before this, nothing is written of a new one (milliseconds). */
const SETTLE = 3000;
/** A CombinedStatus whose object is not known may be one of which more will be known soon (milliseconds). */
const ORPHAN = 5000;
/** With more copies than that on their way, what is not urgent waits, but not for longer than `most` (milliseconds). */
const BACKLOG = { copies: 32, wait: 500, most: 15_000 } as const;
const CONCURRENCY = { tallies: 8, writes: 4, placements: 2 } as const;
/** Leads the keys of CombinedStatuses whose objects are gone. */
const GONE = 'gone|';

const fieldManager = FIELD_MANAGERS.placementTranslator;

/**
 * Tells in each WMW what becomes of its objects: a CombinedStatus for each of them, sums in the status of
 * EdgePlacements, and Events. All of it is derived from the reports of the syncers, the copies in the mailbox
 * workspaces and what is wanted.
 */
export class Summaries {
  readonly #options: SummariesOptions;
  readonly #statuses: Informer<CachedStatus>;
  readonly #events: EventRecorder;
  readonly #reports = new Reports();
  readonly #refusals = new Map<string, Problem>();
  readonly #facts: Facts;
  readonly #totals = new Totals();
  readonly #collectors: Collectors;
  readonly #entries = new Map<string, Entry>();
  /** Sources by the key of their CombinedStatus. */
  readonly #owners = new Map<string, string>();
  readonly #deferred = new Map<string, number>();
  readonly #tallies: WorkQueue;
  readonly #writes: WorkQueue;
  readonly #placements: WorkQueue;

  constructor(options: SummariesOptions) {
    this.#options = options;
    const { state, view, logger } = options;
    this.#events = new EventRecorder(state.everywhere, logger);
    this.#facts = new Facts(state, this.#reports, this.#refusals);
    this.#collectors = new Collectors(view, state.everywhere, logger, (cluster, name) =>
      this.#collectorChanged(cluster, name),
    );
    this.#statuses = new Informer<CachedStatus>({
      client: view,
      resource: COMBINED_STATUSES,
      logger,
      transform: (status) => forCache(status as unknown as CombinedStatus),
    });
    const seen = (status: CachedStatus) => {
      const source = this.#owners.get(keyOf(status));
      if (source) this.#writes.addAfter(source, DELAY.usual);
      else this.#writes.addAfter(GONE + keyOf(status), ORPHAN);
    };
    this.#statuses.addHandler({ onAdd: seen, onUpdate: seen, onDelete: seen });
    const changed = (config: SyncerConfig) => this.#reportChanged(clusterOf(config));
    state.syncerConfigs.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
    const queue = (
      name: keyof typeof CONCURRENCY,
      reconcile: (key: string) => Promise<RequeueAfter | undefined>,
    ) => new WorkQueue({ name: `summary-${name}`, concurrency: CONCURRENCY[name], reconcile, logger });
    this.#tallies = queue('tallies', (source) => this.#tally(source));
    this.#writes = queue('writes', (key) =>
      key.startsWith(GONE) ? this.#remove(key.slice(GONE.length)) : this.#write(key),
    );
    this.#placements = queue('placements', (key) => this.#writePlacement(key));
  }

  /** Begins to tell; all that is wanted must be known. */
  async start(): Promise<void> {
    const { syncerConfigs, desired } = this.#options.state;
    await Promise.all([this.#statuses.start().whenSynced(), this.#collectors.start()]);
    for (const config of syncerConfigs.list()) this.#reportChanged(clusterOf(config));
    // With a part of the objects added up, the sums of EdgePlacements would be wrong.
    await this.#tallyAll([...desired.sources()]);
    this.#tallies.start();
    for (const cluster of this.#options.state.placements.clusters()) this.placementsChanged(cluster);
    this.#writes.start();
    this.#placements.start();
  }

  async stop(): Promise<void> {
    const queues = [this.#tallies, this.#writes, this.#placements];
    await Promise.all([...queues, this.#collectors, this.#statuses].map((part) => part.stop()));
  }

  /** An object, where it is wanted, or one of its copies has changed. @param source see types.ts */
  changed(source: string): void {
    this.#tallies.addAfter(source, GATHER.usual);
  }

  /** Some EdgePlacement of a workspace, or its destinations, may have changed. */
  placementsChanged(cluster: string): void {
    for (const { placement } of this.#options.state.placements.in(cluster))
      this.#placements.addAfter(keyOf(placement), DELAY.usual);
  }

  /** A mailbox workspace has become known: so has the report in it. */
  mailboxReady(cluster: string): void {
    this.#reportChanged(cluster);
  }

  /** A mailbox workspace has refused, or taken, a copy. @param error undefined when it was taken */
  copyTried(copyKey: string, error: unknown): void {
    const isRefused = error !== undefined && isDefinite(error);
    if (!isRefused && !this.#refusals.has(copyKey)) return;
    const [mailbox = '', local = ''] = copyKey.split('#');
    const object = parseLocal(local);
    if (isRefused) {
      const { reason, message } = problemOf(error, object.name);
      this.#refusals.set(copyKey, problem(reason, `refused on the way to the cluster: ${message}`));
    } else this.#refusals.delete(copyKey);
    this.#localChanged(mailbox, local);
  }

  #reportChanged(cluster: string): void {
    const { state } = this.#options;
    const mailbox = state.mailboxes.nameOf(cluster);
    if (!mailbox) return;
    const config = state.syncerConfigs.get(formatKey({ cluster, namespace: '', name: SYNCER_CONFIG_NAME }));
    for (const local of this.#reports.update(mailbox, config)) this.#localChanged(mailbox, local);
  }

  #localChanged(mailbox: string, local: string): void {
    for (const { source } of this.#options.state.desired.in(mailbox, parseLocal(local)))
      this.#tallies.addAfter(sourceId(source), GATHER.reported);
  }

  async #tallyAll(sources: string[]): Promise<void> {
    const work = async () => {
      for (let source = sources.pop(); source; source = sources.pop()) {
        const key = source;
        await this.#tally(key).catch(() => this.#tallies.add(key));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY.tallies }, work));
  }

  async #tally(source: string): Promise<undefined> {
    const { state } = this.#options;
    const { watchId, key } = parseSourceId(source);
    const watch = state.watches.byId(watchId);
    const object = watch?.informer.get(key);
    const wants = watch && state.desired.of({ type: watch.type, key });
    if (!watch || !object || !wants?.size || !travels(watch.type.resource)) {
      this.#forget(source);
      return;
    }
    const placements = placementsSelecting(state, watch.type, object);
    const collectors = collectorsIn(placements);
    const facts = await this.#facts.of(watch, object, wants, collectors.length > 0);
    const tally = tallyOf(facts);
    const tallies = new Map<string, Tally>();
    for (const { placement, destinations } of placements) {
      const own = facts.filter(({ mailbox }) => destinations.has(mailbox));
      tallies.set(keyOf(placement), own.length === facts.length ? tally : tallyOf(own));
    }
    const { resource } = watch.type;
    const before = this.#entries.get(source);
    const isNews = [...tally.failures.keys()].some((each) => !before?.tally.failures.has(each));
    const delay = isNews ? DELAY.urgent : DELAY.usual;
    const { namespace = '', name } = object.metadata;
    const local = formatLocal(localObject(watch.type, object));
    const entry: Entry = {
      resource,
      object: nameOnly(object),
      statusKey: statusKey(clusterOf(object), resource, namespace, name),
      copyKeys: [...wants.keys()].map((mailbox) => `${mailbox}#${local}`),
      tally,
      collectors,
      results: collectors.length > 0 ? await this.#collect(collectors, watch, object, facts) : [],
      since: before?.since ?? Date.now(),
    };
    this.#entries.set(source, entry);
    this.#owners.set(entry.statusKey, source);
    const isSame =
      before !== undefined &&
      before.object.metadata.uid === entry.object.metadata.uid &&
      isSameTally(before.tally, tally);
    if (!isSame || collectors.length > 0 || before.collectors.length > 0)
      this.#writes.addAfter(source, delay);
    const called = `${groupResourceOf(resource)} ${namespace ? `${namespace}/` : ''}${name}`;
    for (const placement of this.#totals.set(source, called, tallies))
      this.#placements.addAfter(placement, delay);
  }

  #collectorChanged(cluster: string, name: string): void {
    for (const [source, { object, collectors }] of this.#entries) {
      if (clusterOf(object) === cluster && collectors.includes(name)) this.changed(source);
    }
  }

  async #collect(
    collectors: readonly string[],
    watch: ObjectWatch,
    cached: KubeObject,
    facts: readonly ClusterFact[],
  ): Promise<CollectorResult[]> {
    const object = (await this.#options.state.watches.full(watch, cached)) ?? cached;
    const scopes = scopesOf(object, facts);
    return collectors.map((name) => this.#collectors.collect(clusterOf(cached), name, scopes));
  }

  /** The object is gone, or wanted nowhere. */
  #forget(source: string): void {
    for (const placement of this.#totals.set(source, '', new Map()))
      this.#placements.addAfter(placement, DELAY.usual);
    const entry = this.#entries.get(source);
    if (!entry) return;
    this.#entries.delete(source);
    this.#facts.forget(entry.copyKeys);
    for (const key of entry.copyKeys) this.#refusals.delete(key);
    if (this.#owners.get(entry.statusKey) !== source) return;
    this.#owners.delete(entry.statusKey);
    this.#writes.addAfter(GONE + entry.statusKey, DELAY.usual);
  }

  async #write(source: string): Promise<RequeueAfter | undefined> {
    const entry = this.#entries.get(source);
    if (!entry) {
      this.#deferred.delete(source);
      return undefined;
    }
    const { resource, object, tally, results } = entry;
    const cached = this.#statuses.get(entry.statusKey);
    const status = combinedStatusOf(resource, object, tally, results);
    if (cached?.digest === digestOf(status)) return undefined;
    const isTrouble = tally.failing > 0 || (cached?.problems.length ?? 0) > 0;
    if (!isTrouble) {
      const left = entry.since + SETTLE - Date.now();
      if (!cached && tally.applied < tally.wanted && left > 0) return { requeueAfter: left };
      const wait = this.#wait(source);
      if (wait) return wait;
    }
    await this.#tellChange(object, tally, status, cached);
    const client = this.#options.state.everywhere.workspace(clusterOf(object));
    try {
      if (cached) await client.replace(COMBINED_STATUSES, over(cached, status), { fieldManager });
      else await client.create(COMBINED_STATUSES, status, { fieldManager });
    } catch (error) {
      // The Namespace, or the workspace, is on its way out, and so is the object.
      if (!isApiError(error, 403, 404)) throw error;
    }
    return undefined;
  }

  /** What is written of many objects at a time must not hold up the objects themselves. */
  #wait(key: string): RequeueAfter | undefined {
    const since = this.#deferred.get(key) ?? Date.now();
    const busy = Math.max(this.#options.backlog(), this.#reports.pending());
    if (busy <= BACKLOG.copies || Date.now() - since > BACKLOG.most) {
      this.#deferred.delete(key);
      return undefined;
    }
    this.#deferred.set(key, since);
    return { requeueAfter: BACKLOG.wait };
  }

  async #tellChange(
    object: KubeObject,
    tally: Tally,
    status: CombinedStatus,
    cached: CachedStatus | undefined,
  ): Promise<void> {
    const { failures = [] } = status;
    const known = new Set(cached?.problems ?? []);
    for (const { reason, message, count, clusters = [] } of failures) {
      const topic = `${reason}|${message}`;
      if (known.has(topic)) continue;
      const where = `on ${count} of ${tally.wanted} cluster(s) (${clusters.join(', ')})`;
      const happening = { reason: 'NotApplied', message: `${where}: ${message}`, topic };
      await this.#events.record(object, { type: 'Warning', ...happening });
    }
    if (known.size === 0 || failures.length > 0 || tally.applied < tally.wanted) return;
    const message = `applied on all ${tally.wanted} cluster(s)`;
    await this.#events.record(object, { type: 'Normal', reason: 'Applied', message, topic: '' });
  }

  /** Takes away the CombinedStatus of an object that is known to be wanted nowhere. */
  async #remove(key: string): Promise<RequeueAfter | undefined> {
    const cached = this.#statuses.get(key);
    if (!cached || this.#owners.has(key)) return undefined;
    const { placements, everywhere } = this.#options.state;
    const { cluster, namespace, name } = parseKey(key);
    if (placements.in(cluster).some(({ destinations }) => !destinations)) return { requeueAfter: ORPHAN };
    const wait = this.#wait(GONE + key);
    if (wait) return wait;
    const { uid } = cached.metadata;
    try {
      await everywhere.workspace(cluster).delete(COMBINED_STATUSES, { namespace, name }, { uid });
    } catch (error) {
      if (!isApiError(error, 403, 404)) throw error;
    }
    return undefined;
  }

  async #writePlacement(key: string): Promise<undefined> {
    const { placements, everywhere } = this.#options.state;
    const { cluster } = parseKey(key);
    const found = placements.in(cluster).find(({ placement }) => keyOf(placement) === key);
    if (!found?.destinations) return;
    const { placement } = found;
    const summary = this.#totals.of(key);
    const known = new Set(problemsIn(placement.status?.summary?.failures ?? []));
    const client = everywhere.workspace(cluster);
    const status = placementStatusOf(placement, summary, new Date());
    if (!(await writePlacementStatus(client, placement, status))) return;
    for (const failure of summary.failures ?? []) {
      const topic = `${failure.reason}|${failure.message}`;
      if (known.has(topic)) continue;
      const message = `${failure.count} of ${summary.wanted} (${named(failure)}): ${failure.message}`;
      await this.#events.record(placement, { type: 'Warning', reason: 'NotApplied', message, topic });
    }
    if (known.size === 0 || summary.failures || summary.applied < summary.wanted) return;
    const message = `all ${summary.wanted} applied`;
    await this.#events.record(placement, { type: 'Normal', reason: 'Applied', message, topic: '' });
  }
}

/** So many tables fit into one object. */
const MAX_COLLECTORS = 10;

function collectorsIn(placements: readonly SelectingPlacement[]): string[] {
  const names = new Set(placements.flatMap(({ collectors }) => collectors));
  return [...names].sort(compareText).slice(0, MAX_COLLECTORS);
}

function travels({ group, plural }: Resource): boolean {
  return reachOf(group, plural) === 'edge';
}

/** What names the object, and nothing that its cache may drop. */
function nameOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, annotations } = metadata;
  const cluster = annotations?.['kcp.io/cluster'];
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(cluster ? { annotations: { 'kcp.io/cluster': cluster } } : {}),
    },
  };
}

/** The new content under the metadata of the old object; its resourceVersion makes the write conditional. */
function over({ metadata }: CachedStatus, status: CombinedStatus): CombinedStatus {
  const { [OBJECT_FAILING]: _, ...others } = metadata.labels ?? {};
  return { ...status, metadata: { ...metadata, labels: { ...others, ...status.metadata.labels } } };
}
