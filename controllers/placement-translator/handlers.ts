/** What becomes of changes: which keys go into which queue when something that is watched has changed. */
import {
  type ClusterRole,
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  isOwnSyncerConfig,
  type KubeObject,
  NAMESPACES,
  PROTECT,
  type SyncerConfig,
} from '@kubestellar/api';
import { clusterOf, type Informer, type WorkQueue } from '@kubestellar/kube';
import type { Mailbox, Mailboxes } from './cache/mailboxes.ts';
import type { ObjectWatches } from './cache/object-informers.ts';
import type { Placements } from './cache/placements.ts';
import { BOUND_CRDS, type Catalog } from './cache/served-resources.ts';
import { isProjected } from './copies/projection.ts';
import type { Customized } from './customize/customized.ts';
import type { Brake } from './desired/brake/brake.ts';
import type { Desired } from './desired/desired-state.ts';
import { NAMESPACE_TYPE } from './desired/evaluate.ts';
import type { Unproven } from './desired/proof.ts';
import type { SourceChange } from './desired/reconcile-source.ts';
import { UnprovenKeys } from './desired/unproven.ts';
import {
  type CopyKey,
  type CustomizedKey,
  copyKey,
  copyKeyOf,
  formatObjectKey,
  type LocalObject,
  localObject,
  parseCopyKey,
  parseObjectKey,
  type ScopeKey,
  type SourceKey,
  scopeKey,
  sourceKey,
  sourceKeyOf,
  typeId,
  type WatchedType,
} from './keys.ts';
import type { Summaries } from './status/combined/summaries.ts';

/** Objects arrive in bursts: what tells of many is written once for all that come within this time (ms). */
const GATHER_CHANGES = 50;
const DEFINITIONS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);

/** The queues of the placement-translator, by what their keys stand for. */
export interface Queues {
  types: WorkQueue;
  /** WMW objects of which it is to be worked out where they are wanted. */
  sources: WorkQueue<SourceKey>;
  workspaces: WorkQueue<ScopeKey>;
  apis: WorkQueue;
  copies: WorkQueue<CopyKey>;
  /** Copies whose customization has to be waited for. */
  customized: WorkQueue<CustomizedKey>;
  configs: WorkQueue;
  returns: WorkQueue<SourceKey>;
  reports: WorkQueue<SourceKey>;
  /** EdgePlacements (their uids) whose pending removals are to be counted. */
  removals: WorkQueue;
  customizers: WorkQueue;
}

/** The caches that say whom a change concerns. */
export interface HandlerParts {
  catalog: Pick<Catalog, 'onChange' | 'definerIn'>;
  placements: Pick<Placements, 'in' | 'onAnnotated'>;
  mailboxes: Pick<Mailboxes, 'names' | 'nameOf' | 'onGone'>;
  brake: Pick<Brake, 'sourceChanged' | 'placementsChanged' | 'forgetMailbox'>;
  watches: Pick<ObjectWatches, 'inCluster'>;
  desired: Pick<Desired, 'in' | 'of' | 'everythingIn'>;
  customized: Pick<Customized, 'problemOf'>;
  syncerConfigs: Pick<Informer<SyncerConfig>, 'addHandler'>;
  upsyncRoles: Pick<Informer<ClusterRole>, 'addHandler'>;
}

/** Those of the status part who are to know of changes. */
export type StatusListener = Pick<Summaries, 'changed' | 'placementsChanged' | 'mailboxReady'>;

/** Puts keys into queues, and does nothing else. */
export class ChangeHandlers {
  readonly #parts: HandlerParts;
  readonly #queues: Queues;
  readonly #status: StatusListener;
  /** By workspace, the mailbox workspaces to which its upsync sets lead. */
  readonly #upsyncedInto = new Map<string, ReadonlySet<string>>();
  /** Objects of workspaces that have been deleted, until that is followed up: their types may be watched no more by then. */
  readonly gone = new Set<SourceKey>();
  /** What stays only for want of proof that nobody wants it. */
  readonly unproven: { copies: UnprovenKeys<CopyKey>; configs: UnprovenKeys<string> };

  constructor(parts: HandlerParts, queues: Queues, status: StatusListener) {
    this.#parts = parts;
    this.#queues = queues;
    this.#status = status;
    this.unproven = {
      copies: new UnprovenKeys((key) => queues.copies.add(key)),
      configs: new UnprovenKeys((mailbox) => queues.configs.add(mailbox)),
    };
  }

