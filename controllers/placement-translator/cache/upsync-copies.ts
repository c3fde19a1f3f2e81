import { groupResourceOf, type KubeObject, PROJECTED, PROJECTED_VALUE, UPSYNCED } from '@kubestellar/api';
import { Informer, type KubeClient, METADATA_ONLY } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { carriesOwnIdentity } from '@kubestellar/rules';
import type { WatchedType } from '../keys.ts';
import type { Mailbox } from './mailboxes.ts';

/** kcp serves a brand-new kind some moments after it is established (milliseconds). */
const RETRY = { base: 200, max: 5_000 };
/** A write that was under way when a right was withdrawn is seen within this time (milliseconds). */
const LINGER = 30_000;

interface Watch {
  readonly type: WatchedType;
  readonly informer: Informer;
  /** Counts down once nothing wants the watch any more. */
  end?: NodeJS.Timeout;
}

/** Where copies are looked for, and who is interested. */
export interface UpsyncCopiesOptions {
  /** A client that may read in all workspaces. */
  everywhere: KubeClient;
  logger: Logger;
  /** Whether a mailbox workspace is still there. */
  exists: (mailbox: Mailbox) => boolean;
  /** Called with a mailbox workspace's name when it has become known whether copies are left there. */
  onChange: (mailbox: string) => void;
}

/**
 * Knows what has copies in a mailbox workspace that came up, of resources that no upsync set asks for any more. Only
 * these are watched, by their metadata, and only until their last copy is gone: a set costs no watch.
 */
export class UpsyncCopies {
  readonly #options: UpsyncCopiesOptions;
  /** By the mailbox workspace's logical cluster, then by `plural.group`. */
  readonly #watches = new Map<string, Map<string, Watch>>();

  constructor(options: UpsyncCopiesOptions) {
    this.#options = options;
  }

  /** Watches these types in a mailbox workspace, and others there only as long as writes may be under way. */
  follow(mailbox: Mailbox, types: readonly WatchedType[]): void {
    const watches = this.#watches.get(mailbox.cluster) ?? new Map<string, Watch>();
    if (types.length === 0 && watches.size === 0) return;
    this.#watches.set(mailbox.cluster, watches);
    const wanted = new Set(types.map(({ resource }) => groupResourceOf(resource)));
    for (const type of types) {
      const id = groupResourceOf(type.resource);
      const known = watches.get(id);
      if (!known) watches.set(id, this.#watch(mailbox, type));
      else {
        clearTimeout(known.end);
        delete known.end;
      }
    }
    for (const [id, watch] of watches) if (!wanted.has(id)) this.#endSoon(mailbox.cluster, id, watch);
  }

  /** @returns the types that are watched in a mailbox workspace */
  watchedIn(mailbox: Mailbox): WatchedType[] {
    return [...(this.#watches.get(mailbox.cluster)?.values() ?? [])].map(({ type }) => type);
  }

  /** Whether copies are left of a type that is watched; undefined as long as that is not known. */
  has(mailbox: Mailbox, { resource }: WatchedType): boolean | undefined {
    const informer = this.#watches.get(mailbox.cluster)?.get(groupResourceOf(resource))?.informer;
    return informer?.synced ? informer.size > 0 : undefined;
  }

  /** Ends all watches. */
  async stop(): Promise<void> {
    const all = [...this.#watches.values()].flatMap((watches) => [...watches.values()]);
    this.#watches.clear();
    for (const { end } of all) clearTimeout(end);
    await Promise.all(all.map(({ informer }) => informer.stop()));
  }

  #watch(mailbox: Mailbox, type: WatchedType): Watch {
    const { everywhere, logger, exists, onChange } = this.#options;
    const { name, cluster } = mailbox;
    const { resource } = type;
    const informer = new Informer({
      client: everywhere.workspace(cluster),
      resource,
      logger,
      retry: RETRY,
      accept: METADATA_ONLY,
      transform: (object) => cameUp({ ...object, kind: resource.kind }),
      onFailure: () => (exists(mailbox) ? undefined : this.#end(cluster, groupResourceOf(resource))),
    });
    informer.addHandler({
      onAdd: () => (informer.synced && informer.size === 1 ? onChange(name) : undefined),
      onDelete: () => (informer.size === 0 ? onChange(name) : undefined),
    });
    const synced = informer.start().whenSynced();
    void synced.then(() => (informer.synced ? onChange(name) : undefined));
    return { type, informer };
  }

  #endSoon(cluster: string, id: string, watch: Watch): void {
    watch.end ??= setTimeout(() => this.#end(cluster, id), LINGER).unref();
  }

  #end(cluster: string, id: string): void {
    const watches = this.#watches.get(cluster);
    const watch = watches?.get(id);
    if (!watch) return;
    clearTimeout(watch.end);
    watches?.delete(id);
    if (watches?.size === 0) this.#watches.delete(cluster);
    void watch.informer.stop();
  }
}

/** A copy that has a source in the meantime is the placement-translator's. That it exists is all that counts. */
function cameUp(object: KubeObject): KubeObject | undefined {
  const { name, namespace, uid, resourceVersion, labels } = object.metadata;
  if (labels?.[PROJECTED] === PROJECTED_VALUE || !carriesOwnIdentity(object, UPSYNCED)) return undefined;
  const known = { name, namespace, uid, resourceVersion };
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: known as KubeObject['metadata'] };
}
