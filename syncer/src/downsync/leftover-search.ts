import { Backoff, explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Origin } from '@kubestellar/rules';
import type { SyncedResources } from '../types/synced-resources.ts';
import { findLeftovers } from './leftovers.ts';

/** How long to wait before looking again where that was not possible, in milliseconds. */
const AGAIN = { first: 1000, most: 60_000 };
/** While there are orphans, it is looked whether somebody has removed them: after so many milliseconds. */
const LOOK_AGAIN = 10 * 60_000;

/** Searches the WEC for old copies until it could look everywhere, once per process unless there are orphans. */
export class LeftoverSearch {
  readonly #wec: KubeClient;
  readonly #resources: SyncedResources;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  #timer: NodeJS.Timeout | undefined;
  #orphans: ReadonlyMap<string, readonly string[]> = new Map();
  #started = false;
  #stopped = false;

  constructor(wec: KubeClient, resources: SyncedResources, logger: Logger, again = AGAIN) {
    this.#backoff = new Backoff(again.first, again.most);
    this.#wec = wec;
    this.#resources = resources;
    this.#logger = logger;
  }

  /** Names of others' copies, by resource, as last seen of what was not watched then. */
  get orphans(): ReadonlyMap<string, readonly string[]> {
    return this.#orphans;
  }

  /** @param origin whose copies to look for */
  start(origin: Origin): void {
    if (this.#started) return;
    this.#started = true;
    void this.#search(origin);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #search(origin: Origin): Promise<void> {
    const isKnown = (id: string) => this.#resources.get(id) !== undefined;
    try {
      const { found, orphans, complete } = await findLeftovers(this.#wec, origin, isKnown, this.#logger);
      if (this.#stopped) return;
      for (const resource of found) this.#resources.addLeftover(resource);
      this.#orphans = orphans;
      if (complete) {
        if (orphans.size > 0) this.#timer = setTimeout(() => void this.#search(origin), LOOK_AGAIN);
        return;
      }
    } catch (error) {
      this.#logger.warn({ reason: explain(error) }, 'cannot look for old copies in the cluster');
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#search(origin), this.#backoff.next());
  }
}
