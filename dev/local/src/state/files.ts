import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/**
 * Writes a file that only its owner may read (mode 0600), by rename: readers see the old or the new content.
 * @returns false when it had this content already, and then leaves it alone
 */
export function writePrivate(path: string, content: string): boolean {
  if (readIfThere(path) === content) return false;
  const temporary = `${path}.new-${process.pid}`;
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** @returns the file's text, or undefined when there is no such file */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
