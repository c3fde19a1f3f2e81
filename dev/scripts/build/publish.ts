import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Chunks that no new bundle uses stay this long: a running program may still import them. */
const KEEP_CHUNKS_MS = 30 * 24 * 3600 * 1000;

/** Writes a file so that readers see the old or the new content, never a part. */
export async function publishFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.new-${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/**
 * Moves a finished build from `fresh` into `dist`, the files of the `programs` last, so that a program which starts
 * meanwhile finds the chunks it imports. Chunks of earlier builds are removed only when they are a month old.
 */
export async function publishFolder(fresh: string, dist: string, programs: string[]): Promise<void> {
  const entries = await readdir(fresh, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const isProgram = (path: string) => programs.some((name) => path === join(fresh, `${name}.js`));
  const inOrder = [...files.filter((path) => !isProgram(path)), ...files.filter(isProgram)];
  for (const file of inOrder) {
    const target = join(dist, file.slice(fresh.length));
    await mkdir(dirname(target), { recursive: true });
    await rename(file, target);
  }
  await removeOldChunks(join(dist, 'chunks'));
}

async function removeOldChunks(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    if (Date.now() - (await stat(path)).mtimeMs > KEEP_CHUNKS_MS) await rm(path);
  }
}
