/** What counts as a flood, and how it is released. */
export interface BurstOptions {
  /** For how long a flood is gathered (milliseconds). */
  milliseconds: number;
  /** More than this many in that time are a flood. */
  flood: number;
}

/**
 * Releases single items at once, and a flood in bursts: a server handles many simultaneous writes with less work than
 * as many one by one, since it stores and reports them together.
 */
export class Bursts {
  readonly #options: BurstOptions;
  /** The number of waiting items. */
  readonly #waiting: () => number;
  /** Called when some items may continue. */
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

  /** Adds a waiting item. */
  arrived(): void {
    const { milliseconds, flood } = this.#options;
    if (!this.#timer && performance.now() - this.#since > milliseconds) this.#beginWindow();
    this.#arrived++;
    if (this.#timer || this.#arrived <= flood) return;
    this.#allowed = 0;
    this.#timer = setInterval(() => this.#burst(), milliseconds);
  }

  /** Whether an item may continue now. */
  get isOpen(): boolean {
    return this.#allowed > 0;
  }

  /** Records that an item has continued. */
  passed(): void {
    this.#allowed--;
  }

  /** Releases all items. */
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
