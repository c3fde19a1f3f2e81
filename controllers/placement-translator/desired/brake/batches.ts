/** What is pending of each EdgePlacement: counters that change with each removal, and never a walk over all objects. */
import type { CopyKey } from '../../keys.ts';
import { type ClusterCount, RECENT } from './decide.ts';

/** A copy that nobody wants any more, and that stays until those who wanted it permit its removal. */
export interface Pending {
  readonly key: CopyKey;
  readonly mailbox: string;
  /** The uids of the EdgePlacements that have to permit it. */
  readonly placements: readonly string[];
  readonly isProtected: boolean;
  /** Those that have permitted it. */
  readonly permitted: Set<string>;
  /** What was found out about it may have changed. */
  isStale: boolean;
}

/** The pending removals of one EdgePlacement. */
export class Batch {
  /** Those not permitted yet, by mailbox. */
  readonly #waiting = new Map<string, Set<CopyKey>>();
  readonly #protected = new Set<CopyKey>();
  /** Those that were permitted by an approval, until they are gone. */
  readonly #leaving = new Set<CopyKey>();
  readonly #recent = new Map<string, number[]>();
  /** Since when they have been awaiting approval, RFC 3339. */
  since: string | undefined;
  /** All of them await approval, not the protected ones alone. */
  isHeld = false;
  /** How many of those that await approval have been permitted. */
  spent = 0;
  /** What an earlier process left awaiting approval: so many, until it is known what is left of them. */
  inherited = 0;
  /** What was last reported (`count`, and whether they await approval). */
  reported = '';
  #total = 0;
  #first = 0;
  #last = 0;

  /** How many are not permitted yet. */
  get total(): number {
    return this.#total;
  }

  /** How many are permitted by an approval and not gone yet. */
  get leaving(): number {
    return this.#leaving.size;
  }

  /** Nothing is pending, or about to leave. */
  get isSettled(): boolean {
    return this.#total === 0 && this.#leaving.size === 0;
  }

  /** There is nothing to remember. */
  get isOver(): boolean {
    return this.isSettled && this.#recent.size === 0;
  }

  add({ key, mailbox, isProtected }: Pending, now: number): void {
    if (this.#total === 0) this.#first = now;
    this.#last = now;
    this.#total++;
    if (isProtected) this.#protected.add(key);
    else this.#waiting.set(mailbox, (this.#waiting.get(mailbox) ?? new Set()).add(key));
  }

  /** It is pending no more. */
  forget(pending: Pending): void {
    this.take(pending);
    this.#leaving.delete(pending.key);
  }

  /** It is permitted by an approval. */
  release(pending: Pending): void {
    this.take(pending);
    this.#leaving.add(pending.key);
    this.spent++;
  }

  /** It is permitted. */
  take({ key, mailbox }: Pending): void {
    const waiting = this.#waiting.get(mailbox);
    if (!this.#protected.delete(key) && !waiting?.delete(key)) return;
    if (waiting?.size === 0) this.#waiting.delete(mailbox);
    this.#total--;
  }

  /** One was removed without approval. */
  noteRemoval(mailbox: string, now: number): void {
    const times = this.#recent.get(mailbox) ?? [];
    times.push(now);
    this.#recent.set(mailbox, times);
  }

  /** All that was approved is gone. @param next what becomes of what has become pending since */
  end(next: 'free' | 'held'): void {
    this.since = undefined;
    this.isHeld = next === 'held';
    this.spent = 0;
    this.inherited = 0;
  }

  /** @param withProtected whether the protected ones are among them */
  *keys(withProtected: boolean): Generator<CopyKey> {
    for (const keys of this.#waiting.values()) yield* keys;
    if (withProtected) yield* this.#protected;
  }

  get hasProtected(): boolean {
    return this.#protected.size > 0;
  }

  /** @returns the mailboxes of the unprotected ones */
  mailboxes(): Iterable<string> {
    return this.#waiting.keys();
  }

  /** @returns the unprotected ones, by cluster */
  counts(now: number, countPlaced: (mailbox: string) => number): ClusterCount[] {
    for (const [mailbox, times] of this.#recent) {
      const left = times.filter((time) => now - time < RECENT);
      if (left.length > 0) this.#recent.set(mailbox, left);
      else this.#recent.delete(mailbox);
    }
    return [...this.#waiting].map(([mailbox, keys]) => ({
      pending: keys.size,
      recent: this.#recent.get(mailbox)?.length ?? 0,
      placed: countPlaced(mailbox),
    }));
  }

  /** @returns for how long none has come, and the first one has been waiting */
  times(now: number): { quietFor: number; waitedFor: number } {
    return { quietFor: now - this.#last, waitedFor: now - this.#first };
  }
}
