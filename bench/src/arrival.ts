import { CONFIG_MAPS } from '@kubestellar/api';
import { Informer, type KubeClient } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/kube/program';
import type { ConfigMap } from './setup.ts';

const logger = createLogger('bench', 0);

/** Sees, by a watch, what arrives in one Namespace of one cluster. */
export class Arrival {
  readonly #informer: Informer<ConfigMap>;
  readonly #waiters = new Set<() => void>();

  constructor(client: KubeClient, namespace: string) {
    const changed = () => {
      for (const look of [...this.#waiters]) look();
    };
    this.#informer = new Informer<ConfigMap>({ client, resource: CONFIG_MAPS, namespace, logger });
    this.#informer.addHandler({ onAdd: changed, onUpdate: changed });
  }

  /** @returns once the watch runs */
  async start(): Promise<this> {
    await this.#informer.start().whenSynced();
    return this;
  }

  stop(): Promise<void> {
    return this.#informer.stop();
  }

  /** @returns when each of `wanted` is there with exactly its data; rejects after `limitSeconds` */
  async of(wanted: readonly ConfigMap[], limitSeconds: number): Promise<void> {
    const missing = new Map(wanted.map((object) => [object.metadata.name, object]));
    const prefix = `|${wanted[0]?.metadata.namespace}|`;
    let done: () => void = () => {};
    const look = () => {
      for (const [name, object] of missing) {
        const found = this.#informer.get(`${prefix}${name}`);
        if (found && isSame(found, object)) missing.delete(name);
        // They come about in order; the rest is looked at when something else comes.
        else if (missing.size > 64) break;
      }
      if (missing.size === 0) done();
    };
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`${missing.size} of ${wanted.length} copies have not arrived within ${limitSeconds} s`),
          ),
        limitSeconds * 1000,
      );
      done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.add(look);
      look();
    }).finally(() => this.#waiters.delete(look));
  }
}

function isSame(found: ConfigMap, wanted: ConfigMap): boolean {
  return found.data?.text === wanted.data.text && found.data.revision === wanted.data.revision;
}
