/** The work queues of the placement-translator: which reconcile each calls, and what that needs. */
import {
  CLUSTER_ROLES,
  type ClusterRole,
  groupResourceOf,
  SYNCER_CONFIGS,
  type SyncerConfig,
  UPSYNC_ROLE_NAME,
} from '@kubestellar/api';
import {
  type Applier,
  formatKey,
  type Informer,
  isNotFound,
  type KubeClient,
  keyOf,
  parseKey,
  type RequeueAfter,
  type WorkQueueOptions,
} from '@kubestellar/kube';
import { type Logger, observedQueue, type Registry } from '@kubestellar/program';
import type { AllowedExports } from './apis/allowed-exports.ts';
import type { MailboxAPIs } from './apis/mailbox-apis.ts';
import { APIReconciler } from './apis/reconcile-apis.ts';
import type { Inventory } from './cache/inventory.ts';
import type { Mailboxes } from './cache/mailboxes.ts';
import type { ObjectWatches } from './cache/object-informers.ts';
import type { Placements } from './cache/placements.ts';
import type { ServedProbe } from './cache/served-probe.ts';
import type { Catalog } from './cache/served-resources.ts';
import type { UpsyncCopies } from './cache/upsync-copies.ts';
import { watchedTypes } from './cache/watched-types.ts';
import { Conflicts } from './copies/conflicts.ts';
import { CopyReconciler } from './copies/reconcile-copy.ts';
import { turnOf } from './copies/turns.ts';
import type { Customizations } from './customize/customizations.ts';
import type { Customized } from './customize/customized.ts';
import { followCustomization } from './customize/follow.ts';
import { reportOnCustomizer, reportOnSource } from './customize/report.ts';
import { reportDependencies } from './customize/report-io.ts';
import type { Brake } from './desired/brake/brake.ts';
import type { Desired } from './desired/desired-state.ts';
import { destinationsAt, type Evaluation, evaluate } from './desired/evaluate.ts';
import { reconcileScope, reconcileSource } from './desired/reconcile-source.ts';
import { Slices } from './desired/slices.ts';
import type { Evaluator } from './evaluation/evaluator.ts';
import type { ChangeHandlers, Queues } from './handlers.ts';
import {
  type CopyKey,
  type CustomizedKey,
  customizedKey,
  kindKey,
  parseCopyKey,
  parseCustomizedKey,
  parseObjectKey,
  parseSourceKey,
  type ScopeKey,
  type SourceKey,
  sourceKey,
  workspaceOf,
} from './keys.ts';
import type { EventRecorder } from './status/events.ts';
import { returnState } from './status/singleton.ts';
import { singletonDependencies } from './status/singleton-io.ts';
import { ConfigStore } from './syncer-config/config-store.ts';
import { leftoversIn, upsyncIn, wantedIn } from './syncer-config/contents.ts';
import { ownConfigsIn, resourcesOf } from './syncer-config/named.ts';
import { type ConfigDependencies, reconcileConfigs } from './syncer-config/reconcile.ts';
import { UpsyncRoleReconciler } from './syncer-config/upsync-role.ts';

/** The caches and clients of the translator, of which each reconcile is given what it needs. */
export interface Parts {
  /** A client that may read across all workspaces and write in each. */
  everywhere: KubeClient;
  applier: Applier;
  catalog: Catalog;
  inventory: Inventory;
  placements: Placements;
  mailboxes: Mailboxes;
  watches: ObjectWatches;
  desired: Desired;
  /** Permits what is to leave mailbox workspaces. */
  brake: Brake;
  evaluation: Evaluation;
  /** Which exports mailbox workspaces may bind. */
  allowed: AllowedExports;
  /** Of which API each kind of each mailbox workspace is. */
  apis: MailboxAPIs;
  customizations: Customizations;
  customized: Customized;
  syncerConfigs: Informer<SyncerConfig>;
  /** The roles of UPSYNC_ROLE_NAME in all workspaces. */
  upsyncRoles: Informer<ClusterRole>;
  /** What has copies that were upsynced, although no set asks for it any more. */
  upsyncCopies: UpsyncCopies;
}

/** How the queues work. */
export interface QueueSettings {
  concurrency: number;
  evaluator: Evaluator;
  logger: Logger;
  registry: Registry;
}

/** What the queues are connected with. */
export interface QueueConnections {
  parts: Parts;
  events: EventRecorder;
  served: ServedProbe;
  handlers(): ChangeHandlers;
  /** Notified that a mailbox workspace has refused a copy, or taken it (undefined). */
  copyTried(key: CopyKey, error: unknown): void;
}

