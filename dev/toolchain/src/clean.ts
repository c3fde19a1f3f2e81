import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builtPath, downloadedPath } from './cache.ts';
import { TOOL_NAMES } from './catalog.ts';
import type { Context } from './context.ts';
import { lockPath, withLock } from './lock.ts';
import { removeLeftovers } from './provide.ts';

/**
 * Removes from the cache the tools of other versions than this clone's, and what killed builds left; with `all`
 * everything. Waits for a running build.
 */
export async function clean(context: Context, all: boolean): Promise<void> {
  if (!(await isDirectory(context.cacheDir))) return;
  await withLock(context, 'cleaning the cache', async () => {
    await removeLeftovers(context);
    for (const entry of await readdir(context.cacheDir)) {
      const path = join(context.cacheDir, entry);
      if (all && path !== lockPath(context)) await rm(path, { recursive: true, force: true });
    }
    for (const name of TOOL_NAMES) {
      const current = [dirname(downloadedPath(context, name)), dirname(await builtPath(context, name))];
      await removeOthers(context, join(context.cacheDir, name), current);
    }
  });
}

/** Removes from the folder of a tool what is neither current nor a stage of a build. */
async function removeOthers(context: Context, dir: string, current: readonly string[]): Promise<void> {
  for (const entry of (await isDirectory(dir)) ? await readdir(dir) : []) {
    const path = join(dir, entry);
    if (current.includes(path) || entry.endsWith('-stages')) continue;
    context.log(`removing ${path}`);
    await rm(path, { recursive: true, force: true });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
