import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lock } from '@kubestellar/process';
import { build } from './build.ts';
import { admit, cachedPath, downloadedPath, TEMPORARY_PREFIX, temporaryDir } from './cache.ts';
import {
  type GoModule,
  patchLevelOf,
  TOOL_NAMES,
  type ToolName,
  toolOf,
  versionOf,
  withPatchLevel,
} from './catalog.ts';
import { type Context, platformOf, throwIfAborted } from './context.ts';
import { cacheAdvice, requireDiskSpace } from './disk.ts';
import { DownloadError, download } from './download.ts';
import { codeOf, messageOf, ToolchainError } from './errors.ts';
import { findGo } from './go.ts';
import { withLock } from './lock.ts';
import { type PathSearch, searchPath } from './path.ts';
import { storedStages } from './stages.ts';

type Paths = Partial<Record<ToolName, string>>;

/**
 * Finds or makes each tool of `names`: on `$PATH` with a fitting version, in the user's cache, by a verified
 * download, by a Go build. Returns absolute paths; throws ToolchainError.
 */
export async function provide(context: Context, names: readonly ToolName[]): Promise<Paths> {
  const wanted = TOOL_NAMES.filter((name) => names.includes(name));
  const searches = new Map(
    await Promise.all(wanted.map(async (name) => [name, await search(context, name)] as const)),
  );
  throwIfAborted(context);
  const paths: Paths = {};
  for (const name of wanted) {
    const path = searches.get(name)?.path ?? (await cachedPath(context, name));
    if (path !== undefined) paths[name] = path;
  }
  const missing = wanted.filter((name) => paths[name] === undefined);
  if (missing.length === 0) return paths;

  try {
    await withLock(context, `providing ${missing.join(', ')}`, (lock) =>
      obtain(context, lock, missing, searches),
    );
  } catch (error) {
    throw toToolchainError(context, error);
  }
  for (const name of missing) {
    const path = await cachedPath(context, name);
    if (path === undefined)
      throw new ToolchainError(`${name} vanished from ${context.cacheDir}; run this again.`);
    paths[name] = path;
  }
  return paths;
}

async function search(context: Context, name: ToolName): Promise<PathSearch> {
  return context.platform === undefined ? searchPath(context, name) : { unfit: [] };
}

async function obtain(
  context: Context,
  lock: Lock,
  missing: readonly ToolName[],
  searches: ReadonlyMap<ToolName, PathSearch>,
): Promise<void> {
  await removeLeftovers(context);
  const unreachable = new Set<string>();
  const toBuild: ToolName[] = [];
  for (const name of missing) {
    // Whoever held the lock before us may have made it.
    if ((await cachedPath(context, name)) !== undefined) continue;
    for (const reason of searches.get(name)?.unfit ?? []) {
      context.log(`not using ${reason}: ${fittingVersions(name)}`);
    }
    if (!(await obtainByDownload(context, name, unreachable))) toBuild.push(name);
    throwIfAborted(context);
  }
  if (toBuild.length > 0) await buildAll(context, lock, toBuild);
}

function fittingVersions(name: ToolName): string {
  const { fits, module } = toolOf(name);
  const level = patchLevelOf(module);
  const [lowest, highest] = fits.map((version) => withPatchLevel(version, level));
  const patches = level === 0 ? '' : ' (built with our patches, see docs/toolchain.md)';
  return lowest === highest ? `only ${lowest}${patches} fits` : `${lowest} to ${highest}${patches} fit`;
}

/** Tries the catalog's download, if there is one; a host that does not answer is asked only once. */
async function obtainByDownload(
  context: Context,
  name: ToolName,
  unreachable: Set<string>,
): Promise<boolean> {
  const { module, downloads } = toolOf(name);
  const source = downloads?.[platformOf(context)];
  if (source === undefined || unreachable.has(new URL(source.url).host)) return false;
  context.log(`downloading ${name} ${versionOf(module)} from ${source.url}`);
  const temporary = await temporaryDir(context);
  try {
    await download(source, join(temporary, name), context.signal);
    await admit(join(temporary, name), downloadedPath(context, name));
    return true;
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throwIfAborted(context);
    if (!error.reachable) unreachable.add(new URL(source.url).host);
    context.log(`  ${error.message}; building it instead`);
    return false;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function buildAll(context: Context, lock: Lock, names: readonly ToolName[]): Promise<void> {
  const go = await findGo(context, `building ${names.join(', ')}`);
  const groups = new Map<GoModule, ToolName[]>();
  for (const name of names) {
    const { module } = toolOf(name);
    groups.set(module, [...(groups.get(module) ?? []), name]);
  }
  await requireDiskSpace(context, go, [...groups.keys()]);
  for (const [module, members] of groups) {
    await build(context, go, lock, module, members);
    if (members.includes('kwok')) await storedStages(context);
  }
  const advice = await cacheAdvice(context, go);
  if (advice !== undefined) context.log(advice);
}

/** Removes what killed builds left; only the holder of the lock may do that. */
export async function removeLeftovers(context: Context): Promise<void> {
  for (const entry of await readdir(context.cacheDir)) {
    if (entry.startsWith(TEMPORARY_PREFIX))
      await rm(join(context.cacheDir, entry), { recursive: true, force: true });
  }
}

function toToolchainError(context: Context, error: unknown): unknown {
  if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') {
    return new ToolchainError(
      `The disk of ${context.cacheDir} is full. Free some space or set XDG_CACHE_HOME, then run this again.`,
    );
  }
  if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' || codeOf(error) === 'EROFS') {
    return new ToolchainError(
      `The cache folder ${context.cacheDir} is not writable (${messageOf(error)}). ` +
        'Make it so, or set XDG_CACHE_HOME to a folder that is.',
    );
  }
  return error;
}
