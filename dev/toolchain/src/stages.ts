import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDir } from './cache.ts';
import { TOOLS } from './catalog.ts';
import type { Context } from './context.ts';
import { moduleDir } from './go.ts';

/** The stages that make kwok's nodes Ready with a lease and its pods run, in folders of kwok's Go module. */
const STAGE_FOLDERS = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'] as const;

/**
 * Paths of kwok's stage files, each to be given to kwok by `--config`. They are copied once from kwok's Go module
 * into the cache, beside kwok itself, because a cached tool must not need Go. Throws ToolchainError.
 */
export async function storedStages(context: Context): Promise<string[]> {
  const dir = join(context.cacheDir, 'kwok', `${TOOLS.kwok.module.version}-stages`);
  const stored = await stageFiles(dir);
  if (stored.length > 0) return stored.map((file) => join(dir, file));

  const source = join(await moduleDir(context, 'kwok', 'sigs.k8s.io/kwok'), 'kustomize', 'stage');
  const temporary = await temporaryDir(context, '.stages-');
  try {
    for (const folder of STAGE_FOLDERS) {
      for (const file of await stageFiles(join(source, folder))) {
        await copyFile(join(source, folder, file), join(temporary, `${folder.replaceAll('/', '-')}.${file}`));
      }
    }
    await mkdir(join(context.cacheDir, 'kwok'), { recursive: true });
    await rename(temporary, dir);
  } catch (error) {
    // Another process was quicker, or the copy failed: the former is as good as ours.
    if ((await stageFiles(dir)).length === 0) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return (await stageFiles(dir)).map((file) => join(dir, file));
}

async function stageFiles(dir: string): Promise<string[]> {
  const files = await readdir(dir).catch((): string[] => []);
  return files.filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml').sort();
}
