import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { root } from '../root.ts';

/** What a text imports, at once or later, that may be a module of this repository. */
const IMPORT = /(?:from|import)\s*\(?\s*'((?:\.{1,2}\/[^']+\.ts)|@kubestellar\/[^']+)'/g;

/** Follows imports by relative paths, and those of our packages that it knows; each module is read once. */
export class Imports {
  readonly #direct = new Map<string, Promise<readonly string[]>>();
  readonly #packages: ReadonlyMap<string, string>;

  /** @param packages modules, relative to the root, by what they are imported as; see readPackages */
  constructor(packages: ReadonlyMap<string, string> = new Map()) {
    this.#packages = packages;
  }

  /** @returns the module and all that it leads to, relative to the root */
  async closureOf(module: string): Promise<Set<string>> {
    const found = new Set([module]);
    for (const each of found) for (const imported of await this.#importsOf(each)) found.add(imported);
    return found;
  }

  #importsOf(module: string): Promise<readonly string[]> {
    const known = this.#direct.get(module) ?? this.#readImports(module);
    this.#direct.set(module, known);
    return known;
  }

  async #readImports(module: string): Promise<string[]> {
    const text = await readFile(join(root, module), 'utf8');
    const paths = [...text.matchAll(IMPORT)].flatMap(([, name = '']) =>
      name.startsWith('.') ? normalize(join(dirname(module), name)) : (this.#packages.get(name) ?? []),
    );
    // Tests of tools have sources in texts.
    return paths.filter((path) => existsSync(join(root, path)));
  }
}

/** @returns the modules of this repository that are imported by the name of a package */
export async function readPackages(): Promise<Map<string, string>> {
  const { workspaces } = await readJson<{ workspaces: string[] }>('package.json');
  const found = new Map<string, string>();
  for (const folder of workspaces) {
    const { name, exports = {} } = await readJson<{ name: string; exports?: Record<string, string> }>(
      join(folder, 'package.json'),
    );
    for (const [path, module] of Object.entries(exports)) found.set(join(name, path), join(folder, module));
  }
  return found;
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(root, path), 'utf8')) as T;
}
