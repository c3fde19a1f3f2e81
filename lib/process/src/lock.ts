import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from './identity.ts';
import { requireOwnFolder } from './own-folder.ts';

/** Another process is doing the work that a lock guards. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly pid: number;

  constructor(what: string, pid: number) {
    super(`${what} is under way already (pid ${pid})`);
    this.pid = pid;
  }
}

/**
 * Takes the lock file `<stateDir>/<name>.lock` for this process. A lock of a process that has ended does not
 * count.
 * @param what the guarded work, in words
 * @returns releases the lock
 * @throws LockedError when a running process has it; Error when the folder is not for us alone to write
 */
export function takeLock(stateDir: string, name: string, what: string): () => void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  requireOwnFolder(stateDir);
  const path = join(stateDir, `${name}.lock`);
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`, { mode: 0o600 });
  try {
    // A link is created with its content: there is no moment at which the lock names no holder.
    while (!linked(own, path)) removeAbandoned(path, own, what);
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeAbandoned(path: string, own: string, what: string): void {
  refuseIfTaken(read(path), what);
  const aside = `${own}.abandoned`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    // Between the two lines above another process may have taken the lock.
    refuseIfTaken(read(aside), what);
  } catch (error) {
    linked(aside, path);
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function refuseIfTaken(content: string, what: string): void {
  const [, pid, startTime] = /^(\d+) (.+)/.exec(content) ?? [];
  if (startTime !== undefined && startTimeOf(Number(pid)) === startTime)
    throw new LockedError(what, Number(pid));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
