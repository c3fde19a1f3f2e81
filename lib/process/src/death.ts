/**
 * What must not outlive this process: Go builds in their own process group, the lock, temporary folders.
 * Programs that listen to a signal themselves decide about it; for the others it still ends the process.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<() => void>();

/**
 * Runs `cleanup` (synchronous, must not throw) when this process ends or is ended by SIGINT, SIGTERM or SIGHUP.
 * Returns the function that takes it back.
 */
export function onDeath(cleanup: () => void): () => void {
  if (cleanups.size === 0) {
    process.on('exit', runCleanups);
    // Before the others, so that listeners that serve only once are still counted.
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  }
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) stopListening();
  };
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  runCleanups();
  stopListening();
  process.kill(process.pid, signal);
}

function runCleanups(): void {
  for (const cleanup of cleanups) cleanup();
  cleanups.clear();
}

function stopListening(): void {
  process.off('exit', runCleanups);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
