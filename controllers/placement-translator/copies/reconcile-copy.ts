import {
  CREATED_FIELDS,
  FIELD_MANAGERS,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  type Resource,
} from '@kubestellar/api';
import { clusterOf, formatKey, isAlreadyExists, type KubeClient, keyOf } from '@kubestellar/kube';
import type { Mailbox } from '../cache/mailboxes.ts';
import type { ObjectWatch } from '../cache/object-informers.ts';
import { isProvenMissing } from '../customize/absence.ts';
import type { CustomizedResult } from '../customize/customized.ts';
import type { Plan } from '../customize/plan.ts';
import { destinationsAt, NAMESPACE_TYPE } from '../desired/evaluate.ts';
import { isProvenUnwanted, type Reevaluate } from '../desired/proof.ts';
import { formatObjectKey, type LocalObject, sourceKey, type Want, type WatchedType } from '../keys.ts';
import type { State } from '../state.ts';
import type { Conflicts, RivalSource } from './conflicts.ts';
import { withoutWebhook } from './conversion.ts';
import { mergeCopies } from './merge.ts';
import { implicitNamespace, isProjected, projectionOf } from './projection.ts';
import { inOrder } from './source-order.ts';
import { isForeign } from './takeover.ts';

const FIELD_MANAGER = FIELD_MANAGERS.placementTranslator;

/** What a copy is made of. */
interface CopySource {
  watch: ObjectWatch;
  object: KubeObject;
  plan: Plan | undefined;
}

/**
 * Makes one object of one mailbox workspace as it should be: a copy of its source where it is wanted,
 * absent where our copy is no longer wanted. What can't be done yet is left to the event that allows it:
 * the mailbox becoming ready, or its serving the kind.
 */
export class CopyReconciler {
  readonly #state: State;
  readonly #reevaluate: Reevaluate;
  readonly #conflicts: Conflicts;
  /** Versions of source, copy and what customizes it that were in agreement, where comparing costs requests. */
  readonly #agreed = new Map<string, string>();
  readonly #creatingNamespaces = new Map<string, Promise<unknown>>();

  /** @param reevaluate works out anew where a source object is wanted, and follows up on changes */
  constructor(state: State, reevaluate: Reevaluate, conflicts: Conflicts) {
    this.#state = state;
    this.#reevaluate = reevaluate;
    this.#conflicts = conflicts;
  }

