import { dirname } from 'node:path';
import { type Platform, type ToolName, toolOf, versionOf } from './catalog.ts';
import { contextOf, type ProvideOptions } from './context.ts';
import { moduleDir } from './go.ts';
import { provide } from './provide.ts';
import { storedStages } from './stages.ts';

export { type Platform, TOOL_NAMES, type ToolName } from './catalog.ts';
export type { ProvideOptions } from './context.ts';
export { ToolchainError } from './errors.ts';
export { linkTools } from './link.ts';

/**
 * Provides the tools of `names` and returns their absolute paths (only those that were asked for are there). Each
 * comes from `$PATH` with a fitting version, the user's cache, a verified download, or a Go build, in this order;
 * long steps are told to `options.log`. With a `platform` they are for that one, cross-compiled if need be, and never
 * come from `$PATH`: what is given to others is our own build. Throws ToolchainError with a message for people.
 */
export async function provideTools(
  names: readonly ToolName[],
  options: ProvideOptions,
  platform?: Platform,
): Promise<Record<ToolName, string>> {
  const context = contextOf(options);
  if (platform !== undefined) context.platform = platform;
  return (await provide(context, names)) as Record<ToolName, string>;
}

/** The version of `name` that is provided, with our patch level, as in `v0.31.2+kubestellar.1`. */
export function toolVersion(name: ToolName): string {
  return versionOf(toolOf(name).module);
}

/** The user's cache folder of this project, for all clones; may not exist yet. */
export function cacheFolder(): string {
  return dirname(contextOf({ log: () => {} }).cacheDir);
}

/**
 * Paths of the stage files that kwok needs by `--config` to make nodes Ready and pods run. Throws ToolchainError
 * when they are not cached and can't be fetched.
 */
export async function kwokStages(options: ProvideOptions): Promise<string[]> {
  return storedStages(contextOf(options));
}

/**
 * The folder of the Go module `importPath` in the version pinned by `dev/toolchain/modules/<module>`, as in
 * `goModuleDir('kubernetes', 'k8s.io/kubernetes', …)`; downloaded if need be. Throws ToolchainError.
 */
export async function goModuleDir(
  module: string,
  importPath: string,
  options: ProvideOptions,
): Promise<string> {
  return moduleDir(contextOf(options), module, importPath);
}
