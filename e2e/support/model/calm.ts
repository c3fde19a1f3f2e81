/**
 * Lets nobody disturb those who wait for agreement. Lanes share the programs, and a program that another lane kills
 * looks at everything again when it starts: that heals what a bug has left out.
 */
export class Calm {
  readonly #watched = new Set<Promise<unknown>>();

  /** Runs what is not to be disturbed. @returns what it returns @throws what it throws */
  async keep<T>(run: () => Promise<T>): Promise<T> {
    const running = run();
    this.#watched.add(running);
    try {
      return await running;
    } finally {
      this.#watched.delete(running);
    }
  }

  /** Waits until nobody minds, then disturbs. */
  async disturb(run: () => Promise<void>): Promise<void> {
    while (this.#watched.size > 0) await Promise.allSettled(this.#watched);
    await run();
  }
}