  /**
   * @param mayWait whether to wait for customizations that need a worker
   * @returns `held` when a copy stays only because it is not proven unwanted: look again when more is known; the
   *   workspace (its cluster) whose customization would have to be waited for
   */
  async reconcile(
    mailboxName: string,
    local: LocalObject,
    mayWait: boolean,
  ): Promise<'done' | 'held' | { waitFor: string }> {
    const mailbox = this.#state.mailboxes.get(mailboxName);
    if (!mailbox) return 'done';
    const wants = this.#state.desired.in(mailboxName, local);
    if (wants.length === 0) return this.#withdraw(mailbox, local);
    return (await this.#project(mailbox, local, wants, mayWait)) ?? 'done';
  }

  async #project(
    mailbox: Mailbox,
    local: LocalObject,
    wants: readonly Want[],
    mayWait: boolean,
  ): Promise<{ waitFor: string } | undefined> {
    const { watches, catalog, everywhere } = this.#state;
    const apis = this.#state.apis.in(mailbox);
    // What is of another API than the kind that the mailbox workspace has is reported with its status (cluster-status.ts).
    const accepted = wants.filter(({ source }) => apis.accepts(source.type, local));
    const sources = this.#sourcesOf(mailbox, local, accepted);
    const [newest] = sources;
    const type = catalog.typeIn(mailbox.cluster, local.groupResource);
    if (!newest || !type || !apis.isReady(local)) return undefined;
    const copies = watches.of(type);
    const cached = copies?.informer.get(keyIn(mailbox, local));
    if (copies && cached && this.#isAgreed(mailbox, local, versions(sources, cached.metadata)))
      return undefined;
    const made = await this.#copyOf(type, local, sources, mayWait);
    if (!made || 'waitFor' in made) return made;
    if ((await this.#ensureNamespace(mailbox, local.namespace, newest.object)) === 'terminating')
      return undefined;
    const live = await this.#live(mailbox, type, local, copies, cached);
    // Reported with its status (cluster-status.ts); its change or its end brings us back.
    if (live && isForeign(type.resource, live)) return undefined;
    const client = everywhere.workspace(mailbox.cluster);
    const metadata = await this.#write(client, type.resource, made.copy, live);
    if (metadata && (newest.watch.partial || copies?.partial))
      this.#agree(mailbox, local, versions(sources, metadata));
    return undefined;
  }

  /** @returns undefined when too little is known: a watch that is behind, or a change of a source, brings us back */
  async #copyOf(
    type: WatchedType,
    local: LocalObject,
    sources: readonly CopySource[],
    mayWait: boolean,
  ): Promise<{ copy: KubeObject } | { waitFor: string } | undefined> {
    const { everywhere } = this.#state;
    const made: KubeObject[] = [];
    const rivals: RivalSource[] = [];
    for (const source of sources) {
      const { plan, object, watch } = source;
      if (plan && !(await isProvenMissing(everywhere, plan.missing))) return undefined;
      const found = await this.#made(source, mayWait);
      if (found === 'later') return { waitFor: clusterOf(object) };
      if (!found) return undefined;
      // One that can't be customized is not sent as it is; another workspace's object of this name goes on without it.
      if ('quarantined' in found) continue;
      made.push(projectionOf(type.resource, local.name, found.object));
      rivals.push({ type: watch.type, object });
    }
    const [newest, ...others] = made;
    if (!newest || others.length === 0) {
      for (const { object } of sources) this.#conflicts.none(object);
      return newest && { copy: withoutWebhook(local.groupResource, newest) };
    }
    const { copy, conflicts } = mergeCopies([newest, ...others]);
    await this.#conflicts.found(rivals, conflicts);
    return { copy: withoutWebhook(local.groupResource, copy) };
  }

  async #made(
    { watch, object, plan }: CopySource,
    mayWait: boolean,
  ): Promise<{ object: KubeObject } | CustomizedResult | 'later' | undefined> {
    const { watches, customized } = this.#state;
    const id = sourceKey({ type: watch.type, key: keyOf(object) });
    const full = () => watches.full(watch, object);
    if (plan?.task) {
      const source = { id, workspace: clusterOf(object), object, isPartial: watch.partial, full };
      return customized.make(source, plan.task, plan.from, mayWait);
    }
    customized.forget(id);
    const found = await full();
    return found && { object: found };
  }

  /** @returns the metadata of the copy as stored; undefined when there is something of that name that is not ours */
  async #write(
    client: KubeClient,
    resource: Resource,
    copy: KubeObject,
    live: KubeObject | undefined,
  ): Promise<ObjectMeta | undefined> {
    const { applier } = this.#state;
    if (live) return (await applier.ensure(client, resource, copy, live)).metadata;
    try {
      return await applier.create(client, resource, copy);
    } catch (error) {
      // The cache may be behind our own last write, or the object is somebody else's.
      if (!isAlreadyExists(error)) throw error;
      const { name, namespace } = copy.metadata;
      const present = await client.get(resource, { name, namespace });
      if (present && isForeign(resource, present)) return undefined;
      return (await applier.ensure(client, resource, copy, present)).metadata;
    }
  }