  /** Begins to follow kinds, SyncerConfigs and roles. */
  listen(): void {
    const { catalog, syncerConfigs, upsyncRoles, mailboxes, placements, brake } = this.#parts;
    catalog.onChange((cluster) => this.#servedChanged(cluster));
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
    mailboxes.onGone((mailbox) => brake.forgetMailbox(mailbox));
    // Removals may have been approved.
    placements.onAnnotated(({ metadata }) => this.#queues.removals.add(metadata.uid ?? ''));
  }

  /** What a workspace serves has changed. */
  #servedChanged(cluster: string): void {
    const { mailboxes, placements } = this.#parts;
    this.#queues.types.add('all');
    if (placements.in(cluster).length > 0) this.#queues.workspaces.add(scopeKey(cluster));
    if (cluster === BOUND_CRDS) {
      this.allowedChanged();
      for (const mailbox of mailboxes.names()) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    }
    for (const { destinations } of placements.in(cluster)) {
      for (const mailbox of destinations?.keys() ?? []) this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
    }
    const mailbox = mailboxes.nameOf(cluster);
    if (!mailbox) return;
    this.#queues.apis.add(mailbox);
    this.enqueueWanted(mailbox);
    this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
  }

  /** Other exports than before may be bound, or their schemas are known only now. */
  allowedChanged(): void {
    for (const mailbox of this.#parts.mailboxes.names()) this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
  }

  /** Of which API some kinds of a mailbox workspace are, or whether it serves them, has changed. */
  apisChanged(mailbox: string, groupResources: ReadonlySet<string>): void {
    for (const { local: key, wants } of this.#parts.desired.everythingIn(mailbox)) {
      const local = parseObjectKey(key);
      const kind = local.groupResource === DEFINITIONS ? local.name : local.groupResource;
      if (!groupResources.has(kind)) continue;
      this.#queues.copies.add(copyKey(mailbox, key));
      for (const { source } of wants) this.#status.changed(sourceKey(source));
    }
    this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
  }

  /** Something about the EdgePlacements of a workspace, or their destinations, has changed. */
  placementsChanged(cluster: string): void {
    this.#queues.types.add('all');
    this.#queues.workspaces.add(scopeKey(cluster));
    this.#status.placementsChanged(cluster);
    this.#parts.brake.placementsChanged();
    this.#upsyncChanged(cluster);
  }

  /** Upsync sets come from EdgePlacements, and leave mailbox workspaces to which none of the workspace leads now. */
  #upsyncChanged(cluster: string): void {
    const now = new Set<string>();
    for (const { placement, destinations } of this.#parts.placements.in(cluster)) {
      if (!placement.spec?.upsync?.length) continue;
      for (const mailbox of destinations?.keys() ?? []) now.add(mailbox);
    }
    const before = this.#upsyncedInto.get(cluster) ?? [];
    for (const mailbox of new Set([...before, ...now]))
      this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    if (now.size > 0) this.#upsyncedInto.set(cluster, now);
    else this.#upsyncedInto.delete(cluster);
  }

  /** A mailbox workspace can be written to. */
  mailboxReady({ name, cluster }: Pick<Mailbox, 'name' | 'cluster'>): void {
    this.enqueueWanted(name);
    for (const { watch, object } of this.#parts.watches.inCluster(cluster)) {
      if (isProjected(object)) this.#queues.copies.add(copyKeyOf(name, watch.type, object));
    }
    this.#queues.apis.add(name);
    this.#queues.configs.add(name);
    this.#status.mailboxReady(cluster);
  }

  /** An object of a workspace, or a copy in a mailbox workspace, has changed. */
  objectChanged(type: WatchedType, object: KubeObject, gone: boolean): void {
    const cluster = clusterOf(object);
    const mailbox = this.#parts.mailboxes.nameOf(cluster);
    if (mailbox) this.#copyChanged(mailbox, type, object, gone);
    else {
      this.#sourceChanged(sourceKeyOf(type, object), gone);
      this.#parts.brake.sourceChanged(formatObjectKey(localObject(type, object)));
    }
    if (typeId(type) === typeId(NAMESPACE_TYPE) && !mailbox) this.#namespaceChanged(cluster, object);
  }

  #sourceChanged(source: SourceKey, gone: boolean): void {
    if (gone) this.gone.add(source);
    else this.gone.delete(source);
    this.#queues.sources.add(source);
  }

