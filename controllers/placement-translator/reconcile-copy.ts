import { FIELD_MANAGERS, type KubeObject, NAMESPACES } from '@kubestellar/api';
import { clusterOf, formatKey, isAlreadyExists } from '@kubestellar/kube';
import { isUnresolved, NAMESPACE_TYPE } from './evaluate.ts';
import type { Mailbox } from './mailboxes.ts';
import { implicitNamespace, isProjected, projectionOf } from './projection.ts';
import { mayConcern } from './selection.ts';
import type { State } from './state.ts';
import { formatLocal, type LocalObject, type Want, type WatchedType } from './types.ts';
import type { ObjectWatch } from './watches.ts';

const FIELD_MANAGER = FIELD_MANAGERS.placementTranslator;

/**
 * Makes one object of one mailbox workspace as it should be: a copy of its source where it is wanted,
 * absent where our copy is no longer wanted. What can't be done yet is left to the event that allows it:
 * the mailbox becoming ready, or its serving the kind.
 */
export class CopyReconciler {
  readonly #state: State;
  readonly #reevaluate: (type: WatchedType, source: KubeObject) => void;
  /** Versions of source and copy that were in agreement, where comparing costs requests. */
  readonly #agreed = new Map<string, string>();
  readonly #creatingNamespaces = new Map<string, Promise<unknown>>();

  /** @param reevaluate works out anew where a source object is wanted, and follows up on changes */
  constructor(state: State, reevaluate: (type: WatchedType, source: KubeObject) => void) {
    this.#state = state;
    this.#reevaluate = reevaluate;
  }

  /** @returns `held` when a copy stays only because it is not proven unwanted: look again when more is known */
  async reconcile(mailboxName: string, local: LocalObject): Promise<'done' | 'held'> {
    const mailbox = this.#state.mailboxes.get(mailboxName);
    if (!mailbox) return 'done';
    const wants = this.#state.desired.in(mailboxName, local);
    if (wants.length === 0) return this.#withdraw(mailbox, local);
    await this.#project(mailbox, local, wants);
    return 'done';
  }

