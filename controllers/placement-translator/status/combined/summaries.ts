import type { EdgePlacement, KubeObject, SyncerConfig } from '@kubestellar/api';
import {
  clusterOf,
  type Informer,
  type KubeClient,
  keyOf,
  type RequeueAfter,
  type WorkQueue,
  type WorkQueueOptions,
} from '@kubestellar/kube';
import { type Logger, observedQueue, type Registry } from '@kubestellar/program';
import { isDefinite, type Problem, problem, problemOf } from '@kubestellar/rules';
import type { Inventory } from '../../cache/inventory.ts';
import type { Mailboxes } from '../../cache/mailboxes.ts';
import type { ObjectWatches } from '../../cache/object-informers.ts';
import type { Placements } from '../../cache/placements.ts';
import type { Brake } from '../../desired/brake/brake.ts';
import type { Desired } from '../../desired/desired-state.ts';
import { type Evaluation, placementsSelecting } from '../../desired/evaluate.ts';
import type { Evaluator } from '../../evaluation/evaluator.ts';
import {
  type CopyKey,
  type ObjectKey,
  parseCopyKey,
  parseObjectKey,
  parseSourceKey,
  type SourceKey,
  sourceKey,
  workspaceOf,
} from '../../keys.ts';
import { ownConfigsIn } from '../../syncer-config/named.ts';
import { Collectors } from '../collect/collectors.ts';
import type { EventRecorder } from '../events.ts';
import { ClusterStatuses } from './cluster-status.ts';
import { type ClusterStatusParts, clusterStatusDependencies } from './cluster-status-io.ts';
import { ObjectStatuses, type StatusSource } from './object-statuses.ts';
import { tellPlacement } from './placement-writer.ts';
import { removalsOf } from './removals.ts';
import { Reports } from './reports.ts';
import { ORPHAN, StatusWriter } from './status-writer.ts';
import { Silence } from './unreachable-clusters.ts';
import { Backlog } from './write-throttle.ts';

/** The caches that are read. */
export interface SummariesParts
  extends Omit<
    ClusterStatusParts,
    'reports' | 'silence' | 'refusals' | 'mailboxes' | 'evaluation' | 'watches'
  > {
  everywhere: KubeClient;
  inventory: Pick<Inventory, 'targets'>;
  placements: Pick<Placements, 'in' | 'clusters'>;
  mailboxes: Pick<Mailboxes, 'get' | 'nameOf'>;
  watches: Pick<ObjectWatches, 'of' | 'byId' | 'full'>;
  desired: Pick<Desired, 'of' | 'in' | 'everythingIn' | 'sources'>;
  evaluation: Evaluation;
  brake: Pick<Brake, 'pendingOf'>;
  syncerConfigs: Pick<Informer<SyncerConfig>, 'get' | 'list' | 'addHandler'>;
}

/** What the summaries are made from. */
export interface SummariesOptions {
  parts: SummariesParts;
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  logger: Logger;
  events: EventRecorder;
  /** Where the expressions of StatusCollectors are evaluated. */
  evaluator: Evaluator;
  /** Where the queues are observed. */
  registry: Registry;
  /** How many copies wait for being written: they come first. */
  backlog(): number;
  delays?: Delays;
}

/** How long to wait, so that changes that come together are one write (milliseconds). */
export interface Delays {
  /** Before an object is added up: what syncers report waits less, what is on its way more. */
  reported: number;
  gather: number;
  busy: number;
  /** Before a write: a new problem is reported at once; all else waits, so that busy objects cost one write a second. */
  urgent: number;
  usual: number;
}

const DELAYS: Delays = { reported: 20, gather: 250, busy: 1000, urgent: 100, usual: 1000 };
const CONCURRENCY = { tallies: 8, tables: 16, writes: 4, placements: 2 } as const;
/** So many tables of one workspace are made at the same time: others need not wait for them. */
const TABLES = 2;
/** Leads the keys of CombinedStatuses whose objects are gone. */
const GONE = 'gone|';

/**
 * Tells in each WMW what becomes of its objects: a CombinedStatus for each of them, sums in the status of
 * EdgePlacements, and Events. All of it is derived from the reports of the syncers, the copies in the mailbox
 * workspaces and what is wanted. This class only connects: what changes feeds the queues, these add up and write.
 */
