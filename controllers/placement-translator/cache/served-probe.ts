import { isNotFound, type KubeClient } from '@kubestellar/kube';
import type { WatchedType } from '../keys.ts';

/** kcp takes about a second from saying that it serves a kind to doing so (milliseconds between looks). */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/**
 * Finds out when a workspace really serves a kind that it has bound or defined: one small request at a
 * time for all objects that wait for it.
 */
export class ServedProbe {
  readonly #probing = new Map<string, NodeJS.Timeout>();

  /**
   * @param key names workspace and kind; while a probe of it is under way nothing more is begun
   * @param onServed called once, when the kind is served
   */
  begin(key: string, client: KubeClient, type: WatchedType, onServed: () => void): void {
    if (this.#probing.has(key)) return;
    this.#lookLater(key, FIRST_PAUSE, async () => {
      const served = await isServed(client, type);
      if (served) onServed();
      return served;
    });
  }

  /** Ends all probes. */
  stop(): void {
    for (const timer of this.#probing.values()) clearTimeout(timer);
    this.#probing.clear();
  }

  #lookLater(key: string, pause: number, look: () => Promise<boolean>): void {
    const timer = setTimeout(async () => {
      const done = await look();
      if (!this.#probing.has(key)) return;
      this.#probing.delete(key);
      if (!done) this.#lookLater(key, Math.min(pause * 1.3, LONGEST_PAUSE), look);
    }, pause);
    this.#probing.set(key, timer);
  }
}

/** Any answer but 404 counts: other troubles are for the writes that follow to meet and to tell. */
async function isServed(client: KubeClient, { resource }: WatchedType): Promise<boolean> {
  try {
    await client.listPage(resource, { limit: 1 });
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}
