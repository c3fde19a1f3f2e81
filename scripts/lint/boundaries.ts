import { posix } from 'node:path';
import type { SourceFile } from './files.ts';

/**
 * What each part may import beside itself. Every part may import api/ and kube/ but these two, which lie at the
 * bottom; no program imports another (design: an object crosses each border once, through one module).
 */
const allowed: Record<string, string[]> = {
  api: [],
  kube: ['api'],
  toolchain: [],
  testing: [],
  controllers: ['api', 'kube'],
  syncer: ['api', 'kube'],
  view: ['api', 'kube'],
  operator: ['api', 'kube'],
  cli: ['api', 'kube'],
  local: ['api', 'kube', 'toolchain'],
  packaging: ['toolchain'],
  images: ['api', 'kube', 'toolchain', 'packaging'],
  release: ['api', 'toolchain', 'packaging'],
  e2e: ['api', 'kube', 'toolchain', 'local', 'images', 'release', 'testing'],
  bench: ['api', 'kube', 'toolchain', 'local', 'images'],
  scripts: ['toolchain', 'testing'],
};

/** Static and dynamic imports and re-exports, types included. */
const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|\bimport\('([^']+)'\)/g;

/** Returns one line per import that crosses a boundary. */
export function checkBoundaries(files: SourceFile[]): string {
  return files
    .filter(({ path }) => /\.(ts|mjs)$/.test(path))
    .flatMap((file) => importsOf(file).flatMap((target) => violation(file.path, target)))
    .join('\n');
}

function importsOf({ content }: SourceFile): string[] {
  return [...content.matchAll(IMPORT)].flatMap((match) => match[1] ?? match[2] ?? []);
}

function violation(path: string, specifier: string): string[] {
  const target = resolve(path, specifier);
  if (target === undefined) return [];
  const from = partOf(path);
  const to = partOf(target);
  if (from === undefined || to === undefined || from.name === to.name) return [];
  if (specifier.startsWith('.') && from.folder !== to.folder && from.folder !== 'scripts') {
    return [`${path}: imports "${specifier}" by path; other workspaces are imported as @kubestellar/<name>`];
  }
  const may = [...(allowed[from.folder] ?? []), ...(path.endsWith('.test.ts') ? ['testing'] : [])];
  if (may.includes(to.folder)) return [];
  return [`${path}: ${from.name} must not import ${to.name} ("${specifier}")`];
}

/** The path in this repository that an import leads to; undefined for packages. */
function resolve(path: string, specifier: string): string | undefined {
  const workspace = /^@kubestellar\/([^/]+)/.exec(specifier)?.[1];
  if (workspace !== undefined) return `${workspace}/src/index.ts`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** The part that a path belongs to; each controller is one of its own. */
function partOf(path: string): { folder: string; name: string } | undefined {
  const [folder = '', second = ''] = path.split('/');
  if (!(folder in allowed)) return undefined;
  return { folder, name: folder === 'controllers' ? `${folder}/${second}` : folder };
}
