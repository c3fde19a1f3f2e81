import { FIELD_MANAGERS, groupResourceOf, type KubeObject } from '@kubestellar/api';
import {
  clusterOf,
  concernsOwner,
  Informer,
  isNotFound,
  type KubeClient,
  keyOf,
  METADATA_ONLY,
  shareStrings,
} from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { isProjected } from '../copies/projection.ts';
import { ownEntries } from '../copies/takeover.ts';
import { typeId, type WatchedType } from '../keys.ts';

/** Told of every object of every watched type, in whatever workspace. */
export type ObjectListener = (type: WatchedType, object: KubeObject, gone: boolean) => void;

/** Finds what a copy was made from, as far as it is cached. */
export type FindSource = (type: WatchedType, copy: KubeObject) => KubeObject | undefined;

/** One type's watch across all workspaces, with the objects indexed by workspace. */
export interface ObjectWatch {
  type: WatchedType;
  informer: Informer;
  keysByCluster: Map<string, Set<string>>;
  /** The cache holds less than the objects: read one in full before copying or comparing it. */
  partial: boolean;
}

/** kcp serves a brand-new kind across workspaces some moments after it is established (milliseconds). */
const RETRY = { base: 100, max: 5_000 };

const CONCERNS_US = concernsOwner(FIELD_MANAGERS.placementTranslator);

/**
 * The watches of workload objects: one per resource type for all workspaces together, so that they grow
 * with the number of types only (docs/architecture.md, "Watches").
 */
export class ObjectWatches {
  readonly #everywhere: KubeClient;
  readonly #logger: Logger;
  readonly #listener: ObjectListener;
  readonly #onSynced: () => void;
  readonly #findSource: FindSource;
  readonly #watches = new Map<string, ObjectWatch>();
  readonly #adopted = new Set<string>();

  /**
   * @param everywhere a client that may read across all workspaces (`system:admin`)
   * @param onSynced called whenever a new watch has seen its first complete list
   */
  constructor(
    everywhere: KubeClient,
    logger: Logger,
    listener: ObjectListener,
    onSynced: () => void,
    findSource: FindSource,
  ) {
    this.#everywhere = everywhere;
    this.#logger = logger;
    this.#listener = listener;
    this.#onSynced = onSynced;
    this.#findSource = findSource;
  }

  /** Uses an informer that someone else starts and stops, as the watch of a type that is always watched. */
  adopt(type: WatchedType, informer: Informer, partial: boolean): void {
    this.#adopted.add(typeId(type));
    this.#watches.set(typeId(type), this.#listen({ type, informer, keysByCluster: new Map(), partial }));
  }

  /** Starts watches of types that are new here, and ends those of types not listed. */
  setTypes(types: Iterable<WatchedType>): void {
    const wanted = new Map([...types].map((type) => [typeId(type), type]));
    for (const [id, type] of wanted) if (!this.#watches.has(id)) this.#watches.set(id, this.#start(type));
    for (const [id, watch] of this.#watches) {
      if (wanted.has(id) || this.#adopted.has(id)) continue;
      this.#watches.delete(id);
      void watch.informer.stop();
    }
  }

  /** @returns the watch of exactly this type, if there is one */
  of(type: WatchedType): ObjectWatch | undefined {
    return this.#watches.get(typeId(type));
  }

  /** @returns the watch with this typeId, if there is one */
  byId(id: string): ObjectWatch | undefined {
    return this.#watches.get(id);
  }

  /** @returns the watches of a resource under any identity */
  ofResource(groupResource: string): ObjectWatch[] {
    return this.all().filter((watch) => groupResourceOf(watch.type.resource) === groupResource);
  }

  /** @returns all watches */
  all(): ObjectWatch[] {
    return [...this.#watches.values()];
  }

  /** @returns every cached object of a workspace */
  *inCluster(cluster: string): Generator<{ watch: ObjectWatch; object: KubeObject }> {
    for (const watch of this.#watches.values()) {
      for (const key of watch.keysByCluster.get(cluster) ?? []) {
        const object = watch.informer.get(key);
        if (object) yield { watch, object };
      }
    }
  }

  /**
   * Reads an object in full where the cache holds only its metadata; undefined when it is gone.
   * @throws Error, no "not found", when its workspace no longer serves its kind: nothing else is to be taken for that
   */
  async full(watch: ObjectWatch, object: KubeObject): Promise<KubeObject | undefined> {
    if (!watch.partial) return object;
    const { name, namespace } = object.metadata;
    const workspace = this.#everywhere.workspace(clusterOf(object));
    try {
      return await workspace.get(watch.type.resource, { name, namespace });
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
      const kind = groupResourceOf(watch.type.resource);
      throw new Error(`workspace ${clusterOf(object)} does not serve ${kind} at the moment`, { cause });
    }
  }

  /** Ends all watches. */
  async stop(): Promise<void> {
    const own = [...this.#watches].filter(([id]) => !this.#adopted.has(id));
    await Promise.all(own.map(([, { informer }]) => informer.stop()));
  }

  #start(type: WatchedType): ObjectWatch {
    const { resource, identity } = type;
    const partial = identity === 'crd'; // kcp lists such kinds across workspaces as metadata only
    const bound = identity !== '' && identity !== 'crd';
    const informer = new Informer({
      client: this.#everywhere.workspace('*'),
      resource: bound ? { ...resource, plural: `${resource.plural}:${identity}` } : resource,
      logger: this.#logger,
      retry: RETRY,
      ...(partial ? { accept: METADATA_ONLY } : {}),
      transform: (object) => this.#forCache(type, object),
    });
    const watch = this.#listen({ type, informer, keysByCluster: new Map(), partial });
    void informer.start().whenSynced().then(this.#onSynced);
    return watch;
  }

  /** Only copies are compared by field owner, and with what they were made from: they need not hold it twice. */
  #forCache(type: WatchedType, object: KubeObject): KubeObject {
    const { metadata } = object;
    if (isProjected(object)) {
      metadata.managedFields = metadata.managedFields?.filter(CONCERNS_US);
      return shareStrings(object, this.#findSource(type, object));
    }
    // What else is in a mailbox workspace is ours only if it says so there.
    const own = ownEntries(object);
    if (own.length > 0) metadata.managedFields = own;
    else delete metadata.managedFields;
    return object;
  }

  #listen(watch: ObjectWatch): ObjectWatch {
    const { type } = watch;
    const present = (object: KubeObject) => {
      index(watch, object);
      this.#listener(type, object, false);
    };
    watch.informer.addHandler({
      onAdd: present,
      onUpdate: present,
      onDelete: (object) => {
        unindex(watch, object);
        this.#listener(type, object, true);
      },
    });
    return watch;
  }
}

function index(watch: ObjectWatch, object: KubeObject): void {
  const cluster = clusterOf(object);
  const keys = watch.keysByCluster.get(cluster) ?? new Set();
  keys.add(keyOf(object));
  watch.keysByCluster.set(cluster, keys);
}

function unindex(watch: ObjectWatch, object: KubeObject): void {
  const cluster = clusterOf(object);
  const keys = watch.keysByCluster.get(cluster);
  keys?.delete(keyOf(object));
  if (keys?.size === 0) watch.keysByCluster.delete(cluster);
}
