import {
  CLUSTER_ROLES,
  type ClusterRole,
  FIELD_MANAGERS,
  groupResourceOf,
  type KubeObject,
  SYNCER_CONFIGS,
  type SyncerConfig,
  UPSYNC_ROLE_NAME,
} from '@kubestellar/api';
import {
  Applier,
  clusterOf,
  Informer,
  isNotFound,
  type KubeClient,
  parseKey,
  type WorkQueueOptions,
} from '@kubestellar/kube';
import { type Logger, observedQueue, type Registry } from '@kubestellar/program';
import { AllowedExports } from './apis/allowed-exports.ts';
import { MailboxAPIs } from './apis/mailbox-apis.ts';
import { APIReconciler } from './apis/reconcile-apis.ts';
import { Inventory } from './cache/inventory.ts';
import { Mailboxes } from './cache/mailboxes.ts';
import { ObjectWatches } from './cache/object-informers.ts';
import { Placements } from './cache/placements.ts';
import { ServedProbe } from './cache/served-probe.ts';
import { Catalog, CRD_TYPE } from './cache/served-resources.ts';
import { UpsyncCopies } from './cache/upsync-copies.ts';
import { watchedTypes } from './cache/watched-types.ts';
import { Conflicts } from './copies/conflicts.ts';
import { CopyReconciler } from './copies/reconcile-copy.ts';
import { Customizations } from './customize/customizations.ts';
import { Customized } from './customize/customized.ts';
import { reportOnCustomizer, reportOnSource } from './customize/report.ts';
import { Desired } from './desired/desired-state.ts';
import type { Reevaluate } from './desired/proof.ts';
import type { Evaluator } from './evaluation/evaluator.ts';
import { ChangeHandlers, type Queues } from './handlers.ts';
import {
  type CopyKey,
  type CustomizedKey,
  customizedKey,
  kindKey,
  localObject,
  parseCopyKey,
  parseCustomizedKey,
  parseObjectKey,
  type ScopeKey,
  type SourceKey,
  scopeKey,
  type WatchedType,
  workspaceOf,
} from './keys.ts';
import type { State } from './state.ts';
import { Summaries } from './status/combined/summaries.ts';
import { EventRecorder } from './status/events.ts';
import { reconcileReturn } from './status/singleton.ts';
import { SyncerConfigReconciler } from './syncer-config/reconcile.ts';
import { UpsyncRoleReconciler } from './syncer-config/upsync-role.ts';

/** The clients and settings of a Translator. */
export interface TranslatorOptions {
  /** A client that may read across all workspaces and write in each (`system:admin`). */
  everywhere: KubeClient;
  root: KubeClient;
  espw: KubeClient;
  espwPath: string;
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  concurrency: number;
  /** Where what tenants write is evaluated. */
  evaluator: Evaluator;
  logger: Logger;
  registry: Registry;
}

/**
 * The placement-translator: turns EdgePlacements, their slices and the workload objects of all WMWs into
 * copies and SyncerConfigs in the mailbox workspaces, and returns singleton status. This class only
 * connects: watches tell the ChangeHandlers, these feed queues, queues call the reconciles.
 */
export class Translator {
  readonly #state: State;
  readonly #evaluator: Evaluator;
  /** Copies that one of the two queues is working on. */
  readonly #busy = new Set<string>();
  readonly #queues: Queues;
  readonly #handlers: ChangeHandlers;
  readonly #served = new ServedProbe();
  readonly #summaries: Summaries;

