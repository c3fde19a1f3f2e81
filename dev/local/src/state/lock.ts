import { LockedError, type LockHolder, waitForLock } from '@kubestellar/process';
import { LocalError, throwIfInterrupted } from '../errors.ts';

/** How to behave when another process holds the lock. */
export interface LockOptions {
  what: string;
  signal: AbortSignal;
  limitSeconds: number;
  /** Called once with the process that is waited for. */
  onHeld: (holder: LockHolder) => void;
}

/**
 * Runs `work` while no other process holds the lock file `path`.
 * @throws LocalError when the lock is not free within the limit; Interrupted when the signal fires
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { what, signal, limitSeconds, onHeld } = options;
  const lock = await waitForLock(path, {
    what,
    signal,
    limitMs: limitSeconds * 1000,
    onWait: (holder, waitedMs) => waitedMs === 0 && onHeld(holder),
  }).catch((error: unknown) => {
    throwIfInterrupted(signal);
    if (!(error instanceof LockedError)) throw error;
    const { holder } = error;
    throw new LocalError(
      `waited ${limitSeconds} s for the lock ${path}, in vain: "${holder.what}" (process ${holder.pid}) holds it`,
    );
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}
