import { readFileSync, unlinkSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onDeath, startTimeOf } from '@kubestellar/process';
import { makeCacheDir } from './cache.ts';
import { type Context, duration, throwIfAborted } from './context.ts';
import { codeOf, ToolchainError } from './errors.ts';

/** Who holds the lock, as written into the lock file. */
interface Holder {
  host: string;
  pid: number;
  /** Start time of that process, see `startTimeOf`. */
  started: string;
  /** What the lock is held for, for the people who wait. */
  purpose: string;
  /** When it was taken, ISO 8601. */
  since: string;
  /** The Go command that runs under the lock; it leads its own process group. */
  child?: { pid: number; started: string };
}

/** The lock while it is held. */
export interface Lock {
  /** Notes the running Go command, so that whoever takes the lock over ends what we may leave behind. */
  noteChild(pid: number): void;
}

// Polled, since neither a holder's death nor a change on a network file system raises an event here.
const POLL_MS = 300;
const REPORT_MS = 30_000;
const BEAT_MS = 20_000;
/** A holder on another machine whose beat is older than this counts as dead. */
const SILENT_MS = 120_000;
/** A lock file still empty after this was left by a process that died between making and filling it. */
const EMPTY_MS = 10_000;
/** Longer than a cold build of everything on a slow machine. */
const WAIT_LIMIT_MS = 60 * 60_000;

/** The lock file of a cache folder. */
export function lockPath(context: Context): string {
  return join(context.cacheDir, 'lock');
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
  const path = lockPath(context);
  const holder: Holder = {
    host: hostname(),
    pid: process.pid,
    started: startTimeOf(process.pid) ?? '',
    purpose,
    since: new Date().toISOString(),
  };
  await acquire(context, path, holder);
  const release = () => releaseSync(path, holder);
  const forget = onDeath(release);
  const beat = setInterval(() => void touch(path), BEAT_MS);
  beat.unref();
  let noting = Promise.resolve();
  try {
    return await work({
      noteChild(pid) {
        noting = noting.then(() => noteChild(path, holder, pid));
      },
    });
  } finally {
    clearInterval(beat);
    // It must not bring the lock back after its release.
    await noting;
    forget();
    release();
  }
}

async function acquire(context: Context, path: string, holder: Holder): Promise<void> {
  const start = Date.now();
  let nextReport = start;
  while (!(await tryCreate(path, holder))) {
    throwIfAborted(context);
    if (await takeOver(context, path)) continue;
    const now = Date.now();
    if (now - start > WAIT_LIMIT_MS) {
      throw new ToolchainError(
        `Waited ${duration(now - start)} for ${await describeHolder(path)}. If that process hangs, end it and try again.`,
      );
    }
    if (now >= nextReport) {
      const waited = now - start < POLL_MS ? '' : `; waited ${duration(now - start)} so far`;
      context.log(`waiting for ${await describeHolder(path)}: one build runs at a time${waited}`);
      nextReport = now + REPORT_MS;
    }
    // An abort ends the sleep and is reported at the top of the loop.
    await sleep(POLL_MS, undefined, { signal: context.signal }).catch(() => {});
  }
}

async function describeHolder(path: string): Promise<string> {
  const holder = await readHolder(path);
  if (holder === undefined) return `the lock ${path}`;
  const held = duration(Math.max(0, Date.now() - Date.parse(holder.since)));
  return `process ${holder.pid} on ${holder.host} (${holder.purpose}, for ${held} now)`;
}

async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a dead holder. Returns true when the lock may be free now. */
async function takeOver(context: Context, path: string): Promise<boolean> {
  if (!(await isAbandoned(path))) return false;
  // Two that both see a dead holder must not remove each other's new lock: one at a time looks again and acts.
  const guard = `${path}.takeover`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if ((await age(guard)) > EMPTY_MS) await rmdir(guard).catch(() => {});
    return false;
  }
  try {
    if (!(await isAbandoned(path))) return true;
    const dead = await readHolder(path);
    if (dead) {
      context.log(`process ${dead.pid} died while ${dead.purpose}; going on from there`);
      if (dead.host === hostname() && dead.child) await endGroup(dead.child);
    }
    await rm(path, { force: true });
    return true;
  } finally {
    await rmdir(guard).catch(() => {});
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder === undefined) return (await age(path)) > EMPTY_MS;
  if (holder.host !== hostname()) return (await age(path)) > SILENT_MS;
  return startTimeOf(holder.pid) !== holder.started;
}

/** Ends a Go build that outlived the process which started it. */
async function endGroup(child: { pid: number; started: string }): Promise<void> {
  for (let attempt = 0; startTimeOf(child.pid) === child.started; attempt++) {
    try {
      process.kill(-child.pid, attempt < 20 ? 'SIGINT' : 'SIGKILL');
    } catch {
      return;
    }
    if (attempt > 40) return;
    await sleep(POLL_MS);
  }
}

async function noteChild(path: string, holder: Holder, pid: number): Promise<void> {
  const started = startTimeOf(pid);
  if (started === undefined) return;
  holder.child = { pid, started };
  const temporary = `${path}.${process.pid}`;
  try {
    await writeFile(temporary, JSON.stringify(holder));
    await rename(temporary, path);
  } catch {
    // Only a help for whoever may take over; a disk that is full shows in the build.
    await rm(temporary, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function releaseSync(path: string, own: Holder): void {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder;
    if (holder.pid === own.pid && holder.started === own.started && holder.host === own.host)
      unlinkSync(path);
  } catch {
    // Somebody removed it; there is nothing to release.
  }
}

async function age(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}
