import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { root } from './root.ts';

const bin = join(root, 'bin');
const commands = (await readdir(bin)).filter((name) => !name.startsWith('.'));
const programs = new Set([
  'mailbox-controller',
  'where-resolver',
  'placement-translator',
  'kubestellar-syncer',
  'workspace-proxy',
]);
/** Commands that are other names of a program. */
const FORMER_NAMES: Record<string, string> = {
  'kubestellar-where-resolver': 'where-resolver',
  'wmw-view': 'workspace-proxy',
};
/** The Node that runs the tests stands first, so that the launcher finds one without node_modules. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };

let clone = '';

const test = suite('launcher');

test.before(async () => {
  clone = await mkdtemp(join(tmpdir(), 'kubestellar launch-'));
  await cp(bin, join(clone, 'bin'), { recursive: true, verbatimSymlinks: true });
});

test.after(() => rm(clone, { recursive: true }));

test('every command is there, and what kubectl asks for completions, and leads to the launcher', async () => {
  assert.is(commands.length, 16);
  for (const name of commands) assert.is(await readlink(join(bin, name)), '.launch', name);
});

test('without a build a command says what to do', () => {
  const { status, stderr } = spawnSync(join(clone, 'bin', 'kubestellar'), { env, encoding: 'utf8' });
  assert.is(status, 1);
  assert.match(stderr, 'npm run build');
});

test('each command runs its program with its name and arguments', async () => {
  await mkdir(join(clone, 'dist'));
  for (const program of ['cli', ...programs]) {
    const source = `console.log(JSON.stringify(['${program}', ...process.argv.slice(2)]));`;
    await writeFile(join(clone, 'dist', `${program}.js`), source);
  }
  for (const name of commands) {
    const { stdout, stderr } = spawnSync(join(clone, 'bin', name), ['a b', ''], { env, encoding: 'utf8' });
    const program = FORMER_NAMES[name] ?? name;
    const expected = programs.has(program) ? [program, 'a b', ''] : ['cli', name, 'a b', ''];
    assert.equal(JSON.parse(stdout), expected, stderr);
  }
});

test('a link of the user, by whatever name, runs the command that it leads to', async () => {
  await mkdir(join(clone, 'elsewhere'));
  await symlink('../bin/kubestellar-version', join(clone, 'elsewhere', 'ks-version'));
  await symlink(join(clone, 'elsewhere', 'ks-version'), join(clone, 'ksv'));
  const { stdout } = spawnSync(join(clone, 'ksv'), ['platform'], { env, encoding: 'utf8' });
  assert.equal(JSON.parse(stdout), ['cli', 'kubestellar-version', 'platform']);
});

const REPORT = `
const memory = Object.entries(process.env).filter(([name]) => name.startsWith('MALLOC_')).sort();
console.log(JSON.stringify([...process.execArgv, ...memory.map((entry) => entry.join('='))]));`;

test('the programs get the flags of Node and the environment that save memory, the commands do not', async () => {
  const source = await readFile(join(root, 'lib', 'process', 'src', 'node-flags.ts'), 'utf8');
  const flags = [...source.matchAll(/'(--[^']+)'/g)].map(([, flag]) => flag);
  const memory = [...source.matchAll(/(MALLOC_\w+): '(\d+)'/g)].map(([, name, value]) => `${name}=${value}`);
  assert.ok(flags.length > 0);
  for (const program of ['cli', ...programs]) {
    await writeFile(join(clone, 'dist', `${program}.js`), REPORT);
  }
  for (const name of ['kubestellar', ...programs]) {
    const { stdout } = spawnSync(join(clone, 'bin', name), { env, encoding: 'utf8' });
    assert.equal(JSON.parse(stdout), name === 'kubestellar' ? [] : [...flags, ...memory], name);
  }
});

test.run();