  async #withdraw(mailbox: Mailbox, local: LocalObject): Promise<'done' | 'held'> {
    for (const watch of this.#state.watches.ofResource(local.groupResource)) {
      const copy = watch.informer.get(keyIn(mailbox, local));
      if (!copy || !isProjected(copy) || copy.metadata.deletionTimestamp) continue;
      if (!isProvenUnwanted(this.#state, this.#reevaluate, mailbox.name, local)) return 'held';
      if (local.groupResource === 'namespaces' && !this.#isSourceNamespaceGone(mailbox, copy)) return 'held';
      // Before each deletion anew: the SyncTarget may have gone, and what it was a destination of with it.
      if (await mailbox.isOrphan()) return 'done';
      const { name, namespace, uid } = copy.metadata;
      const client = this.#state.everywhere.workspace(mailbox.cluster);
      await client.delete(watch.type.resource, { name, namespace }, { uid });
      this.#state.applier.forget(client, watch.type.resource, copy);
      this.#agreed.delete(`${mailbox.name}|${formatObjectKey(local)}`);
    }
    return 'done';
  }

  /**
   * Namespaces outlive their being wanted, others may rely on them; only the end of the source Namespace,
   * in all WMWs that lead here, ends a copy that was made of it (spec semantics 6.3).
   */
  #isSourceNamespaceGone(mailbox: Mailbox, copy: KubeObject): boolean {
    const { placements, watches } = this.#state;
    const { metadata } = copy;
    const wasProjected =
      metadata.annotations?.[CREATED_FIELDS] !== undefined ||
      metadata.managedFields?.some(
        ({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply',
      );
    const leadingHere = [...placements.clusters()].filter((cluster) =>
      placements.in(cluster).some(({ destinations }) => destinations?.has(mailbox.name)),
    );
    const namespaces = watches.of(NAMESPACE_TYPE)?.informer;
    const stillThere = (cluster: string) => {
      const found = namespaces?.get(formatKey({ cluster, namespace: '', name: copy.metadata.name }));
      return found !== undefined && !found.metadata.deletionTimestamp;
    };
    return wasProjected === true && leadingHere.length > 0 && !leadingHere.some(stillThere);
  }

  /** The sources, the one that counts first (spec semantics 5.2, design). */
  #sourcesOf(mailbox: Mailbox, local: LocalObject, wants: readonly Want[]): CopySource[] {
    const found = wants.flatMap(({ source }): CopySource[] => {
      const watch = this.#state.watches.of(source.type);
      const object = watch?.informer.get(source.key);
      if (!watch || !object) return [];
      const destinations = destinationsAt(this.#state, source, mailbox.name);
      return [{ watch, object, plan: this.#state.customizations.plan(object, destinations) }];
    });
    const compare = inOrder(local.groupResource);
    return found.sort((a, b) => compare(a.object, b.object));
  }

  async #live(
    mailbox: Mailbox,
    type: WatchedType,
    local: LocalObject,
    copies: ObjectWatch | undefined,
    cached: KubeObject | undefined,
  ): Promise<KubeObject | undefined> {
    if (copies?.informer.synced && (!cached || !copies.partial)) return cached;
    const client = this.#state.everywhere.workspace(mailbox.cluster);
    return client.get(type.resource, { name: local.name, namespace: local.namespace || undefined });
  }

  /**
   * While a Namespace is being deleted nothing can be created in it; its end brings us back. Nor is one made for an
   * object whose own Namespace ends: it would outlive the object, which will be deleted at once.
   */
  async #ensureNamespace(
    mailbox: Mailbox,
    name: string,
    source: KubeObject,
  ): Promise<'usable' | 'terminating'> {
    if (name === '') return 'usable';
    const key = formatKey({ cluster: mailbox.cluster, namespace: '', name });
    const namespaces = this.#state.watches.of(NAMESPACE_TYPE)?.informer;
    const known = namespaces?.get(key);
    if (known) return known.metadata.deletionTimestamp ? 'terminating' : 'usable';
    const home = clusterOf(source);
    const own =
      namespaces?.get(formatKey({ cluster: home, namespace: '', name })) ??
      (await this.#state.everywhere.workspace(home).get(NAMESPACES, { name }));
    if (!own || own.metadata.deletionTimestamp) return 'terminating';
    const creating = this.#creatingNamespaces.get(key) ?? this.#createNamespace(mailbox, name);
    this.#creatingNamespaces.set(key, creating);
    await creating.finally(() => this.#creatingNamespaces.delete(key));
    return 'usable';
  }

  async #createNamespace(mailbox: Mailbox, name: string): Promise<void> {
    const client = this.#state.everywhere.workspace(mailbox.cluster);
    try {
      await client.create(NAMESPACES, implicitNamespace(name), { fieldManager: FIELD_MANAGER });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  #isAgreed(mailbox: Mailbox, local: LocalObject, versions: string): boolean {
    return this.#agreed.get(`${mailbox.name}|${formatObjectKey(local)}`) === versions;
  }

  #agree(mailbox: Mailbox, local: LocalObject, versions: string): void {
    this.#agreed.set(`${mailbox.name}|${formatObjectKey(local)}`, versions);
  }
}

function versions(sources: readonly CopySource[], copy: ObjectMeta): string {
  const each = sources.flatMap(({ object: { metadata }, plan }) => [
    metadata.uid,
    metadata.resourceVersion,
    plan?.version ?? '',
  ]);
  return [...each, copy.uid, copy.resourceVersion].join('/');
}

function keyIn(mailbox: Mailbox, local: LocalObject): string {
  return formatKey({ cluster: mailbox.cluster, namespace: local.namespace, name: local.name });
}
