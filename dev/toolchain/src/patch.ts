import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '@kubestellar/process';
import type { GoModule } from './catalog.ts';
import { type Context, throwIfAborted } from './context.ts';
import { codeOf, ToolchainError } from './errors.ts';
import { explainGoFailure } from './explain.ts';
import { downloadModule, type Go, goEnv } from './go.ts';
import type { Patch } from './kcp-patches.ts';

/**
 * Makes the folder `dir` a copy of `module` in which the Go modules of `patches` are replaced by patched copies.
 * Go builds there what it would build in `modules/<folder>`. (The module cache itself is Go's and read-only, and
 * `go build -overlay` refuses files in it. A copied go.mod rather than `-modfile`, since it can name the copies by
 * relative paths: Go writes these into the binary, which must not depend on the build's folder.) Throws ToolchainError when a patch does not fit.
 */
export async function patchedModule(
  context: Context,
  go: Go,
  module: GoModule,
  patches: readonly Patch[],
  dir: string,
): Promise<void> {
  await mkdir(dir);
  for (const file of ['go.mod', 'go.sum']) {
    await writeFile(join(dir, file), await readFile(join(context.modulesDir, module.folder, file)));
  }
  for (const [importPath, members] of Map.groupBy(patches, (patch) => patch.module)) {
    // Downloading what is there already only compares it with go.sum, which Go does not do for a replaced module.
    const original = await downloadModule(context, go, module.folder, importPath);
    const copy = join(dir, importPath);
    await copyTree(original, copy);
    for (const patch of members) await applyPatch(copy, patch);
    await replaceModule(context, go, dir, importPath);
    context.log(`  patched ${members.map(({ file }) => `${importPath}/${file}`).join(', ')}`);
  }
}

/** Copies a folder of Go's module cache; unlike there, the copy's folders can be written to and removed. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else await copyFile(source, target);
  }
}

/** Applies `patch` to the copy of its module in `dir`. Throws ToolchainError when it does not fit. */
async function applyPatch(dir: string, patch: Patch): Promise<void> {
  const path = join(dir, patch.file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw misfit(patch, 'the file is not there');
    throw error;
  });
  const patched = patchText(text, patch);
  // The copy is as read-only as the original.
  await rm(path);
  await writeFile(path, patched);
}

/** `text` with the patch's insertion after its anchor. Throws ToolchainError unless the anchor occurs exactly once. */
export function patchText(text: string, patch: Patch): string {
  const [before, after, ...more] = text.split(patch.after);
  if (before === undefined || after === undefined || more.length > 0) {
    const count = more.length + (after === undefined ? 0 : 1);
    throw misfit(patch, `its anchor occurs ${count} times, it must occur once`);
  }
  return before + patch.after + patch.insert + after;
}

function misfit(patch: Patch, problem: string): ToolchainError {
  return new ToolchainError(
    `The patch of ${patch.file} in the Go module ${patch.module} does not fit: ${problem}. ` +
      `Building without it would bring back a defect: ${patch.why} The pinned version has probably changed: see ` +
      'whether it still needs the patch, and adapt or remove it in dev/toolchain/src/kcp-patches.ts (docs/toolchain.md).',
  );
}

async function replaceModule(context: Context, go: Go, dir: string, importPath: string): Promise<void> {
  const result = await runChild(go.command, ['mod', 'edit', `-replace=${importPath}=./${importPath}`], {
    cwd: dir,
    env: goEnv(context.env),
    signal: context.signal,
  });
  throwIfAborted(context);
  if (result.code !== 0) {
    throw new ToolchainError(explainGoFailure(`Replacing the Go module ${importPath}`, result.stderr));
  }
}
