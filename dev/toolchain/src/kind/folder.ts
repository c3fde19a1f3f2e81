import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';

/** The folder of everything that belongs to kind, beside the tools in the user's cache; made if need be. */
export async function kindFolder(context: Context): Promise<string> {
  const folder = join(dirname(context.cacheDir), 'kind');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  return folder;
}
