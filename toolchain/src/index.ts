import { dirname } from 'node:path';
import type { ToolName } from './catalog.ts';
import { contextOf, type ProvideOptions } from './context.ts';
import { moduleDir } from './go.ts';
import { provide } from './provide.ts';
import { storedStages } from './stages.ts';

export { TOOL_NAMES, type ToolName } from './catalog.ts';
export type { ProvideOptions } from './context.ts';
export { ToolchainError } from './errors.ts';
export { linkTools } from './link.ts';

/**
 * Provides the tools of `names` and returns their absolute paths (only those that were asked for are there). Each
 * comes from `$PATH` with a fitting version, the user's cache, a verified download, or a Go build, in this order;
 * long steps are told to `options.log`. With an `architecture` (by its OCI name) that is not this machine's they are
 * for Linux on that one, and never come from `$PATH`. Throws ToolchainError with a message for people.
 */
export async function provideTools(
  names: readonly ToolName[],
  options: ProvideOptions,
  architecture?: 'amd64' | 'arm64',
): Promise<Record<ToolName, string>> {
  const context = contextOf(options);
  if (architecture !== undefined) context.architecture = architecture === 'amd64' ? 'x64' : 'arm64';
  return (await provide(context, names)) as Record<ToolName, string>;
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
 * The folder of the Go module `importPath` in the version pinned by `toolchain/modules/<module>`, as in
 * `goModuleDir('kubernetes', 'k8s.io/kubernetes', …)`; downloaded if need be. Throws ToolchainError.
 */
export async function goModuleDir(
  module: string,
  importPath: string,
  options: ProvideOptions,
): Promise<string> {
  return moduleDir(contextOf(options), module, importPath);
}
