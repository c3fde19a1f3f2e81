import { accessSync, constants, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandFailure } from './failure.ts';

/**
 * Writes a file that may hold secrets: mode 0600, by rename. What is no file, such as /dev/null or a pipe, is written to
 * as it stands: a rename would replace it.
 * @throws CommandFailure when that is not possible; then nothing is left behind
 */
export function writePrivateFile(path: string, content: string): void {
  if (isSpecial(path)) {
    requireOwnPipe(path);
    try {
      writeFileSync(path, content);
      return;
    } catch (error) {
      throw notWritable(path, error);
    }
  }
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

/**
 * Checks whether a file can be written, before work is done for it.
 * @param untouched checks without writing, as far as that is possible
 * @throws CommandFailure when it cannot
 */
export function requireWritable(path: string, untouched = false): void {
  if (statOf(path)?.isDirectory())
    throw new CommandFailure(`cannot write ${path}: it is a folder; name a file in it`);
  requireOwnPipe(path);
  const target = resolve(path);
  const probe = `${target}.new-${process.pid}`;
  try {
    if (isSpecial(path)) accessSync(target, constants.W_OK);
    // With "/." only a folder will do.
    else if (untouched) accessSync(`${dirname(target)}/.`, constants.W_OK | constants.X_OK);
    else writeFileSync(probe, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw notWritable(path, error);
  }
  rmSync(probe, { force: true });
}

/** The owner of a pipe or terminal can read what is written into it. @throws CommandFailure */
function requireOwnPipe(path: string): void {
  const stat = statOf(path);
  const us = process.getuid?.();
  if (!stat || stat.isFile() || stat.isDirectory() || us === undefined || [0, us].includes(stat.uid)) return;
  throw new CommandFailure(
    `cannot write ${path}: it is no file, and belongs to another user (uid ${stat.uid}), who could read what is written; name another file`,
  );
}

function isSpecial(path: string): boolean {
  const stat = statOf(path);
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
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
    `cannot write ${path}: ${CAUSES[code] ?? message}; name another file, or fix that`,
  );
}
