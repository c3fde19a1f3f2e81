import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runChild } from '@kubestellar/process';
import { TOOLS } from '../../catalog.ts';
import { type Context, duration, throwIfAborted } from '../../context.ts';
import { isDynamic } from '../../elf.ts';
import { ToolchainError } from '../../errors.ts';
import { type Image, storeLayer, writeArchive } from '../../oci/archive.ts';
import { isExecutable } from '../../path.ts';
import { provide } from '../../provide.ts';
import { kindFolder } from '../folder.ts';
import { DEBIAN_PACKAGES, DEBIAN_RELEASE, makeRootfs, NODE_TOOLS } from './rootfs.ts';
import { SYSTEM_TOOLS, storeSystemImages } from './system-images.ts';

/** To be raised with every change of how the node image is made that its other inputs don't show. */
const RECIPE = 1;
const TOOLS_NEEDED = [...NODE_TOOLS, ...SYSTEM_TOOLS];

/** A node image in the user's cache. */
export interface NodeImage {
  /** The name it has once Docker has loaded it. */
  name: string;
  /** The archive, packed by zstd. */
  archive: string;
}

type Programs = Record<(typeof TOOLS_NEEDED)[number], string>;

/** Finds or makes the programs of the node image. */
export async function nodePrograms(context: Context): Promise<Programs> {
  return (await provide(context, TOOLS_NEEDED)) as Programs;
}

/** The node image of these programs: its name and archive, which may not be there yet. */
export async function nodeImageOf(context: Context, programs: Programs): Promise<NodeImage> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([RECIPE, DEBIAN_RELEASE, DEBIAN_PACKAGES, TOOLS.kind.module.version]));
  for (const name of TOOLS_NEEDED) {
    // Our own builds have the hash of their sources in the path; for others, size and time tell them apart.
    const { size, mtimeMs } = await stat(programs[name]);
    hash.update(JSON.stringify([name, programs[name].replace(context.cacheDir, ''), size, mtimeMs]));
  }
  const key = hash.digest('hex').slice(0, 12);
  const { version } = TOOLS.kubelet.module;
  return {
    name: `kubestellar/kind-node:${version}-${key}`,
    archive: join(await kindFolder(context), `node-${version}-${key}.tar.zst`),
  };
}

/**
 * Makes the archive of `image` from Debian packages and the toolchain's own programs; no registry is asked and no
 * Docker is needed. As root on Linux only. Needs the lock. Throws ToolchainError.
 */
export async function buildNodeImage(context: Context, image: NodeImage, programs: Programs): Promise<void> {
  const start = Date.now();
  context.log(`making the node image of kind (about 4 min the first time; cached as ${image.archive})`);
  const scratch = join(await kindFolder(context), 'work');
  // What an interrupted run has left: nothing is mounted in it, for mounts are made in namespaces that are gone.
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  const root = join(scratch, 'root');
  try {
    await requireStatic(programs);
    await makeRootfs(context, root, programs, TOOLS.kubelet.module.version);
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    context.log('  adding the images of the control plane');
    await mkdir(join(scratch, 'images'));
    await storeSystemImages(context, root, join(scratch, 'images'), programs, architecture);
    context.log('  packing');
    const layer = await packed(context, root, join(scratch, 'node.layer'));
    const node: Image = {
      name: image.name,
      architecture,
      layers: [layer],
      // As kind's own node image.
      config: {
        Entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'],
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'container=docker'],
        StopSignal: 'SIGRTMIN+3',
      },
    };
    await writeArchive(image.archive, [node], { compress: true });
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  const megabytes = Math.round((await stat(image.archive)).size / 1e6);
  context.log(`made the node image in ${duration(Date.now() - start)}: ${megabytes} MB packed`);
}

/** The file tree `root` as a layer, with its owners and links as they are (tar knows them all). */
async function packed(context: Context, root: string, file: string) {
  const tree = new PassThrough();
  const [layer, { code, stderr }] = await Promise.all([
    storeLayer(tree, file),
    runChild('tar', ['--create', '--numeric-owner', '--sort=name', `--directory=${root}`, '.'], {
      env: context.env,
      signal: context.signal,
      stdout: tree,
    }),
  ]);
  throwIfAborted(context);
  if (code !== 0)
    throw new ToolchainError(`tar failed with code ${code} for the node image: ${stderr.trim()}`);
  return layer;
}

/** A program from `$PATH` may need libraries that the images don't have. */
async function requireStatic(programs: Programs): Promise<void> {
  for (const name of TOOLS_NEEDED) {
    if (!(await isExecutable(programs[name])))
      throw new ToolchainError(`${programs[name]} vanished; run this again.`);
    if (await isDynamic(programs[name])) {
      throw new ToolchainError(
        `${programs[name]} is linked dynamically and does not run in an image. Take it off $PATH, so that the toolchain builds its own.`,
      );
    }
  }
}
