import type { Connection } from './connection.ts';

/** How a request ended, for the limit: answered, refused for overload (429, 503, 504), or without a response. */
export type Outcome = 'answered' | 'overloaded' | 'lost';

/** Bounds of a limit, in simultaneous requests. */
export interface LimitOptions {
  least: number;
  most: number;
  /** The time in milliseconds; tests replace it. */
  now?: () => number;
}

/** A mean response time within this limit (milliseconds) is fast, whatever it was before. */
const FAST = 250;
/** A server is overloaded when its responses take this many times as long as the fastest ones. */
const SLOWER = 8;
/** Factors by which a limit is cut after a sign of overload, and after slow responses. */
const CUT = { overloaded: 0.5, slow: 0.8 };
/** The fastest response time is raised by this factor with each round, so that it stays current. */
const FORGET = 1.01;

/**
 * How many simultaneous writes a server can handle, learnt from its responses as TCP learns a window: one more after
 * each round of responses in time (twice as many until the first cut), half as many after a sign of overload, a fifth
 * less when responses have become slow. A round is as many responses as the limit; only a limit that was reached
 * grows.
 */
export class AdaptiveLimit {
  readonly #least: number;
  readonly #most: number;
  readonly #now: () => number;
  #limit: number;
  #running = 0;
  #round = { responses: 0, milliseconds: 0, reached: false, begin: Number.NEGATIVE_INFINITY };
  #quickest = Number.POSITIVE_INFINITY;
  #hasCut = false;
  readonly #waiting: (() => void)[] = [];

  constructor({ least, most, now = () => performance.now() }: LimitOptions) {
    this.#least = least;
    this.#most = most;
    this.#now = now;
    this.#limit = Math.min(most, Math.max(least, 16));
  }

  /** Requests that are allowed now. */
  get value(): number {
    return Math.floor(this.#limit);
  }

  /** Requests in progress. */
  get running(): number {
    return this.#running;
  }

  /** Waits for a turn, in order of arrival. @returns a function to call once when the request has ended */
  async enter(): Promise<(outcome: Outcome) => void> {
    if (this.#running < this.value) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#running >= this.value) this.#round.reached = true;
    const begin = this.#now();
    return (outcome) => this.#leave(outcome, begin);
  }

  #leave(outcome: Outcome, begin: number): void {
    this.#running--;
    if (outcome === 'overloaded') this.#overloaded(begin);
    // A missing response says nothing about how much the server can handle.
    if (outcome === 'answered') this.#answered(this.#now() - begin);
    this.#admit();
  }

  #answered(milliseconds: number): void {
    const round = this.#round;
    round.responses++;
    round.milliseconds += milliseconds;
    if (round.responses < this.value) return;
    const mean = round.milliseconds / round.responses;
    this.#quickest = Math.min(this.#quickest * FORGET, mean);
    if (mean > FAST && mean > this.#quickest * SLOWER) this.#cut(CUT.slow);
    else if (round.reached) this.#set(this.#hasCut ? this.#limit + 1 : this.#limit * 2);
    this.#beginRound();
  }

  /** Of all the requests that one moment of overload refuses, only the first counts. */
  #overloaded(begin: number): void {
    if (begin < this.#round.begin) return;
    this.#cut(CUT.overloaded);
    this.#beginRound();
  }

  #cut(part: number): void {
    this.#hasCut = true;
    this.#set(this.#limit * part);
  }

  #beginRound(): void {
    const reached = this.#running >= this.value;
    this.#round = { responses: 0, milliseconds: 0, reached, begin: this.#now() };
  }

  #set(limit: number): void {
    this.#limit = Math.min(this.#most, Math.max(this.#least, limit));
  }

  /** Admits waiting requests. They count from now on, so that no other takes their place before they continue. */
  #admit(): void {
    while (this.#running < this.value) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#running++;
      next();
    }
  }
}

const limits = new Map<string, AdaptiveLimit>();

/** @returns the limit for writes to the server of a connection, the same for all connections to it */
export function limitOf({ server, connections }: Connection): AdaptiveLimit {
  const limit = limits.get(server) ?? new AdaptiveLimit({ least: 2, most: connections });
  limits.set(server, limit);
  return limit;
}

/** @returns the limits of this process, by server */
export function writeLimits(): Iterable<[server: string, limit: Readonly<AdaptiveLimit>]> {
  return limits;
}