/** A copy that is being worked on is looked at again after so long (milliseconds). */
const BUSY = 50;

/** Makes the queues; none has started. */
export function makeQueues(settings: QueueSettings, connections: QueueConnections): Queues {
  const { concurrency, evaluator, logger, registry } = settings;
  const { parts, handlers, events } = connections;
  const queue = <Key extends string>(
    name: string,
    reconcile: WorkQueueOptions<Key>['reconcile'],
    options: Partial<WorkQueueOptions<Key>> = {},
  ) => observedQueue(registry, { name, concurrency, reconcile, logger, ...options });
  /** For what may have to wait for evaluations: no workspace takes all workers, or more than its share. */
  const perWorkspace = <Key extends string>(flowOf: (key: Key) => string) => ({
    flowOf,
    perFlow: Math.ceil(concurrency / 16),
    pauseOf: (workspace: string) => evaluator.shares.waitOf(workspace, 'customize'),
  });
  const [sources, copies] = [sourceReconciler(connections), copyReconciler(settings, connections)];
  const apis = new APIReconciler(parts, logger, (mailbox, resources) =>
    handlers().apisChanged(mailbox, resources),
  );
  const roles = upsyncRoleReconciler(parts, events);
  const configs = configDependencies(parts);
  const returns = singletonDependencies(parts);
  const reports = reportDependencies({ ...parts, evaluator, logger });
  const slices = new Slices();
  const queues: Queues = {
    types: queue('types', async () => parts.watches.setTypes(watchedTypes(parts)), { concurrency: 1 }),
    sources: queue(
      'sources',
      async (key: SourceKey) => {
        await slices.next();
        return sources(key);
      },
      { concurrency: 1, flowOf: workspaceOf },
    ),
    workspaces: queue(
      'workspaces',
      async (scope: ScopeKey) => {
        await reconcileScope(scope, {
          listSources: (cluster, namespace) => sourcesIn(parts, cluster, namespace),
          reconcile: sources,
          slices,
        });
        handlers().retryUnproven();
      },
      { concurrency: 4 },
    ),
    apis: queue('apis', (mailbox: string) => apis.reconcile(mailbox)),
    copies: queue('copies', (key: CopyKey) => copies(queues, key, false), {
      flowOf: (key) => turnOf(parts.desired, key),
    }),
    customized: queue(
      'customized',
      (key: CustomizedKey) => copies(queues, parseCustomizedKey(key).copy, true),
      perWorkspace((key) => parseCustomizedKey(key).workspace),
    ),
    configs: queue('syncerconfigs', async (mailbox: string) => {
      // Trying before would only make the wait longer; the catalog brings us back.
      if (!servesSyncerConfigs(parts, mailbox)) return;
      await handlers().hold(handlers().unproven.configs, mailbox, async () => {
        // First, so that the syncer finds itself permitted to do what it is to do.
        const role = await roles.reconcile(mailbox);
        const answer = await reconcileConfigs(mailbox, configs);
        return answer === 'done' ? role : answer;
      });
    }),
    returns: queue('returns', (source: SourceKey) => returnState(source, returns)),
    reports: queue(
      'reports',
      (source: SourceKey) => reportOnSource(source, reports),
      perWorkspace(workspaceOf),
    ),
    removals: queue('removals', async (placement: string) => parts.brake.count(placement)),
    customizers: queue(
      'customizers',
      (key: string) => reportOnCustomizer(key, reports),
      perWorkspace((key) => parseKey(key).cluster),
    ),
  };
  return queues;
}

function sourceReconciler({
  parts,
  handlers,
}: QueueConnections): (key: SourceKey) => RequeueAfter | undefined {
  const { watches, desired, evaluation, customized, customizations } = parts;
  const follow = {
    listMailboxes: (source: Parameters<Desired['of']>[0]) => desired.of(source).keys(),
    getDestinations: (source: Parameters<Desired['of']>[0], mailbox: string) =>
      destinationsAt(evaluation, source, mailbox),
    customizations,
    customized,
  };
  return (id) => {
    const again = reconcileSource(id, {
      getObject: (source) => {
        const { typeId, key } = parseSourceKey(source);
        const watch = watches.byId(typeId);
        if (!watch) return handlers().gone.has(source) ? undefined : 'unwatched';
        const object = watch.informer.get(key);
        if (object) return { type: watch.type, object };
        return watch.informer.synced ? undefined : 'unlisted';
      },
      evaluate: (type, object) => evaluate(evaluation, type, object),
      desired,
      followCustomization: (type, object) => {
        if (followCustomization(follow, type, object)) handlers().reportOutdated(id);
      },
      forgetCustomization: (source) => {
        customized.forget(source);
        customizations.forget(source);
      },
      onChange: (change) => handlers().wantsChanged(change),
    });
    if (!again) handlers().gone.delete(id);
    return again;
  };
}

