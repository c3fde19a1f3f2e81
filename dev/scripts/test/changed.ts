import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'dax';
import { programs as mains } from '../build/bundle.ts';
import { Imports, readPackages } from '../mutate/imports.ts';
import { root } from '../root.ts';

/** Texts for people, which only the static checks read. */
const TEXT = /(^|\/)(LICENSE|[^/]+\.md)$/;
/** Modules whose imports tell what they can affect. */
const MODULE = /\.(ts|mjs)$/;
/** Folders of what only a deployed core shows: how the programs are packaged, and what is deployed beside them. */
export const PACKAGED = ['operator', 'chart', 'images', 'release'];
/** The end-to-end tests of these. */
const OF_PACKAGED = /^e2e\/(hosted\/|install\/(chart|images|bootstrap))/;
/** End-to-end tests that run the proxy and no other program, and those that run none. */
const OF_PROXY = /^e2e\/security\/(smuggling|proxy-)/;
const PROXY = 'workspace-proxy';
const OF_SUPPORT = /^e2e\/support\//;
/** Folders of what can affect every test: the runner, what starts a task, how things are built, the tools. */
export const SHARED = [
  'dev/scripts/test',
  'dev/scripts/task',
  'dev/scripts/build',
  'lib/testing',
  'dev/toolchain/modules',
  '.ci',
];
/** Files in the root are settings of tools, or say what is installed. */
const SETTINGS = /^[^/]+$/;

/** What decides which tests a change can affect. */
export interface Change {
  /** Paths of changed files, relative to the root, of removed ones too. */
  readonly changed: readonly string[];
  /** All modules that a test file leads to by its imports, itself included. */
  readonly modulesOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** The main modules of the programs, which the end-to-end tests run, with all that they lead to. */
  readonly programs: ReadonlySet<string>;
  /** The same of the proxy alone. */
  readonly proxy: ReadonlySet<string>;
}

/** @returns those of the test files that the change can affect: rather too many than too few */
export function affectedBy({ changed, modulesOf, programs, proxy }: Change): string[] {
  const relevant = changed.filter((path) => !TEXT.test(path));
  return [...modulesOf.keys()].filter((test) => relevant.some((path) => affects(path, test)));

  function affects(path: string, test: string): boolean {
    if (SETTINGS.test(path) || isBelow(path, SHARED)) return true;
    if (modulesOf.get(test)?.has(path)) return true;
    // A unit test may start what it does not import, and there are few of one part.
    if (!test.startsWith('e2e/')) return partOf(path) === partOf(test);
    if (OF_SUPPORT.test(test)) return false;
    if (isBelow(path, PACKAGED)) return OF_PACKAGED.test(test);
    if (OF_PROXY.test(test) && programs.has(path)) return proxy.has(path);
    // What is no module, or no more, is used by nobody knows whom.
    return programs.has(path) || !isModule(path);
  }
}

/**
 * @param base a revision of git; default: where this branch has left the main one
 * @param tests all test files
 * @returns those that the difference of the working tree to the base can affect
 */
export async function changedTests(base: string | undefined, tests: readonly string[]): Promise<string[]> {
  const imports = new Imports(await readPackages());
  const modulesOf = new Map<string, ReadonlySet<string>>();
  for (const test of tests) modulesOf.set(test, await imports.closureOf(test));
  const programs = new Set<string>();
  for (const main of Object.values(mains))
    for (const module of await imports.closureOf(main)) programs.add(module);
  const proxy = await imports.closureOf(mains[PROXY] ?? '');
  return affectedBy({ changed: await changedFiles(base), modulesOf, programs, proxy });
}

async function changedFiles(base: string | undefined): Promise<string[]> {
  const from = base ?? (await mainBranch());
  const listed = await Promise.all([
    git('diff', '--name-only', '--no-renames', '--merge-base', from),
    git('ls-files', '--others', '--exclude-standard'),
  ]);
  return listed.join('\n').split('\n').filter(Boolean);
}

/** The one that others see, where there is one. */
async function mainBranch(): Promise<string> {
  const isThere = await git('rev-parse', '--verify', '--quiet', 'origin/main').catch(() => '');
  return isThere === '' ? 'main' : 'origin/main';
}

const git = (...args: string[]): Promise<string> => $`git ${args}`.cwd(root).text();

const partOf = (path: string) => path.split('/', 1)[0];
const isBelow = (path: string, folders: readonly string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const isModule = (path: string) => MODULE.test(path) && existsSync(join(root, path));
