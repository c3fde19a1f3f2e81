import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandFailure } from './failure.ts';

/**
 * Writes a file that may hold secrets: mode 0600, by rename.
 * @throws CommandFailure when that is not possible; then nothing is left behind
 */
export function writePrivateFile(path: string, content: string): void {
  const target = resolve(path);
  const temporary = `${target}.new-${process.pid}`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, target);
  } catch (error) {
    const failure = notWritable(path, error);
    try {
      rmSync(temporary, { force: true });
    } catch {
      // Where nothing can be written nothing is left to remove.
    }
    throw failure;
  }
}

/** @throws CommandFailure when a file can't be made there; found out before work is done for it */
export function requireWritable(path: string): void {
  if (isFolder(path)) throw new CommandFailure(`cannot write ${path}: it is a folder; name a file in it`);
  const probe = `${resolve(path)}.new-${process.pid}`;
  try {
    writeFileSync(probe, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw notWritable(path, error);
  }
  rmSync(probe, { force: true });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Node's own messages name the temporary file. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'what should be its folder is a file',
  EACCES: 'you may not write in its folder',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its file system is full',
  EISDIR: 'it is a folder',
};

function notWritable(path: string, error: unknown): CommandFailure {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new CommandFailure(
    `cannot write ${path}: ${CAUSES[code] ?? message}; name another file, or mend that`,
  );
}
