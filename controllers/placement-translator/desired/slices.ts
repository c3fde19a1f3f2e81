import { setImmediate } from 'node:timers/promises';

/** A workspace may have so many objects that others want their turn meanwhile (milliseconds). */
const SLICE = 10;

/** Divides what goes on for many objects into slices of time, between which everything else has its turn. */
export class Slices {
  #until = 0;

  /** @returns at once, as long as the slice lasts */
  async next(): Promise<void> {
    if (performance.now() < this.#until) return;
    await setImmediate();
    this.#until = performance.now() + SLICE;
  }
}