  constructor(options: TranslatorOptions) {
    const { everywhere, root, espw, espwPath, view, evaluator, logger } = options;
    this.#evaluator = evaluator;
    const applier = new Applier(FIELD_MANAGERS.placementTranslator);
    const catalog = new Catalog(everywhere, root, logger);
    const inventory = new Inventory(view, logger);
    const placements = new Placements(view, inventory, logger, (cluster) =>
      this.#handlers.placementsChanged(cluster),
    );
    const mailboxes = new Mailboxes(everywhere, espw, logger, (mailbox) =>
      this.#handlers.mailboxReady(mailbox),
    );
    const watches = new ObjectWatches(
      everywhere,
      logger,
      (type, object, gone) => this.#handlers.objectChanged(type, object, gone),
      () => this.#handlers.retryHeld(),
      (type, copy) => this.#sourceOf(type, copy),
    );
    const customizations = new Customizations(view, inventory.locations, logger, {
      onSource: (source) => this.#handlers.sourceOutdated(source),
      onCopies: (source, copies) => this.#handlers.copiesOutdated(source, copies),
      onCustomizer: (key) => this.#handlers.customizerChanged(key),
    });
    const customized = new Customized(
      evaluator,
      (location) => customizations.parametersDigest(location),
      (source) => this.#handlers.customizationChanged(source),
    );
    const syncerConfigs = new Informer<SyncerConfig>({ client: view, resource: SYNCER_CONFIGS, logger });
    const upsyncRoles = new Informer<ClusterRole>({
      client: everywhere.workspace('*'),
      resource: CLUSTER_ROLES,
      // kcp (tried on v0.31) answers a field selector for the name of a cluster-scoped object with nothing at `*`.
      transform: (role) => (role.metadata.name === UPSYNC_ROLE_NAME ? role : undefined),
      logger,
    });
    const upsyncCopies = new UpsyncCopies({
      everywhere,
      logger,
      exists: ({ name, cluster }) => mailboxes.get(name)?.cluster === cluster,
      onChange: (mailbox) => this.#queues.configs.add(mailbox),
    });
    const desired = new Desired();
    const allowed = new AllowedExports(everywhere, espw, espwPath, logger, () =>
      this.#handlers.allowedChanged(),
    );
    const apis = new MailboxAPIs({ catalog, desired, allowed: () => allowed.current });
    this.#state = {
      everywhere,
      applier,
      catalog,
      inventory,
      placements,
      mailboxes,
      watches,
      desired,
      allowed,
      apis,
      customizations,
      customized,
      syncerConfigs,
      upsyncRoles,
      upsyncCopies,
    };
    const events = new EventRecorder(everywhere, logger);
    const backlog = () => this.#queues.copies.depth;
    this.#summaries = new Summaries({ state: this.#state, view, logger, events, evaluator, backlog });
    this.#queues = this.#makeQueues(options, events);
    this.#handlers = new ChangeHandlers(this.#state, this.#queues, this.#summaries);
    this.#handlers.listen();
  }

  /** Starts watching and reconciling. @returns when the caches are complete */
  async start(): Promise<void> {
    const { catalog, allowed, inventory, placements, mailboxes, customizations, watches } = this.#state;
    const { syncerConfigs, upsyncRoles } = this.#state;
    watches.adopt(CRD_TYPE, catalog.definitions as unknown as Informer, true);
    await Promise.all([
      catalog.start(),
      inventory.start(),
      allowed.start(),
      placements.start(),
      mailboxes.start(),
      customizations.start(),
      syncerConfigs.start().whenSynced(),
      upsyncRoles.start().whenSynced(),
    ]);
    watches.setTypes(watchedTypes(this.#state));
    await Promise.all(watches.all().map(({ informer }) => informer.whenSynced()));
    // All of what is wanted must be known before anything is written or taken away.
    for (const cluster of [...placements.clusters()]) await this.#handlers.evaluateAll(scopeKey(cluster));
    for (const queue of Object.values(this.#queues)) queue.start();
    void this.#summaries.start();
  }

  /** Ends all watches and waits for the running reconciles. */
  async stop(): Promise<void> {
    const { catalog, allowed, inventory, placements, mailboxes, customizations, watches } = this.#state;
    const { syncerConfigs, upsyncRoles, upsyncCopies } = this.#state;
    this.#served.stop();
    this.#evaluator.stop();
    await Promise.all([...Object.values(this.#queues), this.#summaries].map((part) => part.stop()));
    const caches = [catalog, allowed, inventory, placements, mailboxes, customizations, watches];
    const parts = [...caches, syncerConfigs, upsyncRoles, upsyncCopies];
    await Promise.all(parts.map((part) => part.stop()));
  }

  /** @returns which watches have not been complete yet */
  notReady(): string[] {
    const { watches, catalog, allowed, inventory, placements, mailboxes, customizations } = this.#state;
    const { syncerConfigs, upsyncRoles } = this.#state;
    const caches = { catalog, allowed, inventory, placements, mailboxes, customizations };
    const named = { ...caches, syncerConfigs, upsyncRoles };
    const waiting = Object.entries(named).flatMap(([name, part]) =>
      part.synced ? [] : [`${name} not synced`],
    );
    const types = watches.all().filter(({ informer }) => !informer.synced);
    return [...waiting, ...types.map(({ type }) => `watch of ${groupResourceOf(type.resource)} not synced`)];
  }

  /** @returns what a copy in a mailbox workspace is made from */
  #sourceOf(type: WatchedType, copy: KubeObject): KubeObject | undefined {
    const { mailboxes, desired, watches } = this.#state;
    const mailbox = mailboxes.nameOf(clusterOf(copy));
    if (!mailbox) return undefined;
    const source = desired.in(mailbox, localObject(type, copy))[0]?.source;
    return source && watches.of(source.type)?.informer.get(source.key);
  }

  #makeQueues({ concurrency, logger, registry }: TranslatorOptions, events: EventRecorder): Queues {
    const reevaluate: Reevaluate = (type, source) => this.#handlers.evaluate(type, source, false);
    const copies = new CopyReconciler(this.#state, reevaluate, new Conflicts(events, logger));
    const apis = new APIReconciler(this.#state, logger, (mailbox, resources) =>
      this.#handlers.apisChanged(mailbox, resources),
    );
    const configs = new SyncerConfigReconciler(this.#state, reevaluate);
    const roles = new UpsyncRoleReconciler(this.#state, events);
    const queue = <Key extends string>(
      name: string,
      reconcile: WorkQueueOptions<Key>['reconcile'],
      options: Partial<WorkQueueOptions<Key>> = {},
    ) => observedQueue(registry, { name, concurrency, reconcile, logger, ...options });
    /** For what may have to wait for evaluations: no workspace takes all workers, or more than its share. */
    const perWorkspace = <Key extends string>(flowOf: (key: Key) => string) => ({
      flowOf,
      perFlow: Math.ceil(concurrency / 16),
      pauseOf: (workspace: string) => this.#evaluator.shares.waitOf(workspace, 'customize'),
    });
    return {
      types: queue('types', async () => this.#state.watches.setTypes(watchedTypes(this.#state)), {
        concurrency: 1,
      }),
      workspaces: queue('workspaces', (scope: ScopeKey) => this.#handlers.evaluateAll(scope), {
        concurrency: 4,
      }),
      apis: queue('apis', (mailbox) => apis.reconcile(mailbox)),
      copies: queue('copies', (key: CopyKey) => this.#reconcileCopy(copies, key, false), {
        // Thousands of copies for one cluster must not delay the one for another.
        flowOf: (key) => parseCopyKey(key).mailbox,
      }),
      customized: queue(
        'customized',
        (key: CustomizedKey) => this.#reconcileCopy(copies, parseCustomizedKey(key).copy, true),
        perWorkspace((key) => parseCustomizedKey(key).workspace),
      ),
      configs: queue('syncerconfigs', async (mailbox) => {
        // Trying before would only make the wait longer; the catalog brings us back.
        if (!this.#servesSyncerConfigs(mailbox)) return;
        // First, so that the syncer finds itself permitted to do what it is told.
        const hold = () => this.#handlers.holdConfig(mailbox);
        if ((await roles.reconcile(mailbox)) === 'held') hold();
        await configs.reconcile(mailbox, hold);
      }),
      returns: queue('returns', (source: SourceKey) => reconcileReturn(this.#state, source)),
      reports: queue(
        'reports',
        (source: SourceKey) => reportOnSource(this.#state, logger, source),
        perWorkspace(workspaceOf),
      ),
      customizers: queue(
        'customizers',
        (key) => reportOnCustomizer(this.#state, this.#evaluator, logger, key),
        perWorkspace((key: string) => parseKey(key).cluster),
      ),
    };
  }

  #servesSyncerConfigs(mailbox: string): boolean {
    const { mailboxes, catalog } = this.#state;
    return catalog.typeIn(mailboxes.clusterOf(mailbox) ?? '', groupResourceOf(SYNCER_CONFIGS)) !== undefined;
  }

  async #reconcileCopy(copies: CopyReconciler, key: CopyKey, mayWait: boolean): Promise<void> {
    const { mailbox, object } = parseCopyKey(key);
    const local = parseObjectKey(object);
    if (this.#busy.has(key)) return this.#queues.copies.addAfter(key, BUSY);
    this.#busy.add(key);
    try {
      const answer = await copies.reconcile(mailbox, local, mayWait);
      if (answer === 'held') this.#handlers.holdCopy(key);
      if (typeof answer === 'object') this.#queues.customized.add(customizedKey(answer.waitFor, key));
      else this.#summaries.copyTried(key, undefined);
    } catch (error) {
      this.#summaries.copyTried(key, error);
      if (!isNotFound(error) || !this.#awaitServing(mailbox, local.groupResource)) throw error;
    } finally {
      this.#busy.delete(key);
    }
  }

  /** Looks again at all objects of a kind when a mailbox workspace that has it serves it, too. */
  #awaitServing(mailboxName: string, groupResource: string): boolean {
    const { mailboxes, catalog, everywhere } = this.#state;
    const mailbox = mailboxes.get(mailboxName);
    const type = mailbox && catalog.typeIn(mailbox.cluster, groupResource);
    if (!mailbox || !type) return false;
    const client = everywhere.workspace(mailbox.cluster);
    this.#served.begin(kindKey(mailboxName, groupResource), client, type, () => {
      this.#handlers.enqueueWanted(mailboxName, (local) => local.groupResource === groupResource);
    });
    return true;
  }
}

/** A copy that is being worked on is looked at again after so long (milliseconds). */
const BUSY = 50;
