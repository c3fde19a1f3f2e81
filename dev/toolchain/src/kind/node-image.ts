import { createReadStream, existsSync } from 'node:fs';
import { createZstdDecompress } from 'node:zlib';
import { runChild } from '@kubestellar/process';
import type { Context } from '../context.ts';
import { ToolchainError } from '../errors.ts';
import { isRoot } from '../packages.ts';
import { buildNodeImage, type NodeImage, nodeImageOf, nodePrograms } from './node/build.ts';

/** Set to an image's name to use that node image, or to this to use the one that kind itself pins and pulls. */
const PUBLISHED = 'published';
const QUICK_MS = 30_000;

/**
 * The node image to create clusters with, loaded into Docker: `$KIND_IMAGE` if set; on GitHub's runners, and where
 * none can be made (that needs root on Linux), the one that kind itself pins, told by `undefined`, which kind
 * pulls; else one made here, which takes minutes the first time. Needs the lock. Throws ToolchainError.
 */
export async function provideNodeImage(context: Context): Promise<string | undefined> {
  const wanted = context.env.KIND_IMAGE ?? '';
  if (wanted === PUBLISHED) return undefined;
  if (wanted !== '') return wanted;
  if (context.env.GITHUB_ACTIONS === 'true' || process.platform !== 'linux' || !isRoot()) return undefined;

  const programs = await nodePrograms(context);
  const image = await nodeImageOf(context, programs);
  if (await isLoaded(context, image.name)) return image.name;
  if (!existsSync(image.archive)) await buildNodeImage(context, image, programs);
  await load(context, image);
  return image.name;
}

async function isLoaded(context: Context, name: string): Promise<boolean> {
  const options = { env: context.env, signal: context.signal, limitMs: QUICK_MS };
  return (await runChild('docker', ['image', 'inspect', name], options)).code === 0;
}

async function load(context: Context, { name, archive }: NodeImage): Promise<void> {
  context.log(`loading ${name} into Docker`);
  const unpack = createZstdDecompress();
  createReadStream(archive)
    .on('error', (error) => unpack.destroy(error))
    .pipe(unpack);
  const { code, stderr } = await runChild('docker', ['load', '--quiet'], {
    env: context.env,
    signal: context.signal,
    input: unpack,
    stdout: 'ignore',
  });
  if (code === 0) return;
  // docker's own words about a broken stream are better than those of the pipe.
  throw new ToolchainError(
    `Docker did not load ${archive}: ${stderr.trim()}. If the file is broken, remove it and run this again.`,
  );
}
