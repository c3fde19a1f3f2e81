/**
 * Runs `work` and gives up waiting after `ms` milliseconds, or when `signal` aborts.
 * Throws what `work` throws, or an Error that says `what` did not finish.
 */
export async function limited(
  what: string,
  ms: number,
  work: () => unknown,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const expired = new Promise<never>((_, reject) => {
    // Not unref'd: with nothing else to do, Node would leave before the time is up and name no test.
    timer = setTimeout(() => reject(new TimeoutError(`${what} did not finish within ${seconds(ms)}`)), ms);
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort);
  });
  try {
    await Promise.race([(async () => work())(), expired]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}

/** Thrown when a test or hook takes longer than its limit. */
export class TimeoutError extends Error {
  override name = 'TimeoutError';
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
