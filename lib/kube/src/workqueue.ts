import type { Logger } from 'pino';
import { Backoff } from './backoff.ts';
import { type BurstOptions, Bursts } from './bursts.ts';
import { explain, isConflict, isRetriable } from './errors.ts';
import { FairSet } from './fair-set.ts';

/** What a reconcile may answer: look at the key again after this many milliseconds. */
export interface RequeueAfter {
  requeueAfter: number;
}

/** How a work queue calls its reconcile. */
export interface WorkQueueOptions<Key extends string = string> {
  name: string;
  /** Keys that are reconciled at the same time at the most; one key never twice at once. */
  concurrency: number;
  reconcile: (key: Key) => Promise<RequeueAfter | undefined> | Promise<void>;
  logger: Logger;
  /**
   * Names what a key is for, such as one cluster: keys of each get workers in turn. Asked whenever a key is added that
   * does not wait yet. Default: one for all.
   */
  flowOf?: ((key: Key) => string) | undefined;
  /** Keys of one flow that are reconciled at the same time at the most; default: no limit of their own. */
  perFlow?: number;
  /** For how long (milliseconds) no key of this flow is to be reconciled; asked anew each time. Default: 0. */
  pauseOf?: (flow: string) => number;
  /** How floods of keys are let through; default: each key at once. */
  bursts?: BurstOptions;
  /** Shortest and longest wait before a failed key is tried again, in milliseconds. */
  retry?: { base: number; max: number };
  observe?: (outcome: 'success' | 'error', seconds: number) => void;
}

/**
 * A keyed work queue with the promises of client-go's: a key that is added many times waits once, a key
 * is never reconciled twice at the same time, one that is added while it is reconciled runs again
 * afterwards, and a failed one comes back with exponential backoff. Flows have their turns (fair-set.ts).
 */
export class WorkQueue<Key extends string = string> {
  readonly #options: WorkQueueOptions<Key>;
  readonly #waiting: FairSet<Key>;
  /** Each with the flow that it was taken from. */
  readonly #running = new Map<Key, string>();
  /** How many keys of each flow are running. */
  readonly #flows = new Map<string, number>();
  /** Ends the shortest of the pauses that keep keys waiting. */
  #pause: NodeJS.Timeout | undefined;
  readonly #timers = new Map<Key, { timer: NodeJS.Timeout; due: number }>();
  readonly #failures = new Map<Key, Backoff>();
  readonly #bursts: Bursts | undefined;
  #started = false;
  #stopped = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: WorkQueueOptions<Key>) {
    this.#options = options;
    this.#waiting = new FairSet(options.flowOf ?? (() => ''));
    if (options.bursts)
      this.#bursts = new Bursts(
        options.bursts,
        () => this.#waiting.size,
        () => this.#pump(),
      );
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** True while keys wait for a worker or are reconciled; those that come back later don't count. */
  get isBusy(): boolean {
    return this.#waiting.size + this.#running.size > 0;
  }

  /** Asks for a reconcile of `key` soon. */
  add(key: Key): void {
    if (this.#stopped) return;
    this.#cancelTimer(key);
    this.#waiting.add(key);
    this.#bursts?.arrived();
    this.#pump();
  }

  /** Asks for a reconcile of `key` after `milliseconds`, unless an earlier one is asked for. */
  addAfter(key: Key, milliseconds: number): void {
    if (this.#stopped || this.#waiting.has(key)) return;
    const due = Date.now() + milliseconds;
    const existing = this.#timers.get(key);
    if (existing && existing.due <= due) return;
    this.#cancelTimer(key);
    this.#timers.set(key, { due, timer: setTimeout(() => this.add(key), milliseconds) });
  }

  /** Starts the workers: keys added earlier have waited. */
  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** No reconcile starts any more. @returns when the running ones have ended */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const key of [...this.#timers.keys()]) this.#cancelTimer(key);
    this.#waiting.clear();
    clearTimeout(this.#pause);
    this.#bursts?.stop();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    else this.#tellIdle();
  }

  /** @returns when nothing waits, runs or is to be retried */
  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #isIdle(): boolean {
    return (
      this.#running.size === 0 && (this.#stopped || (this.#waiting.size === 0 && this.#timers.size === 0))
    );
  }

  #tellIdle(): void {
    for (const waiter of this.#idleWaiters.splice(0)) waiter();
  }

  #pump(): void {
    if (!this.#started || this.#stopped) return;
    while (this.#running.size < this.#options.concurrency && this.#bursts?.isOpen !== false) {
      const taken = this.#take();
      if (taken === undefined) return;
      const { key, flow } = taken;
      this.#bursts?.passed();
      this.#running.set(key, flow);
      this.#flows.set(flow, (this.#flows.get(flow) ?? 0) + 1);
      void this.#run(key);
    }
  }

  #take(): { key: Key; flow: string } | undefined {
    const { perFlow = Number.POSITIVE_INFINITY, pauseOf = () => 0 } = this.#options;
    let shortest = Number.POSITIVE_INFINITY;
    const mayRun = (flow: string) => {
      if ((this.#flows.get(flow) ?? 0) >= perFlow) return false;
      const pause = pauseOf(flow);
      if (pause > 0) shortest = Math.min(shortest, pause);
      return pause <= 0;
    };
    const taken = this.#waiting.take((each) => !this.#running.has(each), mayRun);
    if (taken === undefined && shortest < Number.POSITIVE_INFINITY) {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#pump(), shortest);
    }
    return taken;
  }

  #ended(key: Key): void {
    const flow = this.#running.get(key) ?? '';
    this.#running.delete(key);
    const left = (this.#flows.get(flow) ?? 1) - 1;
    if (left > 0) this.#flows.set(flow, left);
    else this.#flows.delete(flow);
  }

  async #run(key: Key): Promise<void> {
    const { reconcile, observe } = this.#options;
    const begin = performance.now();
    try {
      const answer = await reconcile(key);
      this.#failures.delete(key);
      observe?.('success', (performance.now() - begin) / 1000);
      if (answer) this.addAfter(key, answer.requeueAfter);
    } catch (error) {
      observe?.('error', (performance.now() - begin) / 1000);
      this.#retry(key, error);
    } finally {
      this.#ended(key);
      this.#pump();
      if (this.#isIdle()) this.#tellIdle();
    }
  }

  #retry(key: Key, error: unknown): void {
    const { base = 100, max = 30_000 } = this.#options.retry ?? {};
    const backoff = this.#failures.get(key) ?? new Backoff(base, max);
    this.#failures.set(key, backoff);
    const wait = backoff.next();
    const level = isConflict(error) ? 'debug' : isRetriable(error) ? 'warn' : 'error';
    const retryInSeconds = Math.round(wait / 100) / 10;
    this.#options.logger[level](
      { queue: this.#options.name, key, retryInSeconds, reason: explain(error) },
      'reconcile failed',
    );
    this.addAfter(key, wait);
  }

  #cancelTimer(key: Key): void {
    const existing = this.#timers.get(key);
    if (existing) clearTimeout(existing.timer);
    this.#timers.delete(key);
  }
}
