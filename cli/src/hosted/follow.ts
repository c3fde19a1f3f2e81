import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';

const PAUSE_MS = 500;
/** How often a step that takes long is printed again (milliseconds). */
const REMIND_MS = 15_000;

/** What to wait for and how long. */
export interface Wait {
  /** Completes "gave up waiting for" and "waiting for". */
  readonly what: string;
  /** Milliseconds. */
  readonly limit: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/**
 * Polls until there is nothing left to wait for. Prints each change of what is being waited for, and every 15 s what
 * it still is.
 * @param poll returns what is being waited for, or undefined when that is over
 * @throws CommandFailure when the limit has passed, with what was waited for last; errors of `poll`
 */
export async function follow(
  { what, limit, signal }: Wait,
  output: Output,
  poll: () => Promise<string | undefined>,
): Promise<void> {
  const begin = Date.now();
  let printed = '';
  let printedAt = 0;
  while (!signal?.aborted) {
    const step = await poll();
    if (step === undefined) return;
    const seconds = Math.round((Date.now() - begin) / 1000);
    if (Date.now() - begin >= limit)
      throw new CommandFailure(`gave up waiting for ${what} after ${seconds} s: ${step}`);
    if (step !== printed || Date.now() - printedAt >= REMIND_MS) {
      output.remark(`${step === printed ? `Waiting for ${what} since ${seconds} s: ` : ''}${step}`);
      [printed, printedAt] = [step, Date.now()];
    }
    await sleep(PAUSE_MS);
  }
}
