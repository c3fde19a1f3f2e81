/** Lock files: the one implementation but for kubectl's own (of kubeconfigs) and what runs before packages are installed. */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onDeath } from './death.ts';
import { startTimeOf } from './identity.ts';
import { requireOwnFolder } from './own-folder.ts';

/** A process, distinguished from all others by its start time; see startTimeOf. */
interface Identity {
  readonly pid: number;
  readonly startTime: string;
}

/** Who holds a lock, as its file says. */
export interface LockHolder extends Identity {
  readonly host: string;
  /** The guarded work, as the user knows it. */
  readonly what: string;
  /** When it was taken, ISO 8601. */
  readonly since: string;
  /** Leads a process group that works for the holder. */
  readonly child?: Identity;
}

/** A lock that is held. */
export interface Lock {
  release(): void;
  /** Notes a running process group, so that whoever takes the lock over ends what we may leave behind. */
  noteChild(pid: number): void;
}

/** The work that a lock guards is being done by another process. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly holder: LockHolder;

  constructor(what: string, holder: LockHolder) {
    super(`${what} is under way already (pid ${holder.pid})`);
    this.holder = holder;
  }
}

/** How to wait for a lock. */
export interface WaitOptions {
  /** See LockHolder. */
  readonly what: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the process that is waited for, at once and then every half minute. */
  readonly onWait: (holder: LockHolder, waitedMs: number) => void;
  /** Called with a dead process whose lock is taken over. */
  readonly onTakeOver?: (holder: LockHolder) => void;
}

// Polled: neither a holder's death nor a change on a network file system raises an event here.
const POLL_MS = 100;
const REPORT_MS = 30_000;
const BEAT_MS = 20_000;
/** A holder on another machine, whose process can't be looked at, counts as dead when its lock was not touched for so long. */
const SILENT_MS = 120_000;
let taken = 0;

/**
 * Takes the lock file `<folder>/<name>.lock`, in a folder of ours alone. That of a process which has ended counts for
 * nothing.
 * @param what the guarded work, in words
 * @returns gives the lock back
 * @throws LockedError when a running process has it; Error when others may write in the folder
 */
export function takeLock(folder: string, name: string, what: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireOwnFolder(folder);
  const lock = tryLock(join(folder, `${name}.lock`), what);
  if ('pid' in lock) throw new LockedError(what, lock);
  return lock.release;
}

/** Takes a lock file, unless a running process has it: then this one is returned. */
export function tryLock(path: string, what: string): Lock | LockHolder {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}-${++taken}`;
  const startTime = startTimeOf(process.pid) ?? '';
  const holder: LockHolder = {
    ...{ pid: process.pid, startTime, host: hostname(), what },
    since: new Date().toISOString(),
  };
  writeFileSync(own, textOf(holder), { mode: 0o600 });
  try {
    // A link comes into being with its content: there is no moment at which the lock names no holder.
    while (!isLinked(own, path)) {
      const other = removeAbandoned(path, `${own}.abandoned`);
      if (other) return other;
    }
  } finally {
    rmSync(own, { force: true });
  }
  return new HeldLock(path, holder);
}

/**
 * Takes a lock file when it is free; what a dead holder has left running is ended before.
 * @throws LockedError after the limit; the signal's reason
 */
export async function waitForLock(path: string, options: WaitOptions): Promise<Lock> {
  const { what, limitMs, signal } = options;
  const start = Date.now();
  let nextReport = start;
  for (;;) {
    signal?.throwIfAborted();
    const lock = await takeOver(path, options);
    if (!('pid' in lock)) return lock;
    const now = Date.now();
    if (now - start > limitMs) throw new LockedError(what, lock);
    if (now >= nextReport) {
      options.onWait(lock, nextReport === start ? 0 : now - start);
      nextReport = now + REPORT_MS;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Takes a lock file that is free or a dead process' own; what that has left running is ended before. */
async function takeOver(path: string, { what, onTakeOver }: WaitOptions): Promise<Lock | LockHolder> {
  const dead = abandonedBy(path);
  if (dead?.child && dead.host === hostname()) await endGroup(dead.child);
  const lock = tryLock(path, what);
  if (dead && !('pid' in lock)) onTakeOver?.(dead);
  return lock;
}

/** The running process that holds a lock, if any. */
export function lockHolder(path: string): LockHolder | undefined {
  const holder = parse(read(path));
  return holder && isAlive(holder, path) ? holder : undefined;
}

class HeldLock implements Lock {
  readonly #path: string;
  readonly #beat: NodeJS.Timeout;
  readonly #forget: () => void;
  #holder: LockHolder;

  constructor(path: string, holder: LockHolder) {
    this.#path = path;
    this.#holder = holder;
    this.#forget = onDeath(() => this.#remove());
    this.#beat = setInterval(() => this.#touch(), BEAT_MS);
    this.#beat.unref();
  }

  readonly release = (): void => {
    clearInterval(this.#beat);
    this.#forget();
    this.#remove();
  };

  noteChild(pid: number): void {
    const startTime = startTimeOf(pid);
    if (startTime === undefined || !this.#isOurs()) return;
    const next = { ...this.#holder, child: { pid, startTime } };
    const temporary = `${this.#path}.${process.pid}-${++taken}`;
    try {
      writeFileSync(temporary, textOf(next), { mode: 0o600 });
      renameSync(temporary, this.#path);
      this.#holder = next;
    } catch {
      // Only a help for whoever may take over; a disk that is full shows in the work.
      rmSync(temporary, { force: true });
    }
  }

  #isOurs(): boolean {
    return read(this.#path) === textOf(this.#holder);
  }

  #remove(): void {
    if (this.#isOurs()) rmSync(this.#path, { force: true });
  }

  #touch(): void {
    try {
      const now = new Date();
      utimesSync(this.#path, now, now);
    } catch {
      // Somebody has removed it.
    }
  }
}

function isLinked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns the running process that has the lock, which then stays */
function removeAbandoned(path: string, aside: string): LockHolder | undefined {
  const holder = lockHolder(path);
  if (holder) return holder;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    // Between our look and the rename another process may have taken the lock: give it back.
    const other = lockHolder(aside);
    if (other) isLinked(aside, path);
    return other;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The dead process whose lock file is still there. */
function abandonedBy(path: string): LockHolder | undefined {
  const holder = parse(read(path));
  return holder && !isAlive(holder, path) ? holder : undefined;
}

function isAlive({ host, pid, startTime }: LockHolder, path: string): boolean {
  return host === hostname() ? startTimeOf(pid) === startTime : ageOf(path) < SILENT_MS;
}

function parse(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>;
    const { pid, startTime, host = hostname(), what = '', since = '' } = holder;
    if (typeof pid !== 'number' || pid <= 1 || typeof startTime !== 'string') return undefined;
    return { ...holder, pid, startTime, host, what, since };
  } catch {
    return undefined;
  }
}

/** Ends a process group that outlived the process which started it, with time to tidy up. */
async function endGroup({ pid, startTime }: Identity): Promise<void> {
  for (let attempt = 0; attempt < 120 && startTimeOf(pid) === startTime; attempt++) {
    try {
      process.kill(-pid, attempt < 60 ? 'SIGINT' : 'SIGKILL');
    } catch {
      return;
    }
    await sleep(POLL_MS);
  }
}

const textOf = (holder: LockHolder) => `${JSON.stringify(holder)}\n`;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
