import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';

const PAUSE_MS = 500;
/** How often a step that takes long is told again (milliseconds). */
const REMIND_MS = 15_000;

/** What is waited for and how long. */
export interface Wait {
  /** Completes "gave up waiting for" and "waiting for". */
  readonly what: string;
  /** Milliseconds. */
  readonly limit: number;
  /** Ends the wait from outside. */
  readonly signal?: AbortSignal;
}

/**
 * Asks until there is nothing left to wait for. Each change of what there is goes out as a line, and every 15 s what
 * there still is.
 * @param ask returns what is being waited for, or undefined when that has come
 * @throws CommandFailure when the limit has passed, with what was waited for last; what `ask` throws
 */
export async function follow(
  { what, limit, signal }: Wait,
  output: Output,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const begin = Date.now();
  let told = '';
  let toldAt = 0;
  while (!signal?.aborted) {
    const step = await ask();
    if (step === undefined) return;
    const seconds = Math.round((Date.now() - begin) / 1000);
    if (Date.now() - begin >= limit)
      throw new CommandFailure(`gave up waiting for ${what} after ${seconds} s: ${step}`);
    if (step !== told || Date.now() - toldAt >= REMIND_MS) {
      output.remark(`${step === told ? `Waiting for ${what} since ${seconds} s: ` : ''}${step}`);
      [told, toldAt] = [step, Date.now()];
    }
    await sleep(PAUSE_MS);
  }
}