  #copyChanged(mailbox: string, type: WatchedType, object: KubeObject, gone: boolean): void {
    const wants = this.#parts.desired.in(mailbox, localObject(type, object));
    if (isProjected(object) || wants.length > 0) this.#queues.copies.add(copyKeyOf(mailbox, type, object));
    if (gone && typeId(type) === typeId(NAMESPACE_TYPE)) {
      this.enqueueWanted(mailbox, ({ namespace }) => namespace === object.metadata.name);
    }
    // What was in the place of a copy, and was not ours, kept it out of the SyncerConfig.
    if (gone) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    if (gone) this.#dependentGone(mailbox, type, object);
    if (gone && wants.length === 0) this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
    for (const want of wants) {
      if (want.wantReturn) this.#queues.returns.add(sourceKey(want.source));
      this.#status.changed(sourceKey(want.source));
    }
  }

  /** Objects keep the copy of the CRD that defines them, and protected ones that of their Namespace. */
  #dependentGone(mailbox: string, type: WatchedType, { metadata }: KubeObject): void {
    const kept = [
      ...(type.identity === 'crd'
        ? [{ groupResource: DEFINITIONS, name: groupResourceOf(type.resource) }]
        : []),
      ...(metadata.namespace !== undefined && metadata.annotations?.[PROTECT] === 'true'
        ? [{ groupResource: groupResourceOf(NAMESPACES), name: metadata.namespace }]
        : []),
    ];
    for (const each of kept)
      this.#queues.copies.add(copyKey(mailbox, formatObjectKey({ ...each, namespace: '' })));
  }

  /** A copy that nobody wants may be removed by now, or why it may not has changed. */
  removalChanged(copy: CopyKey): void {
    this.#queues.copies.add(copy);
    this.#queues.configs.addAfter(parseCopyKey(copy).mailbox, GATHER_CHANGES);
  }

  /** Namespace labels count for namespaceSelectors: all that is in it is looked at again. */
  #namespaceChanged(cluster: string, namespace: KubeObject): void {
    const selectors = this.#parts.placements
      .in(cluster)
      .some(({ placement }) => placement.spec?.downsync?.some((test) => test.namespaceSelectors?.length));
    if (!selectors) return;
    this.#queues.workspaces.add(scopeKey(cluster, namespace.metadata.name));
  }

  /** What customizes a source has changed: all its copies are to be made anew. */
  sourceOutdated(source: SourceKey): void {
    this.#queues.sources.add(source);
  }

  /** A source was put into quarantine, or released. */
  customizationChanged(source: SourceKey): void {
    this.reportOutdated(source);
    this.#status.changed(source);
  }

  /** There may be problems of customization to report, or reported ones to take back. */
  reportOutdated(source: SourceKey): void {
    this.#queues.reports.addAfter(source, GATHER_CHANGES);
  }

  /** The Location of some copies of a source has changed. */
  copiesOutdated(source: SourceKey, copies: Iterable<CopyKey>): void {
    // What was too much for one destination is so for all, and so is its end.
    if (this.#parts.customized.problemOf(source)) this.sourceOutdated(source);
    for (const copy of copies) this.#queues.copies.add(copy);
    this.reportOutdated(source);
  }

  /** It is to be found out anew whether a Customizer is valid. */
  customizerChanged(key: string): void {
    this.#queues.customizers.addAfter(key, GATHER_CHANGES);
  }

  /** Where a source is wanted was worked out, and may be another now. */
  wantsChanged(change: SourceChange): void {
    const { key, source, cluster, object, mailboxes, turned, apis, resources } = change;
    const { desired, catalog } = this.#parts;
    const { groupResource } = object;
    // The watch of its type may have had to wait for that.
    if (change.isLastOfType) this.#queues.types.add('all');
    this.#status.changed(key);
    for (const mailbox of mailboxes) this.#queues.copies.add(copyKey(mailbox, formatObjectKey(object)));
    for (const mailbox of turned) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    // A CRD that is wanted for itself claims its kind, too.
    for (const mailbox of groupResource === DEFINITIONS ? turned : apis)
      this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
    if ([...desired.of(source).values()].some((want) => want.wantReturn)) this.#queues.returns.add(key);
    for (const resource of resources) {
      const definer = catalog.definerIn(cluster, resource);
      if (definer) this.#queues.sources.add(sourceKey(definer));
    }
  }

  /** Looks again at the copies, or some of them, that a mailbox workspace should have. */
  enqueueWanted(mailbox: string, which: (local: LocalObject) => boolean = () => true): void {
    for (const { local } of this.#parts.desired.everythingIn(mailbox)) {
      if (which(parseObjectKey(local))) this.#queues.copies.add(copyKey(mailbox, local));
    }
  }

  /** Reconciles a key of a queue; one whose answer is Unproven is looked at again when more is known. */
  async hold<Key extends string, Answer>(
    keys: UnprovenKeys<Key>,
    key: Key,
    reconcile: () => Promise<Answer | Unproven>,
  ): Promise<Answer | 'unproven'> {
    const since = keys.knowledge;
    const answer = await reconcile();
    if (!isUnproven(answer)) return answer;
    for (const source of answer.outdated) this.#queues.sources.add(sourceKey(source));
    keys.add(key, since);
    return 'unproven';
  }

  /** What could not be proven unwanted before may be so now. */
  retryUnproven(): void {
    this.unproven.copies.retry();
    this.unproven.configs.retry();
  }
}

function isUnproven(answer: unknown): answer is Unproven {
  return typeof answer === 'object' && answer !== null && 'isProven' in answer;
}
