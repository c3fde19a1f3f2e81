import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { pack } from 'tar-stream';
import { digesting, digestOf } from './digest.ts';
import { addFile, EPOCH, type Layer } from './layer.ts';

/** Architectures by their OCI names. */
export type Architecture = 'amd64' | 'arm64';

/** An image: what runs, and in which file tree. */
export interface Image {
  /** With registry and tag: `ghcr.io/…/name:1.0`. */
  name: string;
  architecture: Architecture;
  layers: readonly Layer[];
  /** The OCI image configuration's `config`. */
  config: {
    Entrypoint: readonly string[];
    Env?: readonly string[];
    User?: string;
    WorkingDir?: string;
    StopSignal?: string;
    Labels?: Readonly<Record<string, string>>;
  };
}

const MEDIA_TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

interface Blob {
  digest: string;
  content: string;
}

/**
 * Writes `images` into one archive that is both an OCI layout and what `docker load`, `kind load image-archive`
 * and `ctr images import` read. It appears at `file` whole or not at all. With `compress` it is packed by zstd.
 * @returns the digest of each image's manifest, in the order of `images`
 */
export async function writeArchive(
  file: string,
  images: readonly Image[],
  options: { compress?: boolean } = {},
): Promise<string[]> {
  const described = images.map(describe);
  const temporary = `${file}.${process.pid}.tmp`;
  const tar = pack();
  const output = createWriteStream(temporary);
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const written = options.compress === true ? pipeline(tar, zstd, output) : pipeline(tar, output);
  const header = { mode: 0o644, mtime: EPOCH, uid: 0, gid: 0 };
  const packed = (async () => {
    const put = (name: string, content: string) => tar.entry({ ...header, name }, content);
    put('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    put('index.json', JSON.stringify(indexOf(images, described)));
    put('manifest.json', JSON.stringify(dockerManifest(images, described)));
    const done = new Set<string>();
    for (const { config, manifest } of described) {
      for (const { digest, content } of [config, manifest]) {
        if (!done.has(digest)) put(blobPath(digest), content);
        done.add(digest);
      }
    }
    for (const { digest, file: from } of images.flatMap(({ layers }) => layers)) {
      if (!done.has(digest)) await addFile(tar, { ...header, name: blobPath(digest) }, from);
      done.add(digest);
    }
    tar.finalize();
  })();
  try {
    await Promise.all([packed, written]);
    await rename(temporary, file);
  } finally {
    tar.destroy();
    await rm(temporary, { force: true });
  }
  return described.map(({ manifest }) => manifest.digest);
}

/** The layer of a tar stream that something else makes, written to `file`. */
export async function storeLayer(stream: NodeJS.ReadableStream, file: string): Promise<Layer> {
  const digest = digesting(createHash('sha256'));
  await pipeline(stream, digest.stream, createWriteStream(file));
  return { file, size: digest.size(), digest: digest.value() };
}

function describe({ architecture, config, layers }: Image): { config: Blob; manifest: Blob } {
  const configBlob = blobOf({
    architecture,
    os: 'linux',
    created: EPOCH.toISOString(),
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created: EPOCH.toISOString() })),
  });
  const manifest = blobOf({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptor(MEDIA_TYPES.config, configBlob.digest, Buffer.byteLength(configBlob.content)),
    layers: layers.map(({ digest, size }) => descriptor(MEDIA_TYPES.layer, digest, size)),
  });
  return { config: configBlob, manifest };
}

function indexOf(images: readonly Image[], described: readonly { manifest: Blob }[]): object {
  return {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: described.flatMap(({ manifest }, index) => {
      const image = images[index];
      if (image === undefined) return [];
      const tag = /:([^:/]+)$/.exec(image.name)?.[1];
      return {
        ...descriptor(MEDIA_TYPES.manifest, manifest.digest, Buffer.byteLength(manifest.content)),
        platform: { architecture: image.architecture, os: 'linux' },
        annotations: { 'io.containerd.image.name': image.name, 'org.opencontainers.image.ref.name': tag },
      };
    }),
  };
}

function dockerManifest(images: readonly Image[], described: readonly { config: Blob }[]): object[] {
  return images.map(({ name, layers }, index) => ({
    Config: blobPath(described[index]?.config.digest ?? ''),
    RepoTags: [name],
    Layers: layers.map(({ digest }) => blobPath(digest)),
  }));
}

function blobOf(content: object): Blob {
  const text = JSON.stringify(content);
  return { content: text, digest: digestOf(text) };
}

function descriptor(mediaType: string, digest: string, size: number): object {
  return { mediaType, digest, size };
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
