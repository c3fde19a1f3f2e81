import type { Connection } from './connection.ts';

/**
 * Whether a server responds, learnt from all requests to it. Clients in a long backoff are notified when an
 * unreachable server is back, instead of finding out at the end of the wait.
 */
export class Reachability {
  #down = false;
  #isUnanswered = false;
  readonly #listeners = new Set<() => void>();
  readonly #unanswered = new Set<() => void>();

  /** True from a request that failed to reach the server until one succeeds. */
  get down(): boolean {
    return this.#down;
  }

  /** A request could not be sent or got no answer, so that connections that are open may be dead. */
  lost(): void {
    this.#down = true;
    if (this.#isUnanswered) return;
    this.#isUnanswered = true;
    for (const listener of [...this.#unanswered]) listener();
  }

  /** The server answers, but refuses our credentials: until there are others, it is as good as gone. */
  refused(): void {
    this.#down = true;
  }

  /** Records that a request succeeded. */
  succeeded(): void {
    this.#isUnanswered = false;
    if (!this.#down) return;
    this.#down = false;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` when a request goes unanswered for the first time. @returns what ends that */
  onLost(listener: () => void): () => void {
    this.#unanswered.add(listener);
    return () => void this.#unanswered.delete(listener);
  }

  /** Calls `listener` each time the server comes back. @returns what ends that */
  onBack(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

const known = new WeakMap<Connection, Reachability>();

/** @returns the reachability of the server of a connection; the same for all clients that share it */
export function reachabilityOf(connection: Connection): Reachability {
  const reachability = known.get(connection) ?? new Reachability();
  known.set(connection, reachability);
  return reachability;
}
