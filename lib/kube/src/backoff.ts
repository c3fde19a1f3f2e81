/** Exponential backoff with jitter, in milliseconds: a fresh one starts at `base` and ends at `max`. */
export class Backoff {
  readonly #base: number;
  readonly #max: number;
  #failures = 0;

  constructor(base = 100, max = 30_000) {
    this.#base = base;
    this.#max = max;
  }

  /** Counts a failure. @returns how long to wait before the next try */
  next(): number {
    const limit = Math.min(this.#max, this.#base * 2 ** Math.min(this.#failures++, 30));
    return limit * (0.75 + Math.random() * 0.5);
  }

  /** After a success, the next failure waits for the shortest time again. */
  reset(): void {
    this.#failures = 0;
  }
}
