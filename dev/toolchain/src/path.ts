import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, isAbsolute, join, sep } from 'node:path';
import { type ToolName, toolOf, withPatchLevel } from './catalog.ts';
import type { Context } from './context.ts';
import { askVersion, fits } from './version.ts';

/** What the search of `$PATH` gave: the path of a fitting program, or why each one that is there does not fit. */
export interface PathSearch {
  path?: string;
  unfit: string[];
}

/** Searches all of `$PATH` for a program called `name` whose version fits; the first that fits wins. */
export async function searchPath(context: Context, name: ToolName): Promise<PathSearch> {
  const tool = toolOf(name);
  const unfit: string[] = [];
  const cacheDir = await realpath(context.cacheDir).catch(() => context.cacheDir);
  for (const path of await programsOnPath(context.env, name)) {
    // Links into our cache are what an earlier run made of it; the cache itself knows which version is wanted.
    if (path.startsWith(cacheDir + sep)) continue;
    const told = await askVersion(tool, path, context.env, context.signal);
    if (told !== undefined && fits(tool, told)) return { path, unfit };
    const reason =
      told === undefined
        ? 'it does not tell its version'
        : `version ${withPatchLevel(told.version, told.patchLevel)}`;
    unfit.push(`${path} (${reason})`);
  }
  return { unfit };
}

/** All executable files called `name` on `$PATH`, in order, each file once. */
export async function programsOnPath(env: NodeJS.ProcessEnv, name: string): Promise<string[]> {
  const found = new Set<string>();
  for (const dir of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(dir, name);
    if (!(await isExecutable(path))) continue;
    const real = await realpath(path);
    // A link to a program of another name is a shim that looks at the name it is called by: keep that.
    found.add(basename(real) === name ? real : path);
  }
  return [...found];
}

/** Whether `path` is a file that this user may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
