import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Architecture, writeArchive, writeLayer } from '@kubestellar/toolchain/oci';

/**
 * Writes an image that holds one static program, for tests that need others' programs in a cluster and have no
 * registry. Returns nothing; the archive appears at `archive`.
 */
export async function writeProgramImage(
  archive: string,
  image: { reference: string; program: string; from: string; architecture: Architecture },
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    const path = `/usr/local/bin/${image.program}`;
    const layer = await writeLayer(join(scratch, 'layer'), [
      { path, type: 'file', from: image.from, mode: 0o755 },
      { path: '/tmp', type: 'directory', mode: 0o1777 },
    ]);
    const config = { Entrypoint: [path], User: '65532:65532' };
    await writeArchive(archive, [
      { name: image.reference, architecture: image.architecture, layers: [layer], config },
    ]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
