import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootId } from '@kubestellar/process';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { isRoot } from '../packages.ts';
import { kindFolder } from './folder.ts';

/** What the kubelet in a node sets, although it holds for the whole machine (its container manager). */
const SETTINGS = ['kernel/panic', 'kernel/panic_on_oops', 'vm/overcommit_memory'] as const;

interface Saved {
  /** The kernel's id of this boot: after the next one, nothing is changed any more. */
  boot: string;
  values: Partial<Record<(typeof SETTINGS)[number], string>>;
}

/**
 * Notes the machine's settings that nodes change. Only the first call since the machine's start does: later ones
 * could see what a node has made of them already.
 */
export async function saveSettings(context: Context): Promise<void> {
  if (process.platform !== 'linux' || !isRoot()) return;
  const boot = bootId();
  if ((await readSaved(context))?.boot === boot) return;
  const saved: Saved = { boot, values: {} };
  for (const name of SETTINGS) {
    const value = await readFile(`/proc/sys/${name}`, 'utf8').catch(() => undefined);
    if (value !== undefined) saved.values[name] = value.trim();
  }
  const path = await savedPath(context);
  await writeFile(`${path}.tmp`, JSON.stringify(saved));
  await rename(`${path}.tmp`, path);
}

/** Puts the machine's settings back to what `saveSettings` has noted; what can't be set is told. */
export async function restoreSettings(context: Context): Promise<void> {
  const saved = await readSaved(context);
  if (saved === undefined || saved.boot !== bootId()) return;
  for (const [name, value] of Object.entries(saved.values)) {
    try {
      const path = `/proc/sys/${name}`;
      if ((await readFile(path, 'utf8')).trim() !== value) await writeFile(path, value);
    } catch (error) {
      context.log(`${name.replace('/', '.')} could not be put back to ${value} (${codeOf(error)})`);
    }
  }
}

async function readSaved(context: Context): Promise<Saved | undefined> {
  try {
    return JSON.parse(await readFile(await savedPath(context), 'utf8')) as Saved;
  } catch {
    return undefined;
  }
}

async function savedPath(context: Context): Promise<string> {
  return join(await kindFolder(context), 'sysctl.json');
}
