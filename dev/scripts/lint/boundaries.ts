import { posix } from 'node:path';
import type { SourceFile } from './files.ts';

/** The libraries for those who talk to servers and decide by our rules; what may import these may import all of them. */
const LIBRARIES = ['api', 'lib/kube', 'lib/pki', 'lib/process', 'lib/program', 'lib/rules'];

/**
 * What each part may import beside itself, by folder. The libraries lie at the bottom and import no product; what
 * users run (controllers, syncer, proxy, operator, cli) imports neither what ships it nor what develops or tests it, and
 * no program imports another (an object crosses each border once, through one module).
 */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  api: [],
  'lib/pki': [],
  'lib/process': [],
  'lib/kube': ['api'],
  'lib/program': ['api', 'lib/kube'],
  'lib/rules': ['api', 'lib/kube'],
  'lib/testing': ['api', 'lib/kube'],
  controllers: LIBRARIES,
  syncer: LIBRARIES,
  proxy: LIBRARIES,
  operator: LIBRARIES,
  cli: LIBRARIES,
  'release/packaging': ['dev/toolchain'],
  images: ['api', 'lib/process', 'dev/toolchain', 'release/packaging'],
  release: ['api', 'lib/process', 'dev/toolchain', 'release/packaging'],
  'dev/toolchain': ['lib/process'],
  'dev/local': [...LIBRARIES, 'dev/toolchain'],
  'dev/bench': [...LIBRARIES, 'dev/toolchain', 'dev/local', 'images'],
  'dev/scripts': ['lib/process', 'dev/toolchain', 'lib/testing'],
  e2e: [...LIBRARIES, 'lib/testing', 'dev/toolchain', 'dev/local', 'images', 'release'],
};

/** What tests may import besides: what they are written with, certificates for their servers, and what runs programs. */
const FOR_TESTS = ['lib/testing', 'lib/pki', 'lib/process'];

/** The folder of each workspace by its name without `@kubestellar/`, which is the folder's own. */
const FOLDERS = new Map(Object.keys(ALLOWED).map((folder) => [posix.basename(folder), folder]));

/** Static and dynamic imports and re-exports, types included. */
const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|\bimport\('([^']+)'\)/g;

/** Returns one line per import that crosses a boundary, and per source file that belongs to no part. */
export function checkBoundaries(files: SourceFile[]): string {
  return files
    .filter(({ path }) => /\.(ts|mjs)$/.test(path))
    .flatMap(violations)
    .join('\n');
}

function violations(file: SourceFile): string[] {
  const from = partOf(file.path);
  if (from === undefined)
    return [`${file.path}: belongs to no part (dev/scripts/lint/boundaries.ts lists them)`];
  return importsOf(file).flatMap((specifier) => violation(file.path, from, specifier));
}

function importsOf({ content }: SourceFile): string[] {
  return [...content.matchAll(IMPORT)].flatMap((match) => match[1] ?? match[2] ?? []);
}

/** A part of the repository; each controller is one of its own. */
interface Part {
  folder: string;
  name: string;
}

function violation(path: string, from: Part, specifier: string): string[] {
  const target = resolve(path, specifier);
  const to = target === undefined ? undefined : partOf(target);
  if (to === undefined || from.name === to.name) return [];
  if (specifier.startsWith('.') && from.folder !== to.folder && from.folder !== 'dev/scripts') {
    return [`${path}: imports "${specifier}" by path; other workspaces are imported as @kubestellar/<name>`];
  }
  const may = [...(ALLOWED[from.folder] ?? []), ...(path.endsWith('.test.ts') ? FOR_TESTS : [])];
  if (may.includes(to.folder)) return [];
  return [`${path}: ${from.name} must not import ${to.name} ("${specifier}")`];
}

/** The path in this repository that an import leads to; undefined for packages. */
function resolve(path: string, specifier: string): string | undefined {
  const workspace = /^@kubestellar\/([^/]+)/.exec(specifier)?.[1];
  if (workspace !== undefined) return `${FOLDERS.get(workspace) ?? workspace}/src/index.ts`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** The part that a path belongs to: the innermost folder that is one. */
function partOf(path: string): Part | undefined {
  const [first = '', second = ''] = path.split('/');
  const folder = [`${first}/${second}`, first].find((candidate) => candidate in ALLOWED);
  if (folder === undefined) return undefined;
  return { folder, name: folder === 'controllers' ? `${folder}/${second}` : folder };
}
