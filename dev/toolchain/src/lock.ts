import { join } from 'node:path';
import { type Lock, LockedError, type LockHolder, waitForLock } from '@kubestellar/process';
import { makeCacheDir } from './cache.ts';
import { type Context, duration, throwIfAborted } from './context.ts';
import { ToolchainError } from './errors.ts';

/** Longer than a cold build of everything on a slow machine. */
const WAIT_LIMIT_MS = 60 * 60_000;

/** The lock file of a cache folder. Earlier clones of this user look for `lock`, in another form. */
export function lockPath(context: Context): string {
  return join(context.cacheDir, 'build.lock');
}

/**
 * Runs `work` while this process holds the lock of the cache folder, which all clones of the user share: one
 * Go build at a time. Waits for another holder, telling whom it waits for; takes over from a dead one.
 * Throws ToolchainError when interrupted or after an hour of waiting.
 */
export async function withLock<T>(
  context: Context,
  purpose: string,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  await makeCacheDir(context);
  const lock = await waitForLock(lockPath(context), {
    what: purpose,
    limitMs: WAIT_LIMIT_MS,
    signal: context.signal,
    onWait: (holder, waitedMs) => {
      const waited = waitedMs === 0 ? '' : `; waited ${duration(waitedMs)} so far`;
      context.log(`waiting for ${describe(holder)}: one build runs at a time${waited}`);
    },
    onTakeOver: ({ pid, what }) => context.log(`process ${pid} died while ${what}; going on from there`),
  }).catch((error: unknown) => {
    throwIfAborted(context);
    if (!(error instanceof LockedError)) throw error;
    throw new ToolchainError(
      `Waited ${duration(WAIT_LIMIT_MS)} for ${describe(error.holder)}. If that process hangs, end it and try again.`,
    );
  });
  try {
    return await work(lock);
  } finally {
    lock.release();
  }
}

function describe({ pid, host, what, since }: LockHolder): string {
  const held = duration(Math.max(0, Date.now() - Date.parse(since)));
  return `process ${pid} on ${host} (${what}, for ${held} now)`;
}
