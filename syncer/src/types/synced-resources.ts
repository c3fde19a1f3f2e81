import {
  CUSTOM_RESOURCE_DEFINITIONS,
  denaturedName,
  groupResourceOf,
  type KubeObject,
  nativeName,
  nativeResource,
  type Resource,
  type Unstructured,
} from '@kubestellar/api';
import { shareStrings } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { cameDown } from '../came-down.ts';
import type { Wanted, WantedResource } from '../config/wanted.ts';
import type { ServedTypes } from './served-types.ts';
import type { Side } from './side.ts';
import { COPIES, type SyncedResource, trimCopy, trimSource } from './synced-resource.ts';
import { WatchedResource } from './watched-resource.ts';

/** Where to watch, and whom to tell. */
export interface SyncedResourcesOptions {
  mailbox: Side & { served: ServedTypes };
  wec: Side & { served: ServedTypes };
  /** Told that an object of a resource may need work. */
  onChange: (resource: string, namespace: string, name: string) => void;
  /** Told that one side of a resource has become known, so that any of its objects may need work. */
  onSynced: (resource: string) => void;
  logger: Logger;
}

type Names = Pick<Resource, 'group' | 'version' | 'plural'>;

const CRDS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);

/** The resources that are being brought down, and those of which the WEC still has copies. */
export class SyncedResources {
  readonly #options: SyncedResourcesOptions;
  readonly #resources = new Map<string, SyncedResource>();

  constructor(options: SyncedResourcesOptions) {
    this.#options = options;
  }

  get(id: string): SyncedResource | undefined {
    return this.#resources.get(id);
  }

  all(): Iterable<SyncedResource> {
    return this.#resources.values();
  }

  /** Starts to watch what is wanted; what is wanted no more is watched until its copies are gone. */
  update(wanted: Wanted): void {
    for (const [id, resource] of wanted.resources) this.#ensure(id, resource);
  }

  /** Watches the copies of a resource in the WEC that no config names. */
  addLeftover(resource: Names): void {
    const id = groupResourceOf(resource);
    if (this.#resources.has(id)) return;
    this.#resources.set(id, { id, mailbox: undefined, wec: this.#watchCopies(id, resource) });
  }

  /** Stops to watch a resource that isn't wanted once none of our copies is left. */
  sweep(id: string, wanted: Wanted): void {
    const resource = this.#resources.get(id);
    if (!resource || wanted.resources.has(id) || !resource.wec.synced) return;
    for (const copy of resource.wec.list()) if (cameDown(copy)) return;
    void this.#remove(resource);
  }

  /** A CRD has changed: what was not served may be served now. */
  pokeUnserved(): void {
    for (const { mailbox, wec } of this.#resources.values()) {
      if (mailbox && !mailbox.type) mailbox.poke();
      if (!wec.type) wec.poke();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#resources.values()].map((resource) => this.#remove(resource)));
  }

  #ensure(id: string, wanted: WantedResource): void {
    const known = this.#resources.get(id);
    if (known?.mailbox?.version === wanted.version && known.mailbox.group === wanted.group) return;
    if (known) void this.#remove(known);
    this.#resources.set(id, {
      id,
      mailbox: this.#watchSources(id, wanted),
      wec: this.#watchCopies(id, wanted),
    });
  }

  async #remove(resource: SyncedResource): Promise<void> {
    this.#resources.delete(resource.id);
    await Promise.all([resource.mailbox?.stop(), resource.wec.stop()]);
  }

  #watchSources(id: string, { group, version, plural }: Names): WatchedResource {
    const { mailbox, logger } = this.#options;
    const common = { side: mailbox, served: mailbox.served, group, version, plural, logger };
    const nameOf = (source: KubeObject) => nativeName({ group }, source.metadata.name);
    const transform = (source: Unstructured) => {
      source.metadata.name = nameOf(source);
      return trimSource(source);
    };
    const storedNameOf = (name: string) => denaturedName(nativeResource({ group, plural }), name);
    const names = { nameOf, storedNameOf };
    return new WatchedResource({ ...common, ...names, transform, ...this.#listeners(id) }).start();
  }

  #watchCopies(id: string, { group, version, plural }: Names): WatchedResource {
    const { wec, logger } = this.#options;
    const names = nativeResource({ group, version, plural });
    const common = { side: wec, served: wec.served, ...names, logger, labelSelector: COPIES };
    const transform = (copy: Unstructured) => {
      const { namespace = '', name } = copy.metadata;
      return shareStrings(trimCopy(copy), this.#resources.get(id)?.mailbox?.get(namespace, name));
    };
    // Objects that wait for the kind are looked at, and what keeps them waiting is told.
    const onObstacle = () => this.#options.onSynced(id);
    return new WatchedResource({ ...common, transform, ...this.#listeners(id), onObstacle }).start();
  }

  #listeners(id: string) {
    const { onChange, onSynced } = this.#options;
    return {
      onChange: (namespace: string, name: string) => {
        onChange(id, namespace, name);
        if (id === CRDS) this.pokeUnserved();
      },
      onSynced: () => onSynced(id),
    };
  }
}
