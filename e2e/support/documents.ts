import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './local.ts';

/** The `sh` blocks of a document of the clone, in their order. */
export async function shellBlocks(document: string): Promise<string[]> {
  const text = await readFile(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1] ?? '');
}
