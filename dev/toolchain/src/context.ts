import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OWN_PLATFORM, type Platform } from './catalog.ts';
import { ToolchainError } from './errors.ts';

/** What callers give: where progress goes (one plain line per call) and what ends the work early. */
export interface ProvideOptions {
  log: (line: string) => void;
  signal?: AbortSignal;
}

/** The surroundings of one call; tests make their own. */
export interface Context extends ProvideOptions {
  env: NodeJS.ProcessEnv;
  /** `<user's cache folder>/kubestellar/tools`. */
  cacheDir: string;
  /** `dev/toolchain/modules` of this clone. */
  modulesDir: string;
  /** What the tools are to run on; default this machine. If given, they are never taken from `$PATH`. */
  platform?: Platform;
}

/** The context of this process, user and clone; throws ToolchainError when the Go modules are not found. */
export function contextOf(options: ProvideOptions): Context {
  return { ...options, env: process.env, cacheDir: cacheDirOf(process.env), modulesDir: findModulesDir() };
}

/** The platform that `context` provides tools for. */
export function platformOf(context: { platform?: Platform }): Platform {
  return context.platform ?? OWN_PLATFORM;
}

/** The folder of all cached tools: one per user, so that every clone shares it (XDG base directories). */
function cacheDirOf(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'kubestellar', 'tools');
}

/** Looks upward from this file, because bundles in `dist/` contain this code too. */
function findModulesDir(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let dir = here; ; dir = dirname(dir)) {
    const candidate = join(dir, 'dev', 'toolchain', 'modules');
    if (existsSync(candidate)) return candidate;
    if (dir === dirname(dir)) break;
  }
  throw new ToolchainError(
    `The folder dev/toolchain/modules was not found above ${here}. Run the command from a whole clone of the repository.`,
  );
}

/** Throws ToolchainError when the caller has asked to stop. */
export function throwIfAborted(context: ProvideOptions): void {
  if (context.signal?.aborted) {
    throw new ToolchainError('Interrupted. Nothing is left half done; the next run goes on from here.');
  }
}

/** `ms` as people write it: `45 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
