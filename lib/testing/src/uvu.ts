/**
 * uvu, configured not to start by itself: its own start-up runs suites twice or side by side when a file awaits
 * something at its top level.
 */
declare global {
  var UVU_DEFER: number | undefined;
  var UVU_QUEUE: unknown[][];
}

globalThis.UVU_DEFER = 1;
const { exec, suite: newSuite } = await import('uvu');

export { newSuite };

/** Runs the suites whose `run` functions are given, one after the other, and prints their summary. */
export async function runSuites(starts: (() => void)[]): Promise<void> {
  globalThis.UVU_QUEUE.splice(0, Number.POSITIVE_INFINITY, [null]);
  for (const start of starts) start();
  await exec(false);
}
