import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn, usageOf } from './programs.ts';
import type { Bench } from './setup.ts';

/** What all processes together may use, in cores, to count as quiet; for how long; and how long we wait (ms). */
const QUIET = 0.25;
const WINDOW = 500;
const LIMIT = 60_000;

/**
 * Waits until servers and programs have done what was left over (removed objects are collected in the background), so
 * that a clock measures only what begins with it.
 * @throws Error when they never rest
 */
export async function whenQuiet({ setup, signal }: Bench): Promise<void> {
  const processes = (['programs', 'servers'] as const).flatMap((which) => [
    ...processesIn(setup.state, which).values(),
  ]);
  const used = () => processes.reduce((sum, { pid }) => sum + usageOf(pid).cpu, 0);
  const deadline = performance.now() + LIMIT;
  for (let before = used(); ; ) {
    await sleep(WINDOW, undefined, { signal });
    const now = used();
    const cores = (now - before) / (WINDOW / 1000);
    if (cores < QUIET) return;
    if (performance.now() > deadline) throw new Error(`servers and programs still use ${cores} cores`);
    before = now;
  }
}
