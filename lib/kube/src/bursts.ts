/** What a flood is, and how it is let through. */
export interface BurstOptions {
  /** How long what comes in a flood is gathered (milliseconds). */
  milliseconds: number;
  /** More than so many in that time are a flood. */
  flood: number;
}

/**
 * Lets through at once what comes now and then, and a flood in bursts: a server does many writes at the same time with
 * less work than as many one by one, since it stores and tells them together.
 */
export class Bursts {
  readonly #options: BurstOptions;
  /** Tells how many wait. */
  readonly #waiting: () => number;
  /** Called when some may go on. */
  readonly #release: () => void;
  #since = Number.NEGATIVE_INFINITY;
  #arrived = 0;
  #allowed = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BurstOptions, waiting: () => number, release: () => void) {
    this.#options = options;
    this.#waiting = waiting;
    this.#release = release;
  }

  /** One more waits. */
  arrived(): void {
    const { milliseconds, flood } = this.#options;
    if (!this.#timer && performance.now() - this.#since > milliseconds) this.#beginWindow();
    this.#arrived++;
    if (this.#timer || this.#arrived <= flood) return;
    this.#allowed = 0;
    this.#timer = setInterval(() => this.#burst(), milliseconds);
  }

  /** Whether one may go on now. */
  get isOpen(): boolean {
    return this.#allowed > 0;
  }

  /** One has gone on. */
  passed(): void {
    this.#allowed--;
  }

  /** Nothing is held back any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#allowed = Number.POSITIVE_INFINITY;
  }

  #burst(): void {
    const isFlood = this.#arrived > this.#options.flood;
    this.#beginWindow();
    if (isFlood) this.#allowed = this.#waiting();
    else this.stop();
    this.#release();
  }

  #beginWindow(): void {
    this.#since = performance.now();
    this.#arrived = 0;
  }
}
