import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerEntry } from '@kubestellar/toolchain/oci';
import type { NodeRuntime } from './node.ts';
import { licenseNotices } from './notices.ts';
import { type Command, runCommand } from './run.ts';
import { type Target, targetName } from './target.ts';

/** Programs of this repository that are of no use to others: they work on a developer's machine. */
const LEFT_OUT = ['local', 'toolchain'];
/** Programs that only others start. */
const WORKERS = ['placement-translator-worker'];

/** Programs by the names that they had in earlier releases; what was written with those keeps working. */
const FORMER_NAMES: Readonly<Record<string, string>> = { 'wmw-view': 'workspace-proxy' };

/** Our programs as the build has them. */
export interface Bundles {
  /** Their files. */
  entries: LayerEntry[];
  /** The npm packages in them, as `name@version`. */
  packages: string[];
  /** The licences of those. */
  notices: string;
  /** The bundles that are programs of their own: all but `cli`, and what only others start. */
  programs: string[];
  /** The commands of `bin/`, each with the name of its bundle. */
  commands: { name: string; bundle: string }[];
}

/**
 * Reads what `npm run build` made in `<root>/dist`. `folder` is where the files will lie, `node` what runs them. The
 * time of the build that they tell is that of the commit, so that a rebuild gives the same bytes. Throws ToolchainError.
 */
export async function bundlesIn(
  command: Command,
  root: string,
  { folder, target, node }: { folder: string; target: Target; node: NodeRuntime },
): Promise<Bundles> {
  const dist = join(root, 'dist');
  const contents = JSON.parse(await readFile(join(dist, 'programs.json'), 'utf8')) as Record<
    string,
    { files: string[]; packages: string[] }
  >;
  const names = Object.keys(contents).filter((name) => !LEFT_OUT.includes(name));
  const files = new Set(names.flatMap((name) => contents[name]?.files ?? []));
  for (const file of await readdir(join(dist, 'api'))) files.add(`api/${file}`);
  const packages = [...new Set(names.flatMap((name) => contents[name]?.packages ?? []))];
  const programs = names.filter((name) => name !== 'cli' && !WORKERS.includes(name));
  return {
    entries: [
      ...[...files].map(
        (file): LayerEntry => ({ path: `${folder}/${file}`, type: 'file', from: join(dist, file) }),
      ),
      {
        path: `${folder}/version.json`,
        type: 'file',
        content: await versionDocument(command, root, target, node),
      },
      // The bundles are ES modules.
      { path: `${folder}/package.json`, type: 'file', content: '{"type":"module"}\n' },
    ],
    packages,
    notices: await licenseNotices(root, packages),
    programs,
    commands: await commandsIn(join(root, 'bin'), programs),
  };
}

/** Commands are the links to the launcher; `kubestellar-<program>` and a former name are other names of that program. */
async function commandsIn(folder: string, programs: readonly string[]): Promise<Bundles['commands']> {
  const commands: Bundles['commands'] = [];
  for (const name of (await readdir(folder)).sort()) {
    if ((await readlink(join(folder, name)).catch(() => '')) === '') continue;
    const program = FORMER_NAMES[name] ?? name;
    const bundle = programs.find((each) => program === each || program === `kubestellar-${each}`) ?? 'cli';
    commands.push({ name, bundle });
  }
  return commands;
}

async function versionDocument(
  command: Command,
  root: string,
  target: Target,
  node: NodeRuntime,
): Promise<string> {
  const built = JSON.parse(await readFile(join(root, 'dist', 'version.json'), 'utf8')) as object;
  const buildDate = (await commitDate(command, root)).toISOString().replace(/\.\d+Z$/, 'Z');
  const here = { buildDate, nodeVersion: `v${node.version}`, platform: targetName(target) };
  return `${JSON.stringify({ ...built, ...here }, null, 2)}\n`;
}

/** When the checked out commit was made; outside a git clone the beginning of time. */
export async function commitDate(command: Command, root: string): Promise<Date> {
  const seconds = await runCommand(command, 'git', ['-C', root, 'log', '-1', '--format=%ct']).catch(
    () => '0',
  );
  return new Date(Number(seconds) * 1000);
}
