import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM_NODE_FLAGS } from '@kubestellar/kube/process';
import type { LayerEntry } from '@kubestellar/toolchain/oci';
import { type Command, runCommand } from './run.ts';

/** Where the bundles lie in the image. */
const FOLDER = '/usr/lib/kubestellar/dist';
/** Where Node lies in the image. */
export const NODE_PATH = '/usr/local/bin/node';
/** Programs of this repository that are of no use in an image: they work on a developer's machine. */
const LEFT_OUT = ['local', 'toolchain'];

/**
 * Our programs as the build in `<root>/dist` has them, and a command for each in /usr/local/bin: all of bin/ and
 * every bundle by its own name. The time of the build is that of the commit, so that a rebuild gives the same.
 */
export async function programEntries(
  command: Command,
  root: string,
  platform: string,
): Promise<{ entries: LayerEntry[]; packages: string[] }> {
  const dist = join(root, 'dist');
  const contents = JSON.parse(await readFile(join(dist, 'programs.json'), 'utf8')) as Record<
    string,
    { files: string[]; packages: string[] }
  >;
  const names = Object.keys(contents).filter((name) => !LEFT_OUT.includes(name));
  const files = new Set(names.flatMap((name) => contents[name]?.files ?? []));
  for (const file of await readdir(join(dist, 'api'))) files.add(`api/${file}`);
  const entries: LayerEntry[] = [...files].map((file) => ({
    path: `${FOLDER}/${file}`,
    type: 'file',
    from: join(dist, file),
  }));
  entries.push({
    path: `${FOLDER}/version.json`,
    type: 'file',
    content: await versionDocument(command, root, platform),
  });
  // The bundles are ES modules.
  entries.push({ path: `${FOLDER}/package.json`, type: 'file', content: '{"type":"module"}\n' });

  const programs = names.filter((name) => name !== 'cli');
  for (const name of programs) entries.push(launcher(name, [...PROGRAM_NODE_FLAGS, `${FOLDER}/${name}.js`]));
  for (const name of await readdir(join(root, 'bin'))) {
    if (programs.includes(name) || (await readlink(join(root, 'bin', name)).catch(() => '')) === '') continue;
    const program = programs.find((each) => name === `kubestellar-${each}`);
    entries.push(
      program === undefined
        ? launcher(name, [`${FOLDER}/cli.js`, name])
        : launcher(name, [...PROGRAM_NODE_FLAGS, `${FOLDER}/${program}.js`]),
    );
  }
  return { entries, packages: [...new Set(names.flatMap((name) => contents[name]?.packages ?? []))] };
}

/**
 * A command without a shell: Node reads it as CommonJS and becomes Node with the right flags, in the same process,
 * so that signals reach the program itself. A `#!` line could pass only one flag.
 */
function launcher(name: string, args: readonly string[]): LayerEntry {
  const content = `#!${NODE_PATH}
process.execve(process.execPath, ${JSON.stringify([NODE_PATH, ...args])}.concat(process.argv.slice(2)), process.env);
`;
  return { path: `/usr/local/bin/${name}`, type: 'file', content, mode: 0o755 };
}

async function versionDocument(command: Command, root: string, platform: string): Promise<string> {
  const built = JSON.parse(await readFile(join(root, 'dist', 'version.json'), 'utf8')) as object;
  const buildDate = await commitDate(command, root);
  return `${JSON.stringify({ ...built, buildDate, platform }, null, 2)}\n`;
}

/** When the checked out commit was made (RFC 3339, UTC); outside a git clone the beginning of time. */
async function commitDate(command: Command, root: string): Promise<string> {
  const seconds = await runCommand(command, 'git', ['-C', root, 'log', '-1', '--format=%ct']).catch(
    () => '0',
  );
  return new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
