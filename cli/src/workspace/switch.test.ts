import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { parse } from 'yaml';
import { kubeconfigFiles } from '../kubeconfig/files.ts';
import { readKubeconfig, selectContext } from '../kubeconfig/kubeconfig.ts';
import { resolveWorkspace, serverOf, workspaceOf } from './path.ts';
import { CURRENT, PREVIOUS, switchWorkspace } from './switch.ts';

const test = suite('current workspace');
let folder = '';

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-switch-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

/** As kcp writes it, with a comment and a field that we don't know. */
const KCP = `# kept
apiVersion: v1
kind: Config
clusters:
- cluster: {server: 'https://h:6443/clusters/root', certificate-authority: ca.crt, x-extra: kept}
  name: root
contexts:
- context: {cluster: root, user: kcp-admin, namespace: ns}
  name: root
current-context: root
users:
- name: kcp-admin
  user: {token: 'yes'}
`;

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o640 });
  return path;
}

async function enter(workspace: string, ...paths: string[]): Promise<void> {
  await switchWorkspace(kubeconfigFiles(undefined, { KUBECONFIG: paths.join(delimiter) }), workspace);
}

interface Written {
  clusters: { name: string; cluster: { server: string } }[];
  contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  'current-context'?: string;
}
const read = (path: string) => parse(readFileSync(path, 'utf8')) as Written;
const server = (config: Written, name: string) =>
  config.clusters.find((each) => each.name === name)?.cluster.server;
const context = (config: Written, name: string) =>
  config.contexts.find((each) => each.name === name)?.context;

test('entering a workspace writes what kubectl ws writes', async () => {
  const path = file('config', KCP);
  await enter('root:a', path);
  const first = read(path);
  assert.is(first['current-context'], CURRENT);
  assert.is(server(first, CURRENT), 'https://h:6443/clusters/root:a');
  assert.equal(context(first, CURRENT), { cluster: CURRENT, user: 'kcp-admin', namespace: 'ns' });
  assert.equal(context(first, PREVIOUS), { cluster: 'root', user: 'kcp-admin', namespace: 'ns' });

  await enter('root:b', path);
  const second = read(path);
  assert.is(server(second, CURRENT), 'https://h:6443/clusters/root:b');
  assert.is(server(second, PREVIOUS), 'https://h:6443/clusters/root:a');
  assert.is(context(second, PREVIOUS)?.cluster, PREVIOUS);
  assert.is(server(second, 'root'), 'https://h:6443/clusters/root');
});

test('comments, unknown fields and the mode of a file are kept, and no other file is left behind', async () => {
  const path = file('config', KCP);
  await enter('root:a', path);
  const text = readFileSync(path, 'utf8');
  assert.match(text, '# kept');
  assert.is(text.match(/x-extra: kept/g)?.length, 2);
  assert.match(text, /token: ['"]yes['"]/);
  assert.is(statSync(path).mode & 0o777, 0o640);
  assert.equal(readdirSync(folder), ['config']);
});

test('entering the current workspace writes nothing', async () => {
  const path = file('config', KCP);
  await enter('root', path);
  assert.is(readFileSync(path, 'utf8'), KCP);
});

test('only the file with the entries is written', async () => {
  const other = file(
    'other',
    'apiVersion: v1\nkind: Config\nusers:\n- name: kcp-admin\n  user: {token: other}\n',
  );
  const kcp = file('kcp', KCP);
  await enter('root:a', other, kcp);
  assert.is(server(read(kcp), CURRENT), 'https://h:6443/clusters/root:a');
  // kubectl writes the current context to the first file that exists.
  assert.is(read(other)['current-context'], CURRENT);
  const merged = readKubeconfig(kubeconfigFiles(undefined, { KUBECONFIG: `${other}${delimiter}${kcp}` }));
  assert.is(selectContext(merged).server, 'https://h:6443/clusters/root:a');
  assert.is(merged.users.get('kcp-admin')?.fields.token, 'other');
});

test('a symbolic link is kept', async () => {
  const path = file('real', KCP);
  const link = join(folder, 'link');
  symlinkSync(path, link);
  await enter('root:a', link);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.is(read(path)['current-context'], CURRENT);
});

test("a switch waits for kubectl's lock", async () => {
  const path = file('config', KCP);
  writeFileSync(`${path}.lock`, '');
  setTimeout(() => rmSync(`${path}.lock`), 150);
  await enter('root:a', path);
  assert.is(read(path)['current-context'], CURRENT);
  assert.not(existsSync(`${path}.lock`));
});

test('simultaneous switches leave a valid file with one of them', async () => {
  const path = file('config', KCP);
  const names = Array.from({ length: 8 }, (_, index) => `root:w${index}`);
  await Promise.all(names.map((name) => enter(name, path)));
  const final = read(path);
  assert.is(final.contexts.filter(({ name }) => name === CURRENT).length, 1);
  assert.ok(names.some((name) => server(final, CURRENT)?.endsWith(name)));
});

test('an unusable kubeconfig is reported by its path', async () => {
  const message = (work: Promise<void>) =>
    work.then(
      () => '',
      (error: Error) => error.message,
    );
  const bad = file('bad', 'clusters: [');
  assert.match(await message(enter('root:a', bad)), `${bad} is malformed`);
  const absent = join(folder, 'absent');
  assert.match(await message(enter('root:a', absent)), `there is no kubeconfig at ${absent}`);
  const empty = file('empty', '{}');
  assert.match(await message(enter('root:a', empty)), 'has no current context');
  const dangling = file('dangling', 'current-context: a\ncontexts: [{name: a, context: {cluster: nope}}]\n');
  assert.match(await message(enter('root:a', dangling)), 'names the cluster "nope"');
});

test('workspace paths and server URLs are converted into each other', () => {
  assert.is(workspaceOf('https://h:1/clusters/root:a'), 'root:a');
  assert.is(workspaceOf('https://h:1/prefix/clusters/root/'), 'root');
  assert.is(workspaceOf('https://h:1'), undefined);
  assert.is(serverOf('https://h:1/prefix/clusters/root:a', 'root:b'), 'https://h:1/prefix/clusters/root:b');
  assert.is(serverOf('https://h:1/', 'root'), 'https://h:1/clusters/root');
  assert.is(resolveWorkspace('.', 'root:x'), 'root:x');
  assert.is(resolveWorkspace('imw1', 'root'), 'root:imw1');
  assert.is(resolveWorkspace('root:imw1', undefined), 'root:imw1');
  assert.is(resolveWorkspace(':root', 'root:x'), 'root');
  for (const bad of ['', 'root:', 'Root:a', 'a b', '..'])
    assert.throws(() => resolveWorkspace(bad, 'root'), /workspace path/);
  assert.throws(() => resolveWorkspace('.', undefined), /has no workspace/);
});

test.run();
