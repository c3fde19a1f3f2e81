import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CONFIG_MAPS,
  EDGE_SYNC_CONFIGS,
  type KubeObject,
  mailboxWorkspacePath,
  NAMESPACES,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { CountingProxy } from '../support/counting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { difference, inventoryOf } from '../support/inventory.ts';
import { LocalHome, ROOT, run } from '../support/local.ts';
import { writeProxied } from '../support/proxied-kubeconfig.ts';
import { scripted, wordsOf } from '../support/script.ts';

/** What commands do to servers and get from them, seen from the servers: requests, inventories, events. */
const test = suite('effects of commands', { timeout: 300_000 });

const USER = { fieldManager: 'user' };
/** How often connections are cut, at the least. */
const CUTS = 12;
const home = await LocalHome.create();
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-effects-'));
const kubeconfig = join(folder, 'proxied.kubeconfig');
/** Commands see kcp through a proxy. */
const must = scripted((text) => home.must(`cd "$IN"; ${text}`, { IN: folder, KUBECONFIG: kubeconfig }));
const direct = scripted((text) => home.must(`cd "$IN"; ${text}`, { IN: folder }));
const lines = (text: string) => text.trim().split('\n');
let proxy: CountingProxy;
let root: KubeClient;
let wec: KubeClient;
let mailbox: KubeClient;

test.before(async () => {
  await home.start(1);
  await home.must(`cp $KUBESTELLAR_HOME/admin.kubeconfig $KUBECONFIG
    kubectl config use-context root; kubectl ws create imw-d --type root:universal`);
  root = await KubeClient.fromKubeconfig({ kubeconfig: home.env.KUBECONFIG, context: 'root' });
  wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  proxy = await CountingProxy.start(root.connection.server);
  await writeProxied(await readFile(home.env.KUBECONFIG ?? '', 'utf8'), () => proxy.url, kubeconfig);
  const target = await root.workspace('root:imw1').get(SYNC_TARGETS, { name: 'edge1' });
  const { annotations = {}, uid = '' } = target?.metadata ?? {};
  mailbox = root.workspace(mailboxWorkspacePath(annotations['kcp.io/cluster'] ?? '', uid));
});

