import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning, type ProcessRecord, startTimeOf } from '@kubestellar/process';
import { codeOf, LocalError } from '../errors.ts';
import { waitFor } from '../wait.ts';
import { readIfThere } from './files.ts';

/** Who holds a lock, and what for. */
export interface LockHolder {
  pid: number;
  startTime: string;
  /** The command, as the user knows it. */
  what: string;
}

/** How to behave when another process holds the lock. */
export interface LockOptions {
  what: string;
  signal: AbortSignal;
  log: (line: string) => void;
  limitSeconds: number;
  /** Called once with the process that is waited for. */
  onHeld: (holder: LockHolder) => void;
}

/**
 * Runs `work` while no other process holds the lock file `path`. A lock whose holder has ended is taken over.
 * @throws LocalError when the lock is not free within the limit; Interrupted when the signal fires
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  let told = false;
  await waitFor({ ...options, what: `the lock ${path}`, everyMs: 100 }, async () => {
    if (take(path, options.what)) return;
    const holder = readHolder(path);
    if (!told && holder) {
      told = true;
      options.onHeld(holder);
    }
    throw new LocalError(
      holder ? `"${holder.what}" (process ${holder.pid}) holds it` : 'another process holds it',
    );
  });
  const release = () => rmSync(path, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @returns the running process that holds the lock, if any */
export function readHolder(path: string): LockHolder | undefined {
  return parseHolder(readIfThere(path));
}

function parseHolder(content: string | undefined): LockHolder | undefined {
  if (content === undefined) return undefined;
  try {
    const { pid, startTime, what = '' } = JSON.parse(content) as Partial<LockHolder>;
    if (typeof pid !== 'number' || pid <= 1 || typeof startTime !== 'string') return undefined;
    return isRunning({ pid, startTime } as ProcessRecord) ? { pid, startTime, what } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A hard link appears with its content or not at all, and fails while the lock exists. */
function take(path: string, what: string): boolean {
  removeStale(path);
  const own = `${path}.${process.pid}`;
  const holder: LockHolder = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', what };
  writeFileSync(own, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function removeStale(path: string): void {
  const seen = readIfThere(path);
  if (seen === undefined || parseHolder(seen)) return;
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    // Since our look another process may have replaced the stale lock by its own: give that back.
    if (readIfThere(aside) !== seen) linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
