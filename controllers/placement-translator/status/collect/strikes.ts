/** After taking too much, a StatusCollector is left alone for so long for an object (milliseconds). */
const REST = 60_000;
/** So often it may do so before it is not tried again. */
const STRIKES = 3;

interface Strike {
  version: string;
  count: number;
  message: string;
  restsUntil: number;
}

/** Which StatusCollectors take too much for which objects. */
export class Strikes {
  readonly #bySource = new Map<string, Map<string, Strike>>();
  readonly #now: () => number;

  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  /**
   * @param version of the StatusCollector and the object: when it changes, all begins anew
   * @returns why a StatusCollector is not to be used for an object now; empty when it may be
   */
  problemOf(source: string, collector: string, version: string): string {
    const strike = this.#bySource.get(source)?.get(collector);
    if (strike?.version !== version) return '';
    if (strike.count >= STRIKES)
      return `${strike.message}; it is not tried again before the object or the StatusCollector changes`;
    return this.#now() < strike.restsUntil ? `${strike.message}; it is tried once a minute only` : '';
  }

  /** @param isCertain whether it always will take too much */
  strike(source: string, collector: string, version: string, message: string, isCertain: boolean): void {
    const strikes = this.#bySource.get(source) ?? new Map<string, Strike>();
    const known = strikes.get(collector);
    const before = known?.version === version ? known.count : 0;
    const count = isCertain ? STRIKES : before + 1;
    strikes.set(collector, { version, count, message, restsUntil: this.#now() + REST });
    this.#bySource.set(source, strikes);
  }

  /** It has taken no more than it may. */
  release(source: string, collector: string): void {
    const strikes = this.#bySource.get(source);
    strikes?.delete(collector);
    if (strikes?.size === 0) this.#bySource.delete(source);
  }

  /** The object is gone. */
  forget(source: string): void {
    this.#bySource.delete(source);
  }
}
