import { setImmediate } from 'node:timers/promises';
import {
  type ClusterRole,
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  isOwnSyncerConfig,
  type KubeObject,
  type SyncerConfig,
} from '@kubestellar/api';
import { clusterOf, keyOf, type WorkQueue } from '@kubestellar/kube';
import type { Mailbox } from './cache/mailboxes.ts';
import { BOUND_CRDS } from './cache/served-resources.ts';
import { isProjected } from './copies/projection.ts';
import { followCustomization } from './customize/follow.ts';
import type { WantsChange } from './desired/desired-state.ts';
import { evaluate, NAMESPACE_TYPE } from './desired/evaluate.ts';
import {
  type CopyKey,
  type CustomizedKey,
  copyKey,
  copyKeyOf,
  type LocalObject,
  localObject,
  parseObjectKey,
  parseScopeKey,
  parseSourceKey,
  type ScopeKey,
  type SourceKey,
  scopeKey,
  sourceKey,
  typeId,
  type WatchedType,
} from './keys.ts';
import type { State } from './state.ts';
import type { Summaries } from './status/combined/summaries.ts';

/** Objects arrive in bursts: what tells of many is written once for all that come within this time (ms). */
const GATHER_CHANGES = 50;
/** A workspace may have so many objects that others want their turn meanwhile (milliseconds). */
const SLICE = 10;
const DEFINITIONS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);

/** The queues of the placement-translator, by what their keys stand for. */
export interface Queues {
  types: WorkQueue;
  workspaces: WorkQueue<ScopeKey>;
  apis: WorkQueue;
  copies: WorkQueue<CopyKey>;
  /** Copies whose customization has to be waited for. */
  customized: WorkQueue<CustomizedKey>;
  configs: WorkQueue;
  returns: WorkQueue<SourceKey>;
  reports: WorkQueue<SourceKey>;
  customizers: WorkQueue;
}

/** What becomes of changes: which keys go into which queue when something that is watched has changed. */
export class ChangeHandlers {
  readonly #state: State;
  readonly #queues: Queues;
  readonly #summaries: Summaries;
  /** By workspace, the mailbox workspaces to which its upsync sets lead. */
  readonly #upsyncedInto = new Map<string, ReadonlySet<string>>();
  readonly #held = { copies: new Set<CopyKey>(), configs: new Set<string>() };

  constructor(state: State, queues: Queues, summaries: Summaries) {
    this.#state = state;
    this.#queues = queues;
    this.#summaries = summaries;
  }

