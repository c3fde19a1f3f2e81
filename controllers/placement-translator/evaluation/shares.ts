import type { Job } from './jobs.ts';

/** What one workspace may take of the evaluators' time: so much at once, and so much in each minute (milliseconds). */
const SHARE = 10_000;
const MINUTE = 60_000;

/** Paths and tables have shares of their own: what a table takes does not hold up the way of an object. */
const PURPOSE = {
  customize: 'customization',
  'read-customizer': 'customization',
  'read-collector': 'tables',
  collect: 'tables',
} as const satisfies Record<Job['kind'], string>;

/** Shares of the time that evaluations take, by workspace. What is spent comes back evenly within a minute. */
export class Shares {
  readonly #now: () => number;
  readonly #spent = new Map<string, { milliseconds: number; at: number }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes from the share of a workspace. */
  spend(workspace: string, kind: Job['kind'], milliseconds: number): void {
    const key = `${PURPOSE[kind]} ${workspace}`;
    this.#spent.set(key, { milliseconds: this.#left(key) + milliseconds, at: this.#now() });
    for (const each of this.#spent.keys()) if (this.#left(each) === 0) this.#spent.delete(each);
  }

  /** @returns for how long (milliseconds) a workspace has nothing left; 0 when it has */
  waitOf(workspace: string, kind: Job['kind']): number {
    const over = this.#left(`${PURPOSE[kind]} ${workspace}`) - SHARE;
    return over < 0 ? 0 : Math.ceil(((over + 1) * MINUTE) / SHARE);
  }

  /** What has been spent and did not come back yet. */
  #left(key: string): number {
    const spent = this.#spent.get(key);
    if (!spent) return 0;
    return Math.max(0, spent.milliseconds - ((this.#now() - spent.at) * SHARE) / MINUTE);
  }
}
