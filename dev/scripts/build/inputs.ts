import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { root } from '../root.ts';
import { publishFile } from './publish.ts';

/**
 * Writes what the build read, for `dev/scripts/task/freshness.mjs` to compare: `sources` are paths relative to the
 * root. A file that changed since `started` (milliseconds since 1970) may have been read before or after the change;
 * it is recorded so that it never matches.
 */
export async function recordInputs(path: string, sources: string[], started: number): Promise<void> {
  const own = await filesBelow(join(root, 'dev', 'scripts', 'build'));
  const all = [...new Set([...sources, 'dev/scripts/build.ts', ...own])].sort();
  const entries = await Promise.all(
    all.map(async (source) => {
      const file = join(root, source);
      const { size, mtimeMs } = await stat(file);
      if (mtimeMs >= started) return [source, { size: -1, modified: 0, sha256: '' }];
      const sha256 = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      return [source, { size, modified: mtimeMs, sha256 }];
    }),
  );
  await publishFile(path, `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`);
}

/** All files below `folder`, relative to the root, without tests. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
