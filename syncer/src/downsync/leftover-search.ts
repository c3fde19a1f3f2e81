import { Backoff, explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { SyncedResources } from '../types/synced-resources.ts';
import { findLeftovers } from './leftovers.ts';

/** How long to wait before looking again where that was not possible, in milliseconds. */
const AGAIN = { first: 1000, most: 60_000 };

/** Searches the WEC for old copies until it could look everywhere, once per process. */
export class LeftoverSearch {
  readonly #wec: KubeClient;
  readonly #resources: SyncedResources;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  #stopped = false;

  constructor(wec: KubeClient, resources: SyncedResources, logger: Logger, again = AGAIN) {
    this.#backoff = new Backoff(again.first, again.most);
    this.#wec = wec;
    this.#resources = resources;
    this.#logger = logger;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#search();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #search(): Promise<void> {
    const isKnown = (id: string) => this.#resources.get(id) !== undefined;
    try {
      const { found, complete } = await findLeftovers(this.#wec, isKnown, this.#logger);
      if (this.#stopped) return;
      for (const resource of found) this.#resources.addLeftover(resource);
      if (complete) return;
    } catch (error) {
      this.#logger.warn({ reason: explain(error) }, 'cannot look for old copies in the cluster');
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#search(), this.#backoff.next());
  }
}
