import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError, messageOf, throwIfInterrupted } from './errors.ts';

/** How to wait for something that no event tells. */
export interface Wait {
  /** What is waited for, to follow "waiting for" in messages. */
  what: string;
  /** After so many seconds the wait fails. */
  limitSeconds: number;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Asked after each failed try; throws when waiting on is useless. */
  giveUp?: () => void;
  everyMs?: number;
}

/** Seconds between two progress lines of one wait. */
export const PROGRESS_SECONDS = 10;

/**
 * Tries `attempt` until it does not throw, and tells every ten seconds what is waited for.
 * @throws LocalError after the limit, with the last failure; Interrupted when the signal fires; what giveUp throws
 */
export async function waitFor<T>(wait: Wait, attempt: () => Promise<T>): Promise<T> {
  const begin = Date.now();
  let told = begin;
  for (;;) {
    throwIfInterrupted(wait.signal);
    const failure = await attempt().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ('value' in failure) return failure.value;
    throwIfInterrupted(wait.signal);
    wait.giveUp?.();
    const elapsed = Date.now() - begin;
    const reason = messageOf(failure.error);
    if (elapsed >= wait.limitSeconds * 1000) {
      throw new LocalError(`Waited ${wait.limitSeconds} s for ${wait.what}, in vain: ${reason}`);
    }
    if (Date.now() - told >= PROGRESS_SECONDS * 1000) {
      told = Date.now();
      wait.log(
        `waiting for ${wait.what} (${Math.round(elapsed / 1000)} of ${wait.limitSeconds} s): ${reason}`,
      );
    }
    await sleep(wait.everyMs ?? 150, undefined, { signal: wait.signal }).catch(() => undefined);
  }
}
