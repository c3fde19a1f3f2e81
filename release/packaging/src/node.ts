import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ToolchainError } from '@kubestellar/toolchain';
import { extract } from 'tar-stream';
import { type Command, runCommand } from './run.ts';
import type { Component } from './sbom.ts';
import { platformOf, type Target } from './target.ts';

/** Node as it is packed. */
export interface NodeRuntime {
  version: string;
  /** Path of the program. */
  program: string;
  /** Path of its licence. */
  license: string;
}

/**
 * Node for `target`, from the npm package that the lockfile in `root` pins: the installed one where it is for this
 * machine, else downloaded once into `cache` and compared with the lockfile's checksum. Throws ToolchainError.
 */
export async function nodeRuntime(
  command: Command,
  root: string,
  cache: string,
  target: Target,
): Promise<NodeRuntime> {
  const folderName = `node-${platformOf(target)}`;
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { name?: string; version: string; integrity: string }>;
  };
  const pinned = lock.packages[`node_modules/${folderName}`];
  if (pinned === undefined)
    throw new ToolchainError(`package-lock.json does not pin ${folderName}; restore it from git.`);
  // A package may be installed under another name than its own (npm's aliases).
  const name = pinned.name ?? folderName;
  const runtime = (folder: string): NodeRuntime => ({
    version: pinned.version,
    program: join(folder, 'bin', 'node'),
    license: join(folder, 'LICENSE'),
  });
  const installed = runtime(join(root, 'node_modules', folderName));
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

/** Node in a bill of materials. */
export function nodeComponent({ version }: NodeRuntime): Component {
  return { type: 'application', name: 'node', version, purl: `pkg:generic/node@${version}` };
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