  /** Begins to follow kinds, SyncerConfigs and roles. */
  listen(): void {
    const { catalog, syncerConfigs, upsyncRoles, mailboxes, placements } = this.#state;
    catalog.onChange((cluster) => {
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

  /** Other exports than before may be bound, or their schemas are known only now. */
  allowedChanged(): void {
    for (const mailbox of this.#state.mailboxes.names()) this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
  }

  /** Of which API some kinds of a mailbox workspace are, or whether it serves them, has changed. */
  apisChanged(mailbox: string, groupResources: ReadonlySet<string>): void {
    for (const { local: text, wants } of this.#state.desired.everythingIn(mailbox)) {
      const local = parseObjectKey(text);
      const kind = local.groupResource === DEFINITIONS ? local.name : local.groupResource;
      if (!groupResources.has(kind)) continue;
      this.#queues.copies.add(copyKey(mailbox, text));
      for (const { source } of wants) this.#summaries.changed(sourceKey(source));
    }
    this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
  }

  /** Something about the EdgePlacements of a workspace, or their destinations, has changed. */
  placementsChanged(cluster: string): void {
    this.#queues.types.add('all');
    this.#queues.workspaces.add(scopeKey(cluster));
    this.#summaries.placementsChanged(cluster);
    this.#upsyncChanged(cluster);
  }

  /** Upsync sets come from EdgePlacements, and leave mailbox workspaces to which none of the workspace leads now. */
  #upsyncChanged(cluster: string): void {
    const now = new Set<string>();
    for (const { placement, destinations } of this.#state.placements.in(cluster)) {
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
  mailboxReady(mailbox: Mailbox): void {
    this.enqueueWanted(mailbox.name);
    for (const { watch, object } of this.#state.watches.inCluster(mailbox.cluster)) {
      if (isProjected(object)) this.#queues.copies.add(copyKeyOf(mailbox.name, watch.type, object));
    }
    this.#queues.apis.add(mailbox.name);
    this.#queues.configs.add(mailbox.name);
    this.#summaries.mailboxReady(mailbox.cluster);
  }

  /** An object of a workspace, or a copy in a mailbox workspace, has changed. */
  objectChanged(type: WatchedType, object: KubeObject, gone: boolean): void {
    const cluster = clusterOf(object);
    const mailbox = this.#state.mailboxes.nameOf(cluster);
    if (mailbox) this.#copyChanged(mailbox, type, object, gone);
    else this.evaluate(type, object, gone);
    if (typeId(type) === typeId(NAMESPACE_TYPE) && !mailbox) this.#namespaceChanged(cluster, object);
  }

  #copyChanged(mailbox: string, type: WatchedType, object: KubeObject, gone: boolean): void {
    const wants = this.#state.desired.in(mailbox, localObject(type, object));
    if (isProjected(object) || wants.length > 0) this.#queues.copies.add(copyKeyOf(mailbox, type, object));
    if (gone && typeId(type) === typeId(NAMESPACE_TYPE)) {
      this.enqueueWanted(mailbox, ({ namespace }) => namespace === object.metadata.name);
    }
    // What was in the place of a copy, and was not ours, kept it out of the SyncerConfig.
    if (gone) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    if (gone && wants.length === 0) this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
    for (const want of wants) {
      if (want.wantReturn) this.#queues.returns.add(sourceKey(want.source));
      this.#summaries.changed(sourceKey(want.source));
    }
  }

  /** Namespace labels count for namespaceSelectors: all that is in it is looked at again. */
  #namespaceChanged(cluster: string, namespace: KubeObject): void {
    const selectors = this.#state.placements
      .in(cluster)
      .some(({ placement }) => placement.spec?.downsync?.some((test) => test.namespaceSelectors?.length));
    if (!selectors) return;
    this.#queues.workspaces.add(scopeKey(cluster, namespace.metadata.name));
  }

  /** What customizes a source has changed: all its copies are to be made anew. */
  sourceOutdated(source: SourceKey): void {
    const { typeId, key } = parseSourceKey(source);
    const watch = this.#state.watches.byId(typeId);
    const object = watch?.informer.get(key);
    if (watch && object) this.evaluate(watch.type, object, false);
  }

  /** A source was put into quarantine, or released. */
  customizationChanged(source: SourceKey): void {
    this.#queues.reports.addAfter(source, GATHER_CHANGES);
    this.#summaries.changed(source);
  }

  /** The Location of some copies of a source has changed. */
  copiesOutdated(source: SourceKey, copies: Iterable<CopyKey>): void {
    // What was too much for one destination is so for all, and so is its end.
    if (this.#state.customized.problemOf(source)) this.sourceOutdated(source);
    for (const copy of copies) this.#queues.copies.add(copy);
    this.#queues.reports.addAfter(source, GATHER_CHANGES);
  }

  /** It is to be found out anew whether a Customizer is valid. */
  customizerChanged(key: string): void {
    this.#queues.customizers.addAfter(key, GATHER_CHANGES);
  }

  /**
   * Works out anew where all objects of a workspace, or of one of its Namespaces, are wanted.
   */
  async evaluateAll(scope: ScopeKey): Promise<void> {
    const { watches } = this.#state;
    const { cluster, namespace } = parseScopeKey(scope);
    const found = [...watches.inCluster(cluster)]
      .filter(({ object }) => namespace === undefined || object.metadata.namespace === namespace)
      .map(({ watch, object }) => ({ watch, key: keyOf(object) }));
    let until = performance.now() + SLICE;
    for (const { watch, key } of found) {
      // As it is now: others have had their turn meanwhile.
      const object = watches.of(watch.type) === watch ? watch.informer.get(key) : undefined;
      if (object) this.evaluate(watch.type, object, false);
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + SLICE;
    }
    this.retryHeld();
  }

  /** Works out anew where an object is wanted, and follows up on what is another now. */
  evaluate(type: WatchedType, object: KubeObject, gone: boolean): void {
    const change = evaluate(this.#state, type, object, gone);
    if (followCustomization(this.#state, type, object))
      this.#queues.reports.addAfter(sourceKey({ type, key: keyOf(object) }), GATHER_CHANGES);
    if (change) this.#follow(change, type, object);
  }

  #follow(change: WantsChange, type: WatchedType, object: KubeObject): void {
    const { desired, catalog, watches } = this.#state;
    const source = { type, key: keyOf(object) };
    this.#summaries.changed(sourceKey(source));
    for (const mailbox of change.mailboxes) this.#queues.copies.add(copyKeyOf(mailbox, type, object));
    for (const mailbox of change.turned) this.#queues.configs.addAfter(mailbox, GATHER_CHANGES);
    // A CRD that is wanted for itself claims its kind, too.
    const isDefinition = groupResourceOf(type.resource) === DEFINITIONS;
    for (const mailbox of isDefinition ? change.turned : change.apis)
      this.#queues.apis.addAfter(mailbox, GATHER_CHANGES);
    if ([...desired.of(source).values()].some((want) => want.wantReturn))
      this.#queues.returns.add(sourceKey(source));
    for (const resource of change.resources) {
      const definer = catalog.definerIn(clusterOf(object), resource);
      const definition = definer && watches.of(definer.type)?.informer.get(definer.key);
      if (definer && definition) this.evaluate(definer.type, definition, false);
    }
  }

  /** Looks again at the copies, or some of them, that a mailbox workspace should have. */
  enqueueWanted(mailbox: string, which: (local: LocalObject) => boolean = () => true): void {
    for (const { local } of this.#state.desired.everythingIn(mailbox)) {
      if (which(parseObjectKey(local))) this.#queues.copies.add(copyKey(mailbox, local));
    }
  }

  /** A copy stays only for want of proof that nobody wants it. */
  holdCopy(key: CopyKey): void {
    this.#held.copies.add(key);
  }

  /** The SyncerConfig, or a right, of a mailbox workspace stays only for want of proof that nobody wants it. */
  holdConfig(mailbox: string): void {
    this.#held.configs.add(mailbox);
  }

  /** What could not be proven unwanted before may be so now. */
  retryHeld(): void {
    for (const key of this.#held.copies) this.#queues.copies.add(key);
    for (const mailbox of this.#held.configs) this.#queues.configs.add(mailbox);
    this.#held.copies.clear();
    this.#held.configs.clear();
  }
}
