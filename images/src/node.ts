import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ToolchainError } from '@kubestellar/toolchain';
import type { Architecture } from '@kubestellar/toolchain/oci';
import { extract } from 'tar-stream';
import { type Command, runCommand } from './run.ts';

/** Node for an image. */
export interface NodeRuntime {
  version: string;
  /** Path of the program. */
  program: string;
  /** Path of its licence. */
  license: string;
}

/**
 * Node for `architecture`, from the npm package that the lockfile in `root` pins: the installed one where it is for
 * this architecture, else downloaded once into `cache` and compared with the lockfile's checksum. Throws ToolchainError.
 */
export async function nodeRuntime(
  command: Command,
  root: string,
  cache: string,
  architecture: Architecture,
): Promise<NodeRuntime> {
  const name = `node-linux-${architecture === 'amd64' ? 'x64' : 'arm64'}`;
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const pinned = lock.packages[`node_modules/${name}`];
  if (pinned === undefined)
    throw new ToolchainError(`package-lock.json does not pin ${name}; restore it from git.`);
  const runtime = (folder: string): NodeRuntime => ({
    version: pinned.version,
    program: join(folder, 'bin', 'node'),
    license: join(folder, 'LICENSE'),
  });
  const installed = runtime(join(root, 'node_modules', name));
  if (existsSync(installed.program)) return installed;

  const stored = join(cache, `${name}-${pinned.version}`);
  if (existsSync(stored)) return runtime(stored);
  command.log(`downloading ${name} ${pinned.version} by npm`);
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, '.node-'));
  try {
    await runCommand({ ...command, cwd: temporary }, 'npm', [
      'pack',
      '--silent',
      `${name}@${pinned.version}`,
    ]);
    const archive = (await readdir(temporary)).find((file) => file.endsWith('.tgz'));
    if (archive === undefined)
      throw new ToolchainError(`npm pack gave no file for ${name}@${pinned.version}`);
    const path = join(temporary, archive);
    await requireIntegrity(path, pinned.integrity);
    await unpack(path, join(temporary, 'package'));
    await rename(join(temporary, 'package'), stored);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return runtime(stored);
}

/** `integrity` is in the form of npm: algorithm, `-`, base64. */
async function requireIntegrity(path: string, integrity: string): Promise<void> {
  const [algorithm = '', expected] = integrity.split('-', 2);
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  if (hash.digest('base64') !== expected) {
    throw new ToolchainError(
      `What npm gave for ${path} is not what package-lock.json pins; do not trust that registry.`,
    );
  }
}

async function unpack(archive: string, to: string): Promise<void> {
  await mkdir(join(to, 'bin'), { recursive: true });
  const source = createReadStream(archive).pipe(createGunzip());
  for await (const entry of source.pipe(extract())) {
    const path = /^package\/(bin\/node|LICENSE)$/.exec(entry.header.name)?.[1];
    if (path === undefined) entry.resume();
    else await pipeline(entry, createWriteStream(join(to, path), { mode: 0o755 }));
  }
}
