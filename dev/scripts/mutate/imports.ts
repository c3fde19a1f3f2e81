import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { root } from '../root.ts';

/** Modules of this repository that a text imports by a relative path, at once or later. */
const IMPORT = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.ts)'/g;

/** Follows imports by relative paths; each module is read once. */
export class Imports {
  readonly #direct = new Map<string, Promise<readonly string[]>>();

  /** @returns the module and all that it leads to, relative to the root */
  async closureOf(module: string): Promise<Set<string>> {
    const found = new Set([module]);
    for (const each of found) for (const imported of await this.#importsOf(each)) found.add(imported);
    return found;
  }

  #importsOf(module: string): Promise<readonly string[]> {
    const known = this.#direct.get(module) ?? readImports(module);
    this.#direct.set(module, known);
    return known;
  }
}

async function readImports(module: string): Promise<string[]> {
  const text = await readFile(join(root, module), 'utf8');
  const paths = [...text.matchAll(IMPORT)].map(([, path = '']) => normalize(join(dirname(module), path)));
  // Tests of tools have sources in texts.
  return paths.filter((path) => existsSync(join(root, path)));
}
