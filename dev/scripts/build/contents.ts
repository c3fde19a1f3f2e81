import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from '../root.ts';

/** What belongs to one program; dist/programs.json holds it for each, for whoever packs them. */
export interface ProgramContents {
  /** Its file and the chunks that it may import, relative to dist/. */
  files: string[];
  /** The npm packages in them, as `name@version`. */
  packages: string[];
}

/** The contents of each program by its name, from what esbuild tells of a build. */
export function contentsOf({ outputs }: Metafile): Record<string, ProgramContents> {
  const contents: Record<string, ProgramContents> = {};
  for (const [path, output] of Object.entries(outputs)) {
    if (output.entryPoint === undefined || !path.endsWith('.js')) continue;
    const files = reachable(outputs, path);
    const sources = files.flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const name = path.slice(folder.length, -'.js'.length);
    if (folder.endsWith('chunks/')) continue;
    contents[name] = {
      files: files.map((file) => file.slice(folder.length)).sort(),
      packages: [...new Set(sources.flatMap(packageOf))].sort(),
    };
  }
  return contents;
}

function reachable(outputs: Metafile['outputs'], from: string): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: next, external } of outputs[path]?.imports ?? []) if (external !== true) visit(next);
  };
  visit(from);
  return [...found];
}

function packageOf(source: string): string[] {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source.replace(/^[\w-]+:/, ''))?.[0];
  if (folder === undefined) return [];
  const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return [`${name}@${version}`];
}
