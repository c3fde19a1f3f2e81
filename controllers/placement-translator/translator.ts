import {
  CLUSTER_ROLES,
  type ClusterRole,
  FIELD_MANAGERS,
  groupResourceOf,
  isOwnSyncerConfig,
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
  keyOf,
  WorkQueue,
} from '@kubestellar/kube';
import { type Logger, observeQueue, type Registry } from '@kubestellar/kube/program';
import { API_BINDING_TYPE, Catalog, CRD_TYPE } from './catalog.ts';
import { Conflicts } from './conflicts.ts';
import { Customizations } from './customize/customizations.ts';
import { followCustomization } from './customize/follow.ts';
import { reportOnCustomizer, reportOnSource } from './customize/report.ts';
import { Desired, type WantsChange } from './desired.ts';
import { evaluate, NAMESPACE_TYPE } from './evaluate.ts';
import { EventRecorder } from './events.ts';
import { type Mailbox, Mailboxes } from './mailboxes.ts';
import { Placements } from './placements.ts';
import { isProjected } from './projection.ts';
import type { Reevaluate } from './proof.ts';
import { CopyReconciler } from './reconcile-copy.ts';
import { reconcileReturn } from './reconcile-return.ts';
import { reconcileUpsyncRole } from './reconcile-upsync-role.ts';
import { mayConcern } from './selection.ts';
import { ServedProbe } from './served.ts';
import type { State } from './state.ts';
import { Summaries } from './summary/summaries.ts';
import { resourcesOf } from './syncer-config/named.ts';
import { SyncerConfigReconciler } from './syncer-config/reconcile.ts';
import {
  copyKey,
  type LocalObject,
  localObject,
  parseLocal,
  parseSourceId,
  sourceId,
  typeId,
  type WatchedType,
} from './types.ts';
import { ObjectWatches } from './watches.ts';

/** Objects arrive in bursts: what tells of many is written once for all that come within this time (ms). */
const GATHER_CHANGES = 50;

/** The clients and settings of a Translator. */
export interface TranslatorOptions {
  /** A client that may read across all workspaces and write in each (`system:admin`). */
  everywhere: KubeClient;
  root: KubeClient;
  espw: KubeClient;
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  concurrency: number;
  logger: Logger;
  registry: Registry;
}

/**
 * The placement-translator: turns EdgePlacements, their slices and the workload objects of all WMWs into
 * copies and SyncerConfigs in the mailbox workspaces, and returns singleton status. This class only
 * connects: watches feed queues, queues call the reconciles.
 */