export class Summaries {
  readonly #parts: SummariesParts;
  readonly #reports = new Reports();
  readonly #silence: Silence;
  readonly #refusals = new Map<CopyKey, Problem>();
  readonly #backlog: Backlog;
  readonly #delays: Delays;
  readonly #collectors: Collectors;
  readonly #tallies: ObjectStatuses;
  readonly #writer: StatusWriter;
  readonly #queues: {
    tallies: WorkQueue<SourceKey>;
    tables: WorkQueue<SourceKey>;
    /** Sources, and CombinedStatuses whose objects are gone. */
    writes: WorkQueue;
    placements: WorkQueue;
  };

  constructor({
    parts,
    view,
    logger,
    events,
    evaluator,
    registry,
    backlog,
    delays = DELAYS,
  }: SummariesOptions) {
    this.#delays = delays;
    const delayOf = (isNews: boolean) => (isNews ? delays.urgent : delays.usual);
    this.#parts = parts;
    const { everywhere, placements } = parts;
    this.#backlog = new Backlog(() => Math.max(backlog(), this.#reports.pending()));
    this.#silence = new Silence(parts.inventory.targets, (mailbox) => this.#everythingChanged(mailbox));
    this.#collectors = new Collectors({
      ...{ view, everywhere, evaluator, logger, registry },
      onChange: (cluster, name) => {
        for (const source of this.#tallies.using(cluster, name)) this.changed(source);
      },
    });
    const clusters = clusterStatusDependencies({
      ...parts,
      reports: this.#reports,
      silence: this.#silence,
      refusals: this.#refusals,
    });
    this.#tallies = new ObjectStatuses({
      getSource: (source) => this.#sourceOf(source),
      readSource: (source) => this.#readSource(source),
      listPlacements: (type, object) => placementsSelecting(parts.evaluation, type, object),
      clusters: new ClusterStatuses(clusters),
      collectors: this.#collectors,
      onChange: (source, isNews) => this.#queues.writes.addAfter(source, delayOf(isNews)),
      onCollect: (source) => this.#queues.tables.add(source),
      onGone: ({ copyKeys, statusKey }) => {
        for (const key of copyKeys) this.#refusals.delete(key);
        if (!this.#tallies.ownerOf(statusKey)) this.#queues.writes.addAfter(GONE + statusKey, delays.usual);
      },
      onPlacement: (placement, isNews) => this.#queues.placements.addAfter(placement, delayOf(isNews)),
    });
    this.#writer = new StatusWriter({
      ...{ everywhere, placements, view, logger, events, backlog: this.#backlog },
      onSeen: (key) => {
        const source = this.#tallies.ownerOf(key);
        if (source) this.#queues.writes.addAfter(source, delays.usual);
        else this.#queues.writes.addAfter(GONE + key, ORPHAN);
      },
    });
    const queue = <Key extends string>(
      name: keyof typeof CONCURRENCY,
      reconcile: (key: Key) => Promise<RequeueAfter | undefined>,
      options: Partial<WorkQueueOptions<Key>> = {},
    ) =>
      observedQueue<Key>(registry, {
        name: `summary-${name}`,
        concurrency: CONCURRENCY[name],
        reconcile,
        logger,
        ...options,
      });
    this.#queues = {
      tallies: queue('tallies', async (source: SourceKey) => {
        await this.#tallies.update(source);
        return undefined;
      }),
      tables: queue(
        'tables',
        async (source: SourceKey) => {
          await this.#tallies.collect(source);
          return undefined;
        },
        {
          flowOf: workspaceOf,
          perFlow: TABLES,
          pauseOf: (workspace) => evaluator.shares.waitOf(workspace, 'collect'),
        },
      ),
      writes: queue('writes', async (key: string) => {
        if (key.startsWith(GONE)) return this.#remove(key.slice(GONE.length));
        const entry = this.#tallies.entry(key as SourceKey);
        if (entry) return this.#writer.write(key, entry);
        this.#backlog.forget(key);
        return undefined;
      }),
      placements: queue('placements', (key: string) =>
        tellPlacement(key, {
          placements,
          totals: this.#tallies.totals,
          getRemovals: (placement) => removalsOf(parts, placement),
          everywhere,
          events,
          logger,
        }),
      ),
    };
    const reported = (config: SyncerConfig) => this.#reportChanged(clusterOf(config));
    parts.syncerConfigs.addHandler({ onAdd: reported, onUpdate: reported, onDelete: reported });
  }

  /** Begins to tell; all that is wanted must be known. */
  async start(): Promise<void> {
    const { syncerConfigs, desired, placements } = this.#parts;
    await Promise.all([this.#writer, this.#collectors].map((part) => part.start()));
    for (const config of syncerConfigs.list()) this.#reportChanged(clusterOf(config));
    // With a part of the objects added up, the sums of EdgePlacements would be wrong.
    await this.#tallyAll([...desired.sources()]);
    this.#queues.tallies.start();
    this.#queues.tables.start();
    for (const cluster of placements.clusters()) this.placementsChanged(cluster);
    this.#queues.writes.start();
    this.#queues.placements.start();
  }

  async stop(): Promise<void> {
    const parts = [...Object.values(this.#queues), this.#collectors, this.#writer];
    await Promise.all(parts.map((part) => part.stop()));
  }

  /** An object, where it is wanted, or one of its copies has changed. */
  changed(source: SourceKey): void {
    this.#queues.tallies.addAfter(source, this.#backlog.isLong ? this.#delays.busy : this.#delays.gather);
  }

  /** Some EdgePlacement of a workspace, or its destinations, may have changed. */
  placementsChanged(cluster: string): void {
    for (const { placement } of this.#parts.placements.in(cluster))
      this.#queues.placements.addAfter(keyOf(placement), this.#delays.usual);
  }

  /** What awaits approval, or is about to leave, has changed. */
  removalsChanged(placement: EdgePlacement): void {
    this.#queues.placements.addAfter(keyOf(placement), this.#delays.urgent);
  }

  /** A mailbox workspace has become known: so has the report in it. */
  mailboxReady(cluster: string): void {
    this.#reportChanged(cluster);
  }

  /** A mailbox workspace has refused, or taken, a copy. @param error undefined when it was taken */
  copyTried(copyKey: CopyKey, error: unknown): void {
    const isRefused = error !== undefined && isDefinite(error);
    if (!isRefused && !this.#refusals.has(copyKey)) return;
    const { mailbox, object } = parseCopyKey(copyKey);
    if (isRefused) {
      const { reason, message } = problemOf(error, parseObjectKey(object).name);
      this.#refusals.set(copyKey, problem(reason, `refused on the way to the cluster: ${message}`));
    } else this.#refusals.delete(copyKey);
    this.#localChanged(mailbox, object);
  }

  #reportChanged(cluster: string): void {
    const { mailboxes, syncerConfigs } = this.#parts;
    const mailbox = mailboxes.nameOf(cluster);
    if (!mailbox) return;
    const configs = ownConfigsIn(syncerConfigs, cluster);
    for (const local of this.#reports.update(mailbox, configs)) this.#localChanged(mailbox, local);
  }

  #localChanged(mailbox: string, local: ObjectKey): void {
    for (const { source } of this.#parts.desired.in(mailbox, parseObjectKey(local)))
      this.#queues.tallies.addAfter(sourceKey(source), this.#delays.reported);
  }

  #everythingChanged(mailbox: string): void {
    for (const { wants } of this.#parts.desired.everythingIn(mailbox))
      for (const { source } of wants) this.changed(sourceKey(source));
  }

  async #tallyAll(sources: SourceKey[]): Promise<void> {
    const work = async () => {
      for (let source = sources.pop(); source; source = sources.pop()) {
        const key = source;
        await this.#tallies.update(key).catch(() => this.#queues.tallies.add(key));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY.tallies }, work));
  }

  #sourceOf(source: SourceKey): StatusSource | undefined {
    const { watches, desired } = this.#parts;
    const { typeId, key } = parseSourceKey(source);
    const watch = watches.byId(typeId);
    const object = watch?.informer.get(key);
    if (!watch || !object) return undefined;
    return {
      type: watch.type,
      object,
      isPartial: watch.partial,
      wants: desired.of({ type: watch.type, key }),
    };
  }

  async #readSource(source: SourceKey): Promise<KubeObject | undefined> {
    const { watches } = this.#parts;
    const { typeId, key } = parseSourceKey(source);
    const watch = watches.byId(typeId);
    const object = watch?.informer.get(key);
    return watch && object && watches.full(watch, object);
  }

  async #remove(key: string): Promise<RequeueAfter | undefined> {
    return this.#tallies.ownerOf(key) ? undefined : this.#writer.remove(key);
  }
}
