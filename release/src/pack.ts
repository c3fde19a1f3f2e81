import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type LayerEntry, writeLayer } from '@kubestellar/toolchain/oci';

/**
 * Writes `entries` to `file` as a gzipped tar archive: sorted, owned by root, and all of the time `mtime`, so that
 * the same entries give the same bytes.
 */
export async function writeTarball(file: string, entries: readonly LayerEntry[], mtime: Date): Promise<void> {
  const tar = `${file}.tar`;
  try {
    await writeLayer(tar, entries, mtime);
    await pipeline(createReadStream(tar), createGzip(), createWriteStream(file));
  } finally {
    await rm(tar, { force: true });
  }
}