export class Translator {
  readonly #state: State;
  readonly #queues: {
    types: WorkQueue;
    workspaces: WorkQueue;
    copies: WorkQueue;
    configs: WorkQueue;
    returns: WorkQueue;
    reports: WorkQueue;
    customizers: WorkQueue;
  };
  readonly #held = new Set<string>();
  readonly #heldConfigs = new Set<string>();
  readonly #served = new ServedProbe();
  readonly #summaries: Summaries;

  constructor(options: TranslatorOptions) {
    const { everywhere, root, espw, view, logger } = options;
    const applier = new Applier(FIELD_MANAGERS.placementTranslator);
    const catalog = new Catalog(everywhere, root, logger);
    const placements = new Placements(view, logger, (cluster) => this.#placementsChanged(cluster));
    const mailboxes = new Mailboxes(everywhere, espw, logger, (mailbox) => this.#mailboxReady(mailbox));
    const watches = new ObjectWatches(
      everywhere,
      logger,
      (type, object, gone) => this.#objectChanged(type, object, gone),
      () => this.#retryHeld(),
      (type, copy) => this.#sourceOf(type, copy),
    );
    const customizations = new Customizations(view, logger, {
      onSource: (source) => this.#sourceOutdated(source),
      onCopies: (source, copies) => {
        for (const copy of copies) this.#queues.copies.add(copy);
        this.#queues.reports.addAfter(source, GATHER_CHANGES);
      },
      onCustomizer: (key) => this.#queues.customizers.addAfter(key, GATHER_CHANGES),
    });
    const syncerConfigs = new Informer<SyncerConfig>({ client: view, resource: SYNCER_CONFIGS, logger });
    const upsyncRoles = new Informer<ClusterRole>({
      client: everywhere.workspace('*'),
      resource: CLUSTER_ROLES,
      fieldSelector: `metadata.name=${UPSYNC_ROLE_NAME}`,
      logger,
    });
    this.#state = {
      everywhere,
      applier,
      catalog,
      placements,
      mailboxes,
      watches,
      desired: new Desired(),
      customizations,
      syncerConfigs,
      upsyncRoles,
    };
    const events = new EventRecorder(everywhere, logger);
    this.#queues = this.#makeQueues(options, new Conflicts(events, logger));
    const backlog = () => this.#queues.copies.depth;
    this.#summaries = new Summaries({ state: this.#state, view, logger, events, backlog });
    this.#listen();
  }

  /** Starts watching and reconciling. @returns when the caches are complete */
  async start(): Promise<void> {
    const { catalog, placements, mailboxes, customizations, watches, syncerConfigs, upsyncRoles } =
      this.#state;
    watches.adopt(CRD_TYPE, catalog.definitions as unknown as Informer, true);
    watches.adopt(API_BINDING_TYPE, catalog.bindings as unknown as Informer, false);
    await Promise.all([
      catalog.start(),
      placements.start(),
      mailboxes.start(),
      customizations.start(),
      syncerConfigs.start().whenSynced(),
      upsyncRoles.start().whenSynced(),
    ]);
    this.#setTypes();
    await Promise.all(watches.all().map(({ informer }) => informer.whenSynced()));
    // All of what is wanted must be known before anything is written or taken away.
    for (const cluster of placements.clusters()) this.#evaluateAll(cluster);
    for (const queue of Object.values(this.#queues)) queue.start();
    void this.#summaries.start();
  }

  /** Ends all watches and waits for the running reconciles. */
  async stop(): Promise<void> {
    const { catalog, placements, mailboxes, customizations, watches, syncerConfigs, upsyncRoles } =
      this.#state;
    this.#served.stop();
    await Promise.all([...Object.values(this.#queues), this.#summaries].map((part) => part.stop()));
    const parts = [catalog, placements, mailboxes, customizations, watches, syncerConfigs, upsyncRoles];
    await Promise.all(parts.map((part) => part.stop()));
  }

  /** @returns which watches have not been complete yet */
  notReady(): string[] {
    const { catalog, placements, mailboxes, customizations, syncerConfigs, upsyncRoles, watches } =
      this.#state;
    const named = { catalog, placements, mailboxes, customizations, syncerConfigs, upsyncRoles };
    const waiting = Object.entries(named).flatMap(([name, part]) =>
      part.synced ? [] : [`${name} not synced`],
    );
    const types = watches.all().filter(({ informer }) => !informer.synced);
    return [...waiting, ...types.map(({ type }) => `watch of ${groupResourceOf(type.resource)} not synced`)];
  }

  #makeQueues({ concurrency, logger, registry }: TranslatorOptions, conflicts: Conflicts) {
    const reevaluate: Reevaluate = (type, source) => this.#evaluate(type, source, false);
    const copies = new CopyReconciler(this.#state, reevaluate, conflicts);
    const configs = new SyncerConfigReconciler(this.#state, reevaluate);
    const queue = (
      name: string,
      workers: number,
      reconcile: (key: string) => Promise<void>,
      flowOf?: (key: string) => string,
    ) => {
      const observe = observeQueue(registry, name, () => made.depth);
      const made = new WorkQueue({ name, concurrency: workers, reconcile, logger, flowOf, observe });
      return made;
    };
    return {
      types: queue('types', 1, async () => this.#setTypes()),
      workspaces: queue('workspaces', 1, async (cluster) => this.#evaluateAll(cluster)),
      copies: queue('copies', concurrency, (key) => this.#reconcileCopy(copies, key), mailboxOf),
      configs: queue('syncerconfigs', concurrency, async (mailbox) => {
        // First, so that the syncer finds itself permitted to do what it is told.
        await reconcileUpsyncRole(this.#state, mailbox);
        await configs.reconcile(mailbox, () => this.#heldConfigs.add(mailbox));
      }),
      returns: queue('returns', concurrency, (source) => {
        const { watchId, key } = parseSourceId(source);
        return reconcileReturn(this.#state, watchId, key);
      }),
      reports: queue('reports', concurrency, (source) => reportOnSource(this.#state, logger, source)),
      customizers: queue('customizers', concurrency, (key) => reportOnCustomizer(this.#state, logger, key)),
    };
  }

  async #reconcileCopy(copies: CopyReconciler, key: string): Promise<void> {
    const [mailbox = '', local = ''] = key.split('#');
    try {
      if ((await copies.reconcile(mailbox, parseLocal(local))) === 'held') this.#held.add(key);
      this.#summaries.copyTried(key, undefined);
    } catch (error) {
      this.#summaries.copyTried(key, error);
      if (!isNotFound(error) || !this.#awaitServing(mailbox, parseLocal(local).groupResource)) throw error;
    }
  }

  /** Looks again at all objects of a kind when a mailbox workspace that has it serves it, too. */
  #awaitServing(mailboxName: string, groupResource: string): boolean {
    const { mailboxes, catalog, everywhere } = this.#state;
    const mailbox = mailboxes.get(mailboxName);
    const type = mailbox && catalog.typeIn(mailbox.cluster, groupResource);
    if (!mailbox || !type) return false;
    const client = everywhere.workspace(mailbox.cluster);
    this.#served.begin(`${mailboxName}#${groupResource}`, client, type, () => {
      this.#enqueueWanted(mailboxName, (local) => local.groupResource === groupResource);
    });
    return true;
  }

  #listen(): void {
    const { catalog, syncerConfigs, upsyncRoles, mailboxes, placements } = this.#state;
    catalog.onChange((cluster) => {
      this.#queues.types.add('all');
      if (placements.in(cluster).length > 0) this.#queues.workspaces.add(cluster);
      const mailbox = mailboxes.nameOf(cluster);
      if (!mailbox) return;
      this.#enqueueWanted(mailbox);
      this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    });
    const changed = (config: SyncerConfig) => {
      const mailbox = mailboxes.nameOf(clusterOf(config));
      if (mailbox && isOwnSyncerConfig(config.metadata.name)) this.#queues.configs.add(mailbox);
      this.#queues.types.add('all');
    };
    syncerConfigs.addHandler({
      onAdd: changed,
      // Without a new generation it is the status that has changed, which the syncer writes.
      onUpdate: (config, previous) =>
        config.metadata.generation === previous.metadata.generation ? undefined : changed(config),
      onDelete: changed,
    });
    const roleChanged = (role: ClusterRole) => {
      const mailbox = mailboxes.nameOf(clusterOf(role));
      if (mailbox) this.#queues.configs.add(mailbox);
    };
    upsyncRoles.addHandler({ onUpdate: roleChanged, onDelete: roleChanged });
  }

  /** Watches what some EdgePlacement may select, and what some SyncerConfig still names. */
  #setTypes(): void {
    const { catalog, placements, syncerConfigs, watches } = this.#state;
    const types: WatchedType[] = [NAMESPACE_TYPE];
    for (const cluster of placements.clusters()) {
      const specs = placements.in(cluster).map(({ placement }) => placement.spec);
      const concerned = catalog
        .typesIn(cluster)
        .filter(({ resource }) => specs.some((spec) => mayConcern(spec, resource)));
      types.push(...concerned);
    }
    for (const config of syncerConfigs.list()) {
      const named = resourcesOf(config).map((resource) => catalog.typeIn(clusterOf(config), resource));
      types.push(...named.filter((type) => type !== undefined));
    }
    watches.setTypes(types);
  }

  #evaluateAll(cluster: string): void {
    for (const { watch, object } of [...this.#state.watches.inCluster(cluster)])
      this.#evaluate(watch.type, object, false);
    this.#retryHeld();
  }

  #evaluate(type: WatchedType, object: KubeObject, gone: boolean): void {
    const change = evaluate(this.#state, type, object, gone);
    if (followCustomization(this.#state, type, object))
      this.#queues.reports.addAfter(sourceId({ type, key: keyOf(object) }), GATHER_CHANGES);
    if (change) this.#follow(change, type, object);
  }

  /** What customizes a source has changed: all its copies are to be made anew. */
  #sourceOutdated(source: string): void {
    const { watchId, key } = parseSourceId(source);
    const watch = this.#state.watches.byId(watchId);
    const object = watch?.informer.get(key);
    if (watch && object) this.#evaluate(watch.type, object, false);
  }

  #follow(change: WantsChange, type: WatchedType, object: KubeObject): void {
    const { desired, catalog, watches } = this.#state;
    const source = { type, key: keyOf(object) };
    this.#summaries.changed(sourceId(source));
    for (const mailbox of change.mailboxes) this.#queues.copies.add(copyKey(mailbox, type, object));
    for (const mailbox of change.turned) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    if ([...desired.of(source).values()].some((want) => want.wantReturn))
      this.#queues.returns.add(sourceId(source));
    for (const resource of change.resources) {
      const definer = catalog.definerIn(clusterOf(object), resource);
      const definition = definer && watches.of(definer.type)?.informer.get(definer.key);
      if (definer && definition) this.#evaluate(definer.type, definition, false);
    }
  }

  #objectChanged(type: WatchedType, object: KubeObject, gone: boolean): void {
    const cluster = clusterOf(object);
    const mailbox = this.#state.mailboxes.nameOf(cluster);
    if (mailbox) this.#copyChanged(mailbox, type, object, gone);
    else this.#evaluate(type, object, gone);
    if (typeId(type) === typeId(NAMESPACE_TYPE) && !mailbox) this.#namespaceChanged(cluster, object);
  }

  #copyChanged(mailbox: string, type: WatchedType, object: KubeObject, gone: boolean): void {
    const wants = this.#state.desired.in(mailbox, localObject(type, object));
    if (isProjected(object) || wants.length > 0) this.#queues.copies.add(copyKey(mailbox, type, object));
    if (gone && typeId(type) === typeId(NAMESPACE_TYPE)) {
      this.#enqueueWanted(mailbox, ({ namespace }) => namespace === object.metadata.name);
    }
    if (gone && wants.length === 0) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    for (const want of wants) {
      if (want.wantReturn) this.#queues.returns.add(sourceId(want.source));
      this.#summaries.changed(sourceId(want.source));
    }
  }

  #sourceOf(type: WatchedType, copy: KubeObject): KubeObject | undefined {
    const { mailboxes, desired, watches } = this.#state;
    const mailbox = mailboxes.nameOf(clusterOf(copy));
    if (!mailbox) return undefined;
    const source = desired.in(mailbox, localObject(type, copy))[0]?.source;
    return source && watches.of(source.type)?.informer.get(source.key);
  }

  /** Namespace labels count for namespaceSelectors: all that is in it is looked at again. */
  #namespaceChanged(cluster: string, namespace: KubeObject): void {
    const selectors = this.#state.placements
      .in(cluster)
      .some(({ placement }) => placement.spec?.downsync?.some((test) => test.namespaceSelectors?.length));
    if (!selectors) return;
    for (const { watch, object } of [...this.#state.watches.inCluster(cluster)]) {
      if (object.metadata.namespace === namespace.metadata.name) this.#evaluate(watch.type, object, false);
    }
  }

  #placementsChanged(cluster: string): void {
    this.#queues.types.add('all');
    this.#queues.workspaces.add(cluster);
    this.#summaries.placementsChanged(cluster);
    // Upsync sets, too, come from here.
    for (const { destinations } of this.#state.placements.in(cluster)) {
      for (const mailbox of destinations?.keys() ?? [])
        this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    }
  }

  #mailboxReady(mailbox: Mailbox): void {
    this.#enqueueWanted(mailbox.name);
    for (const { watch, object } of this.#state.watches.inCluster(mailbox.cluster)) {
      if (isProjected(object)) this.#queues.copies.add(copyKey(mailbox.name, watch.type, object));
    }
    this.#queues.configs.add(mailbox.name);
    this.#summaries.mailboxReady(mailbox.cluster);
  }

  #enqueueWanted(mailbox: string, which: (local: LocalObject) => boolean = () => true): void {
    for (const { local } of this.#state.desired.everythingIn(mailbox)) {
      if (which(parseLocal(local))) this.#queues.copies.add(`${mailbox}#${local}`);
    }
  }

  /** What could not be proven unwanted before may be so now. */
  #retryHeld(): void {
    for (const key of this.#held) this.#queues.copies.add(key);
    this.#held.clear();
    for (const mailbox of this.#heldConfigs) this.#queues.configs.add(mailbox);
    this.#heldConfigs.clear();
  }
}

/** Thousands of copies for one cluster must not delay the one for another. */
const mailboxOf = (copy: string): string => copy.slice(0, copy.indexOf('#'));
