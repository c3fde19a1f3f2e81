/** How often to look whether the starter of this run still lives, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Returns a signal that aborts when this run is interrupted (SIGINT, SIGTERM, SIGHUP) or when the process that
 * started it is gone: then nobody could end what the tests have started.
 */
export function interruptions(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(name));
  }
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) controller.abort('the process that started the tests has ended');
  }, LOOK_MS);
  timer.unref();
  return controller.signal;
}
