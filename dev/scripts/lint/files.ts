import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'dax';
import { root } from '../root.ts';

/** A text file of the repository; `path` is relative to the root. */
export interface SourceFile {
  path: string;
  content: string;
}

/** Reads all regular text files that git knows or would add. */
export async function repositoryFiles(): Promise<SourceFile[]> {
  const listed = await $`git -C ${root} ls-files --cached --others --exclude-standard -z`.text();
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '');
  const files = await Promise.all(paths.map(readText));
  return files.filter((file) => file !== undefined);
}

async function readText(path: string): Promise<SourceFile | undefined> {
  try {
    const content = await readFile(join(root, path), 'utf8');
    return content.includes('\0') ? undefined : { path, content };
  } catch {
    // Deleted since git listed it, or a link to a folder.
    return undefined;
  }
}