function* sourcesIn(
  { watches }: Parts,
  cluster: string,
  namespace: string | undefined,
): Generator<SourceKey> {
  for (const { watch, object } of watches.inCluster(cluster)) {
    if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
    yield sourceKey({ type: watch.type, key: keyOf(object) });
  }
}

/** @returns the reconcile of one copy, which the two queues of copies call; never twice at once for one of them */
function copyReconciler(
  { logger }: QueueSettings,
  { parts, events, served, handlers, copyTried }: QueueConnections,
) {
  const copies = new CopyReconciler({ ...parts, conflicts: new Conflicts(events, logger) });
  /** Copies that one of the two queues is working on. */
  const busy = new Set<CopyKey>();
  return async (queues: Queues, key: CopyKey, mayWait: boolean): Promise<void> => {
    const { mailbox, object } = parseCopyKey(key);
    const local = parseObjectKey(object);
    if (busy.has(key)) return queues.copies.addAfter(key, BUSY);
    busy.add(key);
    try {
      const answer = await handlers().hold(handlers().unproven.copies, key, () =>
        copies.reconcile(mailbox, local, mayWait),
      );
      if (typeof answer === 'object') queues.customized.add(customizedKey(answer.waitFor, key));
      else copyTried(key, undefined);
    } catch (error) {
      copyTried(key, error);
      if (!isNotFound(error) || !awaitServing(parts, served, handlers(), mailbox, local.groupResource))
        throw error;
    } finally {
      busy.delete(key);
    }
  };
}

/** Looks again at all objects of a kind when a mailbox workspace that has it serves it, too. */
function awaitServing(
  { mailboxes, catalog, everywhere }: Parts,
  served: ServedProbe,
  handlers: ChangeHandlers,
  mailboxName: string,
  groupResource: string,
): boolean {
  const mailbox = mailboxes.get(mailboxName);
  const type = mailbox && catalog.typeIn(mailbox.cluster, groupResource);
  if (!mailbox || !type) return false;
  const client = everywhere.workspace(mailbox.cluster);
  served.begin(kindKey(mailboxName, groupResource), client, type, () => {
    handlers.enqueueWanted(mailboxName, (local) => local.groupResource === groupResource);
  });
  return true;
}

function configDependencies(parts: Parts): ConfigDependencies {
  const { mailboxes, desired, everywhere, applier, syncerConfigs, brake } = parts;
  return {
    getMailbox: (name) => mailboxes.get(name),
    store: new ConfigStore(everywhere, applier, syncerConfigs),
    isDesired: (mailbox, local) => desired.in(mailbox, local).length > 0,
    mayRemove: (mailbox, local) => brake.ask(mailbox, local),
    listWanted: (mailbox) => wantedIn(parts, mailbox),
    listLeftovers: (mailbox, named) => leftoversIn(parts, mailbox, named),
    listUpsync: (mailbox) => upsyncIn(parts, mailbox),
  };
}

function upsyncRoleReconciler(parts: Parts, events: EventRecorder): UpsyncRoleReconciler {
  const { mailboxes, upsyncRoles, placements, catalog, syncerConfigs, upsyncCopies } = parts;
  return new UpsyncRoleReconciler(
    {
      getMailbox: (name) => mailboxes.get(name),
      getRole: ({ cluster }) =>
        upsyncRoles.get(formatKey({ cluster, namespace: '', name: UPSYNC_ROLE_NAME })),
      listPlacements: ({ name }) => placements.to(name),
      hasUnresolvedUpsync: () => placements.hasUnresolvedUpsync(),
      listTypes: ({ cluster }) => catalog.typesIn(cluster),
      listNamed: ({ cluster }) =>
        ownConfigsIn(syncerConfigs, cluster).flatMap((config) => (config ? resourcesOf(config) : [])),
      copies: upsyncCopies,
      apply: async ({ cluster }, role, live) => {
        await parts.applier.ensure(parts.everywhere.workspace(cluster), CLUSTER_ROLES, role, live);
      },
    },
    events,
  );
}

function servesSyncerConfigs({ mailboxes, catalog }: Parts, mailbox: string): boolean {
  return catalog.typeIn(mailboxes.clusterOf(mailbox) ?? '', groupResourceOf(SYNCER_CONFIGS)) !== undefined;
}
