import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { runChild } from '@kubestellar/process';
import type { GoModule } from './catalog.ts';
import { type Context, throwIfAborted } from './context.ts';
import { ToolchainError } from './errors.ts';
import type { Go } from './go.ts';

const GB = 1e9;
/** Even with full caches a build links programs of 100 MB in a temporary folder and moves them. */
const WARM_GIGABYTES = 1;
/** Above this Go's caches are worth a word. */
const LARGE_GIGABYTES = 5;
const DU_TIMEOUT_MS = 60_000;

/**
 * Throws ToolchainError when the disk of Go's build cache cannot hold the builds of `modules`. What the build
 * cache holds already counts as done, so that an interrupted first build is not refused the second time.
 */
export async function requireDiskSpace(
  context: Context,
  go: Go,
  modules: readonly GoModule[],
): Promise<void> {
  const cold = modules.reduce((sum, module) => sum + module.coldGigabytes, 0);
  const needed = Math.max(WARM_GIGABYTES, cold - (await sizeOf(context, go.cacheDir)));
  throwIfAborted(context);
  for (const dir of [go.cacheDir, context.cacheDir]) {
    const free = await freeSpace(dir);
    // Our own cache gets only the finished programs.
    const enough = dir === go.cacheDir ? needed : WARM_GIGABYTES;
    if (free >= enough) continue;
    throw new ToolchainError(
      `Not enough disk space to build ${modules.map(({ folder }) => folder).join(', ')}: about ${enough.toFixed(1)} GB ` +
        `are needed where ${dir} lies, ${free.toFixed(1)} GB are free. Free some, or set ` +
        `${dir === go.cacheDir ? 'GOCACHE and GOMODCACHE' : 'XDG_CACHE_HOME'} to a folder on a bigger disk.`,
    );
  }
}

/** One line about Go's caches when they are large, undefined otherwise. */
export async function cacheAdvice(context: Context, go: Go): Promise<string | undefined> {
  const [builds, modules] = await Promise.all([sizeOf(context, go.cacheDir), sizeOf(context, go.modulesDir)]);
  if (builds + modules < LARGE_GIGABYTES) return undefined;
  return (
    `Go's caches take ${(builds + modules).toFixed(1)} GB (builds ${builds.toFixed(1)}, modules ${modules.toFixed(1)}); ` +
    'the tools do not need them any more: "go clean -cache -modcache" empties them'
  );
}

/** Free space for this user in GB where `dir` lies or will lie. */
async function freeSpace(dir: string): Promise<number> {
  for (let existing = dir; ; existing = dirname(existing)) {
    try {
      await stat(existing);
      const { bavail, bsize } = await statfs(existing);
      return (bavail * bsize) / GB;
    } catch (error) {
      if (existing === dirname(existing)) throw error;
    }
  }
}

/** Disk use of a folder in GB; 0 when it is not there or not counted within a minute. */
async function sizeOf(context: Context, dir: string): Promise<number> {
  const { env, signal } = context;
  const { stdout } = await runChild('du', ['-sk', dir], { env, signal, limitMs: DU_TIMEOUT_MS });
  return (Number.parseInt(stdout, 10) * 1024) / GB || 0;
}
