import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { root } from '../root.ts';

/** Unit tests need nothing but this repository; end-to-end tests start real servers. */
export const groups = ['unit', 'e2e'] as const;
export type Group = (typeof groups)[number];

const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

/**
 * Finds the group's test files, sorted, relative to the root. With `parts`, only those whose path contains one of
 * them.
 */
export async function findTests(group: Group, parts: string[]): Promise<string[]> {
  const files = await walk(root);
  return files
    .filter((path) => path.startsWith('e2e/') === (group === 'e2e'))
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part.replace(/^\.\//, ''))))
    .sort();
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')) return walk(path);
      return entry.isFile() && entry.name.endsWith('.test.ts') ? [relative(root, path)] : [];
    }),
  );
  return found.flat();
}
