import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { digesting } from './digest.ts';

/** One file, folder or link of an image, by its absolute path there. */
export type LayerEntry = { path: string; mode?: number; uid?: number; gid?: number } & (
  | { type: 'directory' }
  | { type: 'link'; to: string }
  | { type: 'file'; content: string | Uint8Array }
  /** A file of this machine; symbolic links are followed. */
  | { type: 'file'; from: string }
);

/** A layer as an uncompressed tar file. */
export interface Layer {
  file: string;
  /** Bytes. */
  size: number;
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
}

/** Every time stamp in images: with the time of the build in them two builds would differ. */
export const EPOCH = new Date(0);

/**
 * Writes `entries` as a layer to `file`: sorted, with the folders above them, and without anything of this
 * machine (times, owners), so that the same entries always give the same digest. `mtime` is told of each entry.
 */
export async function writeLayer(
  file: string,
  entries: readonly LayerEntry[],
  mtime: Date = EPOCH,
): Promise<Layer> {
  const all = new Map<string, LayerEntry>();
  for (const entry of entries) {
    for (let dir = posix.dirname(entry.path); dir !== '/'; dir = posix.dirname(dir)) {
      if (!all.has(dir)) all.set(dir, { path: dir, type: 'directory' });
    }
    all.set(entry.path, entry);
  }
  const sorted = [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const tar = pack();
  const digest = digesting(createHash('sha256'));
  const written = pipeline(tar, digest.stream, createWriteStream(file));
  const packed = (async () => {
    try {
      for (const entry of sorted) await add(tar, entry, mtime);
      tar.finalize();
    } catch (error) {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  })();
  await Promise.all([packed, written]);
  return { file, size: digest.size(), digest: digest.value() };
}

async function add(tar: Pack, entry: LayerEntry, mtime: Date): Promise<void> {
  const { path, uid = 0, gid = 0 } = entry;
  const header = { name: path.slice(1), uid, gid, mtime };
  if (entry.type === 'directory') {
    tar.entry({ ...header, name: `${header.name}/`, type: 'directory', mode: entry.mode ?? 0o755 });
  } else if (entry.type === 'link') {
    tar.entry({ ...header, type: 'symlink', linkname: entry.to, mode: 0o777 });
  } else if ('content' in entry) {
    tar.entry({ ...header, mode: entry.mode ?? 0o644 }, Buffer.from(entry.content));
  } else {
    await addFile(tar, { ...header, mode: entry.mode ?? 0o644 }, entry.from);
  }
}

/** Streams the file `from` into `tar`. Also for files larger than memory. */
export async function addFile(
  tar: Pack,
  header: { name: string; mode: number; mtime: Date; uid: number; gid: number },
  from: string,
): Promise<void> {
  const { size } = await stat(from);
  const sink = tar.entry({ ...header, size });
  await pipeline(createReadStream(from), sink);
}

/** All files and links under `dir` as entries below `at`; executables stay executable. */
export async function entriesOf(dir: string, at: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const [from, path] = [join(dir, name), posix.join(at, name)];
    const found = await lstat(from);
    if (found.isDirectory()) entries.push(...(await entriesOf(from, path)));
    else if (found.isSymbolicLink()) entries.push({ path, type: 'link', to: await readlink(from) });
    else if (found.isFile())
      entries.push({ path, type: 'file', from, mode: (found.mode & 0o111) === 0 ? 0o644 : 0o755 });
  }
  return entries;
}
