import type { RequeueAfter } from '@kubestellar/kube';

/** With more copies than that on their way, what is not urgent waits, but not for longer than `most` (milliseconds). */
const LIMIT = { copies: 32, wait: 500, most: 15_000 } as const;

/** Lets writes that are not urgent wait while many copies are on their way: those come first. */
export class Backlog {
  readonly #copies: () => number;
  readonly #since = new Map<string, number>();

  /** @param copies tells how many are on their way */
  constructor(copies: () => number) {
    this.#copies = copies;
  }

  /** Whether so many copies are on their way that the rest should wait. */
  get isLong(): boolean {
    return this.#copies() > LIMIT.copies;
  }

  /** @returns when to try to write again, or undefined when it may be written now */
  wait(key: string): RequeueAfter | undefined {
    const since = this.#since.get(key) ?? Date.now();
    if (!this.isLong || Date.now() - since > LIMIT.most) {
      this.#since.delete(key);
      return undefined;
    }
    this.#since.set(key, since);
    return { requeueAfter: LIMIT.wait };
  }

  /** There is nothing to write any more. */
  forget(key: string): void {
    this.#since.delete(key);
  }
}
