import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ldflagsOf, type ToolName, toolOf, versionOf } from './catalog.ts';
import { type Context, platformOf } from './context.ts';
import { codeOf, messageOf, ToolchainError } from './errors.ts';
import { isExecutable } from './path.ts';

/** Names of temporary folders begin with this; the holder of the lock may remove them. */
export const TEMPORARY_PREFIX = '.build-';

/** Where a downloaded release of `name` lies in the cache. */
export function downloadedPath(context: Context, name: ToolName): string {
  return join(context.cacheDir, name, `${versionOf(toolOf(name).module)}-${platformOf(context)}`, name);
}

/** Where our build of `name` lies in the cache; another go.mod, go.sum, package, linker flag or patch gives another path. */
export async function builtPath(context: Context, name: ToolName): Promise<string> {
  const { module, package: goPackage } = toolOf(name);
  const dir = join(context.modulesDir, module.folder);
  const hash = createHash('sha256');
  // A main program of our own lies beside them (coredns).
  const sources = (await readdir(dir)).filter((file) => file.endsWith('.go')).sort();
  for (const file of ['go.mod', 'go.sum', ...sources]) hash.update(await readFile(join(dir, file)));
  hash.update(`\n${ldflagsOf(module)}\n${goPackage}`);
  for (const { module: patched, file, after, insert } of module.patched?.patches ?? []) {
    hash.update(JSON.stringify([patched, file, after, insert]));
  }
  const key = `${versionOf(module)}-${platformOf(context)}-${hash.digest('hex').slice(0, 12)}`;
  return join(context.cacheDir, name, key, name);
}

/** The cached program `name` of the pinned version, or undefined. */
export async function cachedPath(context: Context, name: ToolName): Promise<string | undefined> {
  for (const path of [downloadedPath(context, name), await builtPath(context, name)]) {
    if (!(await isExecutable(path))) continue;
    await requireOwn(context, path);
    return path;
  }
  return undefined;
}

/**
 * Makes sure that nobody else can have put a program into the cache. The group may write: with the umask of many
 * systems everything may be written by its owner's own group.
 */
async function requireOwn({ cacheDir }: Context, program: string): Promise<void> {
  for (let path = program; ; path = dirname(path)) {
    const { uid, mode } = await stat(path);
    const us = process.getuid?.();
    const isForeign = us !== undefined && uid !== us && uid !== 0;
    if (isForeign || (mode & 0o002) !== 0) {
      throw new ToolchainError(
        `${path} ${isForeign ? `belongs to another user (uid ${uid})` : 'may be written by every user'}, who could have ` +
          `put other programs into the cache ${cacheDir}. Remove it, or set XDG_CACHE_HOME to a folder of your own.`,
      );
    }
    if (path === cacheDir || path === dirname(path)) return;
  }
}

/** Moves a finished program into the cache: it appears whole or not at all, also when the power fails. */
export async function admit(from: string, to: string): Promise<void> {
  await chmod(from, 0o755);
  const file = await open(from, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

/** A new temporary folder on the cache's own file system. The caller removes it. */
export async function temporaryDir(context: Context, prefix = TEMPORARY_PREFIX): Promise<string> {
  await makeCacheDir(context);
  return mkdtemp(join(context.cacheDir, `${prefix}${process.pid}-`));
}

/** Makes the cache folder; throws ToolchainError with what to do when that is not allowed. */
export async function makeCacheDir(context: Context): Promise<void> {
  try {
    await mkdir(context.cacheDir, { recursive: true });
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') throw error;
    throw new ToolchainError(
      `The cache folder ${context.cacheDir} cannot be made: ${messageOf(error)}. ` +
        'Make it writable, or set XDG_CACHE_HOME to a folder that is.',
    );
  }
}
