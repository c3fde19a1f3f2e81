/** The data of a core as one stream: a gzipped tar of the backup's description and the files of kcp's volume. */
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, type Pack, pack } from 'tar-stream';

/** The first entry: JSON, which only the command interprets. */
const DESCRIPTION = 'backup.json';
/** The folder of the files. */
const DATA = 'data/';
/** Folder for files until all have arrived. */
const INCOMING = '.restoring';

/** Writes a folder's files, with `description` before them. */
export async function save(folder: string, description: string, out: Writable): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createGzip({ level: 1 }), out, { end: false });
  const packed = (async () => {
    tar.entry({ name: DESCRIPTION, mode: 0o600 }, description);
    await addFolder(tar, folder, '');
    tar.finalize();
  })().catch((error: Error) => void tar.destroy(error));
  await Promise.all([packed, written]);
}

async function addFolder(tar: Pack, folder: string, below: string): Promise<void> {
  for (const name of (await readdir(join(folder, below))).sort()) {
    const path = join(below, name);
    if (path === INCOMING || path === 'lost+found') continue;
    const stats = await lstat(join(folder, path));
    if (stats.isDirectory()) {
      tar.entry({ name: `${DATA}${path}/`, type: 'directory', mode: stats.mode & 0o777 });
      await addFolder(tar, folder, path);
    } else if (stats.isFile()) {
      const entry = tar.entry({ name: DATA + path, size: stats.size, mode: stats.mode & 0o777 });
      await pipeline(createReadStream(join(folder, path)), entry);
    }
  }
}

/**
 * Replaces a folder's contents by the files of a stream, once the whole stream has arrived.
 * @throws Error when the stream is cut off or is no backup; then the folder is unchanged
 */
export async function load(folder: string, input: Readable): Promise<number> {
  const incoming = join(folder, INCOMING);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { mode: 0o700 });
  try {
    const count = await extractTo(incoming, input);
    if (count === 0) throw new Error('the stream has no data: it is no backup of a core');
    for (const name of await readdir(folder)) {
      if (name !== INCOMING && name !== 'lost+found') await rm(join(folder, name), { recursive: true });
    }
    for (const name of await readdir(incoming)) await rename(join(incoming, name), join(folder, name));
    return count;
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

/** @returns the number of files */
async function extractTo(incoming: string, input: Readable): Promise<number> {
  let count = 0;
  const tar = extract();
  const read = pipeline(input, createGunzip(), tar);
  const taken = (async () => {
    for await (const entry of tar) {
      const { name, type, mode = 0o600 } = entry.header;
      if (!name.startsWith(DATA)) {
        entry.resume();
        continue;
      }
      const path = normalize(name.slice(DATA.length));
      if (path.startsWith('..') || path.startsWith('/'))
        throw new Error(`"${name}" is a path outside of the volume`);
      const target = join(incoming, path);
      if (type === 'directory') {
        await mkdir(target, { recursive: true, mode });
        entry.resume();
      } else {
        await mkdir(dirname(target), { recursive: true });
        await pipeline(entry, createWriteStream(target, { mode, flags: 'wx', flush: true }));
        count++;
      }
    }
  })();
  await Promise.all([read, taken]);
  return count;
}