test.after(async () => {
  proxy?.stop();
  await Promise.all([root, wec].map((client) => client?.connection.close()));
  await home.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** What stands for names that each run makes anew, and for what a dry run can't know. */
function normal(text: string): string {
  return text
    .replaceAll(/kubestellar-syncer-(\w+)-[a-z0-9]{8}/g, 'kubestellar-syncer-$1-ID')
    .replaceAll(/root:espw:([a-z0-9]+-mb-[-0-9a-f]+|<cluster>-mb-<uid>)/g, 'root:espw:MAILBOX');
}

const DRY: readonly [command: string, workspace: string, changes: number][] = [
  ['ensure wmw wmw-d --with-kube false', 'root:wmw-d', 2],
  ['ensure location --imw root:imw-d d1 a=b', 'root:imw-d', 3],
  ['ensure location --imw root:imw-d d1 a=b c=d', 'root:imw-d', 2],
  ['prep-for-cluster --imw root:imw-d d2 a=b', 'root:espw:MAILBOX', 8],
  ['prep-for-syncer --imw root:imw-d d2', 'root:espw:MAILBOX', 5],
  ['remove location --imw root:imw-d d1', 'root:imw-d', 2],
  ['remove wmw wmw-d', 'root:wmw-d', 1],
];

for (const [command, workspace, count] of DRY) {
  test(`${command}: a dry run tells what is done then, and changes nothing; the next finds nothing to do`, async () => {
    await must('kubectl config use-context root');
    const files = async () => [await readFile(kubeconfig, 'utf8'), await readdir(folder)];
    const objects = () => Promise.all([root, root.workspace('root:imw-d')].map(inventoryOf));
    const [filesBefore, objectsBefore] = [await files(), await objects()];
    const writes: string[] = [];
    proxy.onRequest = ({ method, path }) => void (method !== 'GET' && writes.push(`${method} ${path}`));
    const plan = JSON.parse(
      normal(await must`kubectl kubestellar ${wordsOf(command)} --dry-run --output json`),
    );
    const text = await must`kubectl kubestellar ${wordsOf(command)} --dry-run=client 2>&1`;
    assert.equal(writes, []);
    proxy.onRequest = () => {};
    assert.equal(await files(), filesBefore);
    for (const [index, after] of (await objects()).entries())
      assert.equal(difference(objectsBefore[index] ?? new Map(), after), []);

    const done = JSON.parse(normal(await must`kubectl kubestellar ${wordsOf(command)} --output=json`));
    assert.equal(plan, { ...done, dryRun: true });
    assert.is(done.dryRun, false);
    assert.is(done.workspace, workspace);
    assert.is(done.changes.length, count, JSON.stringify(done.changes));
    assert.ok(
      lines(text).every((line) => line === '' || line.endsWith(' (dry run)')),
      text,
    );
    if (command.startsWith('prep')) return;
    const again = JSON.parse(await must`kubectl kubestellar ${wordsOf(command)} --output json`);
    assert.equal(again.changes, []);
  });
}

test('list-syncing-objects --watch tells each event once, in order, although its connections are cut again and again', async () => {
  await mailbox.create(NAMESPACES, object('Namespace', 'listed'), USER);
  const list = (...args: string[]) =>
    run(join(ROOT, 'bin', 'kubestellar-list-syncing-objects'), [...args, '--watch', '--json'], {
      ...home.env,
      KUBECONFIG: kubeconfig,
    });
  const native = list('--api-kind', 'ConfigMap');
  const bound = list(
    ...['--api-group', 'edge.kubestellar.io', '--api-version', 'v2alpha1', '--api-kind', 'EdgeSyncConfig'],
  );
  const watched = [
    { resource: CONFIG_MAPS, namespace: 'listed', running: native },
    { resource: EDGE_SYNC_CONFIGS, namespace: undefined, running: bound },
  ];
  const wanted: string[] = [];
  const create = async (name: string) => {
    for (const { resource, namespace } of watched)
      await mailbox.create(resource, object(resource.kind, name, namespace), USER);
    wanted.push(`add ${name} `);
  };
  const label = async (name: string, step: string) => {
    for (const { resource, namespace } of watched)
      await mailbox.mergePatch(resource, { name, namespace }, { metadata: { labels: { step } } }, USER);
    wanted.push(`update ${name} ${step}`);
  };
  const remove = async (name: string, step = '') => {
    for (const { resource, namespace } of watched) await mailbox.delete(resource, { name, namespace });
    wanted.push(`delete ${name} ${step}`);
  };
  const told = async (text: string) => {
    for (const { running } of watched) await running.printed(text);
  };

  await create('listed-first');
  await told('"listed-first"');
  for (let number = 1; number <= CUTS; number++) {
    const name = `listed-${number}`;
    await create(name);
    proxy.cut();
    await label(name, 'a');
    // The server is there again, but not of use yet.
    if (number % 3 === 0) proxy.fateOf = ({ path }) => (path.includes('watch=true') ? 'refuse' : 'pass');
    if (number % 2 === 0) proxy.cut();
    await label(name, 'b');
    await remove(name, 'b');
    proxy.fateOf = () => 'pass';
  }
  await remove('listed-first');
  await create('listed-last');
  await told('"listed-last"');
  for (const { running } of watched) {
    running.kill('SIGTERM');
    const { code, stdout } = await running.done;
    assert.is(code, 0);
    const events = lines(stdout)
      .map((line) => JSON.parse(line) as KubeObject & { Action: string })
      .filter(({ metadata }) => metadata.name.startsWith('listed-'))
      .map(({ Action, metadata }) => `${Action} ${metadata.name} ${metadata.labels?.step ?? ''}`);
    assert.equal(events, wanted);
  }
});

test('the manifest of prep-for-syncer, applied and deleted by kubectl, leaves nothing and touches no other identity', async () => {
  const before = await inventoryOf(wec);
  const kubectl = ['kubectl', '--kubeconfig', home.wec('edge1')];
  const ids: string[] = [];
  for (const file of ['one.yaml', 'two.yaml']) {
    await direct`kubectl kubestellar prep-for-syncer -s -o ${file} --imw root:imw1 edge1`;
    await direct`${kubectl} apply -f ${file}`;
    ids.push(idOf(await readFile(join(folder, file), 'utf8')));
  }
  const [one = '', two = ''] = ids;
  const added = difference(before, await inventoryOf(wec));
  for (const id of ids)
    for (const kind of ['clusterroles.rbac.authorization.k8s.io', 'namespaces'])
      assert.ok(added.includes(`+ ${kind} /${id}`), added.join('\n'));

  // Without that flag kubectl may complain that the cluster has been quicker (docs/commands.md).
  await direct`${kubectl} delete --ignore-not-found -f one.yaml`;
  const left = () => inventoryOf(wec).then((after) => difference(before, after));
  const others = await eventually(
    'the first to be gone',
    left,
    (all) => !all.some((line) => line.includes(one)),
  );
  assert.ok(
    others.every((line) => line.startsWith('+ ') && line.includes(two)),
    others.join('\n'),
  );

  await home.sh`${kubectl} delete -f ${join(folder, 'two.yaml')}`;
  await eventually('the second to be gone', left, (all) => all.length === 0, 60);
});

test('a syncer runs with the identity of a second run of prep-for-syncer, and with that of the first again', async () => {
  const manifest = join(home.path, 'wecs', 'edge1-syncer.yaml');
  const first = await readFile(manifest, 'utf8');
  await direct('kubectl kubestellar prep-for-syncer -s -o second.yaml --imw root:imw1 edge1');
  const second = await readFile(join(folder, 'second.yaml'), 'utf8');
  for (const text of [second, first]) {
    await writeFile(manifest, text, { mode: 0o600 });
    const { code, stdout, stderr } = await home.npm('start', '--wecs', '1').done;
    assert.is(code, 0, stderr);
    assert.match(stdout, new RegExp(`edge1: the syncer runs as ${idOf(text)}`));
  }
});

/** The namespace that a manifest makes. */
function idOf(manifest: string): string {
  return /^kind: Namespace\nmetadata:\n {2}name: (\S+)$/m.exec(manifest)?.[1] ?? '';
}

function object(kind: string, name: string, namespace?: string): KubeObject {
  const apiVersion = kind === 'EdgeSyncConfig' ? 'edge.kubestellar.io/v2alpha1' : 'v1';
  return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
}

test.run();
