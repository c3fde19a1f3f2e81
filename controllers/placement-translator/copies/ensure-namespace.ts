/** Makes the Namespace of a copy exist in its mailbox workspace. */
import type { KubeObject } from '@kubestellar/api';
import type { Mailbox } from '../cache/mailboxes.ts';

/** What is read and done, as functions so that tests need no server. */
export interface NamespaceDependencies {
  /** A Namespace of a mailbox workspace, as the watch has it. */
  getCached(mailbox: Mailbox, name: string): KubeObject | undefined;
  /** The Namespace of a workload workspace (its cluster), which the server is asked for if need be. */
  getSource(cluster: string, name: string): Promise<KubeObject | undefined>;
  /** Creates it, unless it is there. */
  create(mailbox: Mailbox, name: string): Promise<void>;
}

/** Whether copies can be written into a Namespace; `terminating` ends with an event that brings us back. */
export type NamespaceState = 'usable' | 'terminating';

/** Makes Namespaces exist, each once for all copies that wait for it. */
export class NamespaceEnsurer {
  readonly #deps: NamespaceDependencies;
  readonly #creating = new Map<string, Promise<unknown>>();

  constructor(deps: NamespaceDependencies) {
    this.#deps = deps;
  }

  /**
   * While a Namespace is being deleted nothing can be created in it. Nor is one made for an object whose own Namespace
   * ends: it would outlive the object, which will be deleted at once.
   * @param name '' for cluster-scoped objects
   * @param home the workspace (its cluster) that the object comes from
   */
  async ensure(mailbox: Mailbox, name: string, home: string): Promise<NamespaceState> {
    if (name === '') return 'usable';
    const known = this.#deps.getCached(mailbox, name);
    if (known) return known.metadata.deletionTimestamp ? 'terminating' : 'usable';
    const own = await this.#deps.getSource(home, name);
    if (!own || own.metadata.deletionTimestamp) return 'terminating';
    const key = `${mailbox.cluster}/${name}`;
    const creating = this.#creating.get(key) ?? this.#deps.create(mailbox, name);
    this.#creating.set(key, creating);
    await creating.finally(() => this.#creating.delete(key));
    return 'usable';
  }
}
