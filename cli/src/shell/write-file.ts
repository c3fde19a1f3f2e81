import { renameSync, rmSync, writeFileSync } from 'node:fs';
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
    rmSync(temporary, { force: true });
    throw new CommandFailure(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** @throws CommandFailure when a file can't be made there; found out before work is done for it */
export function requireWritable(path: string): void {
  const probe = `${resolve(path)}.new-${process.pid}`;
  try {
    writeFileSync(probe, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new CommandFailure(`cannot write ${path}: ${(error as Error).message}`);
  } finally {
    rmSync(probe, { force: true });
  }
}
