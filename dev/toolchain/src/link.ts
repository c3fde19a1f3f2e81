import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TOOL_NAMES, type ToolName } from './catalog.ts';

/** Further names of a tool; kubectl finds its plugins by their names. */
const ALIASES: Partial<Record<ToolName, readonly string[]>> = { 'kubectl-ws': ['kubectl-workspace'] };

/**
 * Makes `<dir>/<tool>` a link to each path, and `<dir>/kubectl-workspace` one to kubectl-ws. An existing link is
 * replaced in one step, so that a command running meanwhile finds the old or the new one.
 */
export async function linkTools(dir: string, paths: Partial<Record<ToolName, string>>): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const name of TOOL_NAMES) {
    const path = paths[name];
    if (path === undefined) continue;
    for (const linkName of [name, ...(ALIASES[name] ?? [])])
      await link(resolve(dir, linkName), resolve(path));
  }
}

async function link(at: string, to: string): Promise<void> {
  // `dir` may itself be on $PATH and be where the tool was found.
  if (at === to) return;
  const temporary = join(`${at}.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  await symlink(to, temporary);
  await rename(temporary, at);
}
