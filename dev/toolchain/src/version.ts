import { runChild } from '@kubestellar/process';
import { patchLevelOf, type Tool } from './catalog.ts';

/** Longer than any of the tools needs, even while a build uses all cores. */
const VERSION_TIMEOUT_MS = 5_000;

/** What a program tells of its version. */
export interface ToldVersion {
  /** `major.minor`. */
  version: string;
  /** See `patchLevelOf`. */
  patchLevel: number;
}

/**
 * Asks the program at `path` for its version with the tool's own version command. Returns undefined
 * when it does not answer in time or says something else.
 */
export async function askVersion(
  tool: Tool,
  path: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<ToldVersion | undefined> {
  const { stdout, stderr } = await runChild(path, tool.versionArgs, {
    env,
    signal,
    limitMs: VERSION_TIMEOUT_MS,
  });
  const match = tool.versionPattern.exec(stdout) ?? tool.versionPattern.exec(stderr);
  if (!match?.[1] || !match[2]) return undefined;
  return { version: `${match[1]}.${match[2]}`, patchLevel: Number(match[3] ?? 0) };
}

/** Whether the version lies between the tool's lowest and highest, both included, and the program has our patches. */
export function fits(tool: Tool, { version, patchLevel }: ToldVersion): boolean {
  const [lowest, highest] = tool.fits;
  if (patchLevel !== patchLevelOf(tool.module)) return false;
  return compareVersions(version, lowest) >= 0 && compareVersions(version, highest) <= 0;
}

/** Compares `1.9` and `1.36` by their numbers; negative, zero or positive like a sort's comparison. */
export function compareVersions(left: string, right: string): number {
  const a = left.split('.').map(Number);
  const b = right.split('.').map(Number);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
