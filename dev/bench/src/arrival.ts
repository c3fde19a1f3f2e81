import { CONFIG_MAPS } from '@kubestellar/api';
import { Informer, type KubeClient, METADATA_ONLY } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import type { ConfigMap } from './setup.ts';

const logger = createLogger('bench', 0);
/** So many objects are read one by one; more by a list of their Namespace. */
const FEW = 16;

/** An object as an event told of it: in which version, and when it came (performance.now()). */
interface Seen {
  version: string | undefined;
  at: number;
}

/**
 * Sees what arrives in one Namespace of one cluster. It watches metadata, so that measuring costs the measured machine
 * little, and reads the contents afterwards: what is right in the version that an event told of was right by then.
 */
export class Arrival {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #informer: Informer;
  readonly #seen = new Map<string, Seen>();
  readonly #waiters = new Set<(name: string) => void>();

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
    const changed = ({ metadata: { name, resourceVersion: version } }: { metadata: Metadata }) => {
      this.#seen.set(name, { version, at: performance.now() });
      for (const waiter of [...this.#waiters]) waiter(name);
    };
    const accept = METADATA_ONLY;
    this.#informer = new Informer({ client, resource: CONFIG_MAPS, namespace, accept, logger });
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

  /**
   * Waits until each of `wanted` is there with exactly its data.
   * @returns when the last of them came (performance.now())
   * @throws Error when `limitSeconds` have passed
   */
  async of(wanted: readonly ConfigMap[], limitSeconds: number): Promise<number> {
    const deadline = performance.now() + limitSeconds * 1000;
    const missing = new Map(wanted.map((object) => [object.metadata.name, object]));
    const wrong = new Map<string, string | undefined>();
    let last = 0;
    while (missing.size > 0) {
      await this.#events([...missing.keys()], wrong, deadline);
      for (const { metadata, data } of await this.#read([...missing.keys()])) {
        const { name, resourceVersion: version } = metadata;
        const object = missing.get(name);
        const seen = this.#seen.get(name);
        if (!object || !seen) continue;
        if (seen.version === version && isSame(data, object.data)) {
          missing.delete(name);
          last = Math.max(last, seen.at);
        } else {
          // Another event comes: with other data, or for the later version that was read just now.
          wrong.set(name, seen.version);
        }
      }
    }
    return last;
  }

  /** @returns once an event has told of each name in a version that is not known to be wrong */
  async #events(names: readonly string[], wrong: ReadonlyMap<string, string | undefined>, deadline: number) {
    const isNew = (name: string) => {
      const seen = this.#seen.get(name);
      return seen !== undefined && (!wrong.has(name) || wrong.get(name) !== seen.version);
    };
    const missing = new Set(names.filter((name) => !isNew(name)));
    if (missing.size === 0) return;
    let waiter: (name: string) => void = () => {};
    await new Promise<void>((resolve, reject) => {
      const late = () =>
        reject(new Error(`${missing.size} of ${names.length} copies have not arrived within the limit`));
      const timer = setTimeout(late, deadline - performance.now());
      waiter = (name) => {
        if (isNew(name)) missing.delete(name);
        if (missing.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.add(waiter);
    }).finally(() => this.#waiters.delete(waiter));
  }

  async #read(names: readonly string[]): Promise<ConfigMap[]> {
    const namespace = this.#namespace;
    if (names.length > FEW) return this.#client.list<ConfigMap>(CONFIG_MAPS, { namespace });
    const found = names.map((name) => this.#client.get<ConfigMap>(CONFIG_MAPS, { namespace, name }));
    return (await Promise.all(found)).filter((object) => object !== undefined);
  }
}

type Metadata = ConfigMap['metadata'];

function isSame(found: Partial<ConfigMap['data']> | undefined, wanted: ConfigMap['data']): boolean {
  return found?.text === wanted.text && found?.revision === wanted.revision;
}