  async #project(mailbox: Mailbox, local: LocalObject, wants: readonly Want[]): Promise<void> {
    const { watches, catalog, everywhere, applier } = this.#state;
    const type = catalog.typeIn(mailbox.cluster, local.groupResource);
    const source = this.#newestSource(wants);
    if (!type || !source) return;
    const copies = watches.of(type);
    const cached = copies?.informer.get(keyIn(mailbox, local));
    if (copies && cached && this.#isAgreed(mailbox, local, source.object, cached)) return;
    const object = await watches.full(source.watch, source.object);
    if (!object) return;
    if ((await this.#ensureNamespace(mailbox, local.namespace)) === 'terminating') return;
    const live = await this.#live(mailbox, type, local, copies, cached);
    const client = everywhere.workspace(mailbox.cluster);
    const result = await applier.ensure(client, type.resource, projectionOf(type.resource, object), live);
    if (source.watch.partial || copies?.partial) this.#agree(mailbox, local, source.object, result.object);
  }

  async #withdraw(mailbox: Mailbox, local: LocalObject): Promise<'done' | 'held'> {
    for (const watch of this.#state.watches.ofResource(local.groupResource)) {
      const copy = watch.informer.get(keyIn(mailbox, local));
      if (!copy || !isProjected(copy) || copy.metadata.deletionTimestamp) continue;
      if (!this.#isProvenUnwanted(mailbox, local)) return 'held';
      if (local.groupResource === 'namespaces' && !this.#isSourceNamespaceGone(mailbox, copy)) return 'held';
      const { name, namespace, uid } = copy.metadata;
      const client = this.#state.everywhere.workspace(mailbox.cluster);
      await client.delete(watch.type.resource, { name, namespace }, { uid });
      this.#state.applier.forget(client, watch.type.resource, copy);
      this.#agreed.delete(`${mailbox.name}|${formatLocal(local)}`);
    }
    return 'done';
  }

  /** Looks at every object that could be the source once more; nothing unknown may stand for "unwanted". */
  #isProvenUnwanted(mailbox: Mailbox, local: LocalObject): boolean {
    const { placements, watches, desired, catalog } = this.#state;
    if (!placements.synced || !catalog.synced) return false;
    for (const cluster of placements.clusters()) {
      const type = catalog.typeIn(cluster, local.groupResource);
      if (!type) continue;
      const watch = watches.of(type);
      if (!watch?.informer.synced) {
        if (this.#mayComeFrom(cluster, type)) return false;
        continue;
      }
      const object = watch.informer.get(formatKey({ cluster, namespace: local.namespace, name: local.name }));
      if (!object) continue;
      this.#reevaluate(type, object);
      if (isUnresolved(this.#state, type, object)) return false;
    }
    return desired.in(mailbox.name, local).length === 0;
  }

  /** A type that no EdgePlacement of the workspace names is not watched for it, and need not be. */
  #mayComeFrom(cluster: string, type: WatchedType): boolean {
    return this.#state.placements
      .in(cluster)
      .some(({ placement }) => mayConcern(placement.spec, type.resource));
  }

  /**
   * Namespaces outlive their being wanted, others may rely on them; only the end of the source Namespace,
   * in all WMWs that lead here, ends a copy that was made of it (spec semantics 6.3).
   */
  #isSourceNamespaceGone(mailbox: Mailbox, copy: KubeObject): boolean {
    const { placements, watches } = this.#state;
    const wasProjected = (copy.metadata.managedFields ?? []).some(
      (entry) => entry.manager === FIELD_MANAGER && entry.operation === 'Apply',
    );
    const leadingHere = [...placements.clusters()].filter((cluster) =>
      placements.in(cluster).some(({ destinations }) => destinations?.has(mailbox.name)),
    );
    const namespaces = watches.of(NAMESPACE_TYPE)?.informer;
    const stillThere = (cluster: string) => {
      const found = namespaces?.get(formatKey({ cluster, namespace: '', name: copy.metadata.name }));
      return found !== undefined && !found.metadata.deletionTimestamp;
    };
    return wasProjected && leadingHere.length > 0 && !leadingHere.some(stillThere);
  }

  /** Of several sources the most recently written one wins (spec semantics 5.2, design). */
  #newestSource(wants: readonly Want[]): { watch: ObjectWatch; object: KubeObject } | undefined {
    const found = wants.flatMap(({ source }) => {
      const watch = this.#state.watches.of(source.type);
      const object = watch?.informer.get(source.key);
      return watch && object ? [{ watch, object }] : [];
    });
    const version = (object: KubeObject) => Number(object.metadata.resourceVersion ?? 0);
    return found.sort(
      (a, b) =>
        version(b.object) - version(a.object) || clusterOf(a.object).localeCompare(clusterOf(b.object)),
    )[0];
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

  /** While a Namespace is being deleted nothing can be created in it; its end brings us back. */
  async #ensureNamespace(mailbox: Mailbox, name: string): Promise<'usable' | 'terminating'> {
    if (name === '') return 'usable';
    const key = formatKey({ cluster: mailbox.cluster, namespace: '', name });
    const known = this.#state.watches.of(NAMESPACE_TYPE)?.informer.get(key);
    if (known) return known.metadata.deletionTimestamp ? 'terminating' : 'usable';
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

  #isAgreed(mailbox: Mailbox, local: LocalObject, source: KubeObject, copy: KubeObject): boolean {
    const key = `${mailbox.name}|${formatLocal(local)}`;
    return this.#agreed.get(key) === versions(source, copy);
  }

  #agree(mailbox: Mailbox, local: LocalObject, source: KubeObject, copy: KubeObject): void {
    const key = `${mailbox.name}|${formatLocal(local)}`;
    this.#agreed.set(key, versions(source, copy));
  }
}

function versions(source: KubeObject, copy: KubeObject): string {
  return [
    source.metadata.uid,
    source.metadata.resourceVersion,
    copy.metadata.uid,
    copy.metadata.resourceVersion,
  ].join('/');
}

function keyIn(mailbox: Mailbox, local: LocalObject): string {
  return formatKey({ cluster: mailbox.cluster, namespace: local.namespace, name: local.name });
}
