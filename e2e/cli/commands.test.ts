import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { beginAndEndControllers } from '../support/commands/controllers.ts';
import { listEachKind, watchObjects } from '../support/commands/listing.ts';
import { revokeSyncer } from '../support/commands/revoke-syncer.ts';
import { SecretsWatch } from '../support/commands/secrets.ts';
import { wordsOf } from '../support/script.ts';
import { linesOf, Shell } from '../support/shell.ts';

/** The commands of the reference, as its users type them: through kubectl, next to the real `kubectl ws`. */
const test = suite('commands of the reference', { timeout: 300_000 });

const shell = await Shell.create('commands');
const secretsWatch = SecretsWatch.start(shell);
const { home, folder, sh, must, current } = shell;
const ENSURE = wordsOf('kubectl kubestellar ensure location');
const EDGE = 'edge.kubestellar.io';
const wec = ['kubectl', '--kubeconfig', home.wec('edge1')];

test.before(() => shell.startCore());

test.after(() => shell.dispose());

test('ensure location makes the pair, the binding and the labels, and ends in the IMW', async () => {
  await must('kubectl ws root && kubectl ws create imw-e --type root:universal');
  const first = await must`${ENSURE} --imw root:imw-e demo1 foo=bar the-word=the-bird`;
  assert.equal(linesOf(first), [
    'Current workspace is "root:imw-e".',
    `apibinding.apis.kcp.io/${EDGE} created`,
    `synctarget.${EDGE}/demo1 created`,
    `location.${EDGE}/demo1 created`,
    ...['foo', 'the-word'].flatMap(() => [
      `synctarget.${EDGE}/demo1 labeled`,
      `location.${EDGE}/demo1 labeled`,
    ]),
  ]);
  assert.is(await current(), 'root:imw-e');
  const [target, location] = await Promise.all(
    ['synctargets', 'locations'].map(async (kind) =>
      JSON.parse(await must`kubectl get ${kind}.${EDGE} demo1 -o json`),
    ),
  );
  assert.equal(target.metadata.labels, { id: 'demo1', foo: 'bar', 'the-word': 'the-bird' });
  assert.equal(location.metadata.labels, { foo: 'bar', 'the-word': 'the-bird' });
  assert.equal(location.spec.resource, { group: EDGE, version: 'v2alpha1', resource: 'synctargets' });
  assert.equal(location.spec.instanceSelector, { matchLabels: { id: 'demo1' } });
});

test('ensure location again does only what remains, in whatever order and form the flags stand', async () => {
  const again = await must`${ENSURE} demo1 foo=bar --imw=root:imw-e the-word=the-bird`;
  assert.equal(linesOf(again), ['Current workspace is "root:imw-e".']);
  const changed = await must`${ENSURE} demo1 -n default the-word=the-bear --kubeconfig=$KUBECONFIG -X`;
  assert.equal(linesOf(changed), [`synctarget.${EDGE}/demo1 labeled`, `location.${EDGE}/demo1 labeled`]);
  const labels = `locations.${EDGE}`;
  assert.equal(JSON.parse(await must`kubectl get ${labels} demo1 -o jsonpath='{.metadata.labels}'`), {
    foo: 'bar',
    'the-word': 'the-bear',
  });
});

test('remove location removes the pair once, and says nothing the second time', async () => {
  const removed = await must('kubectl kubestellar remove location demo1');
  assert.equal(linesOf(removed), [`synctarget.${EDGE} "demo1" deleted`, `location.${EDGE} "demo1" deleted`]);
  assert.is(await must('kubectl kubestellar remove location demo1'), '');
  assert.is(
    await must('kubectl ws root >/dev/null; kubectl kubestellar remove location demo1 --imw imw-e'),
    'Current workspace is "root:imw-e".\n',
  );
  assert.is(await current(), 'root:imw-e');
});

test('ensure wmw makes the workspace with all its APIs; kubectl ws goes back and forth', async () => {
  const first = linesOf(await must('kubectl kubestellar ensure wmw example-wmw'));
  assert.equal(first.slice(0, 4), [
    'Current workspace is "root".',
    'Workspace "example-wmw" (type root:universal) created. Waiting for it to be ready...',
    'Workspace "example-wmw" (type root:universal) is ready to use.',
    'Current workspace is "root:example-wmw" (type root:universal).',
  ]);
  assert.is(first.filter((line) => /^apibinding\.apis\.kcp\.io\/bind-\S+ created$/.test(line)).length, 21);
  await must('kubectl create namespace shop && kubectl create deployment web --image=nginx -n shop');
  await must('kubectl ws -');
  assert.is(await current(), 'root:imw-e');
  assert.equal(linesOf(await must('kubectl kubestellar ensure wmw example-wmw')), [
    'Current workspace is "root".',
    'Current workspace is "root:example-wmw" (type root:universal).',
  ]);
  assert.is(await current(), 'root:example-wmw');
  await must('kubectl ws ..');
  assert.is(await current(), 'root');
});

test('--with-kube false takes the Kubernetes APIs away, telling what goes with them; then they come back', async () => {
  const { code, stdout, stderr } = await sh('kubectl kubestellar ensure wmw example-wmw --with-kube false');
  assert.is(code, 0, stderr);
  assert.is(
    linesOf(stdout).filter((line) => /^apibinding\.apis\.kcp\.io "bind-\S+" deleted$/.test(line)).length,
    20,
  );
  assert.match(stderr, /Deleting bind-kubernetes and with it 1 object/);
  assert.is(
    await must('kubectl get apibindings -o name | grep bind- '),
    'apibinding.apis.kcp.io/bind-espw\n',
  );
  await must`kubectl get edgeplacements.${EDGE}`;
  const back = await must('kubectl kubestellar ensure wmw --with-kube=true example-wmw');
  assert.is(linesOf(back).filter((line) => line.endsWith(' created')).length, 20);
  await must('kubectl create deployment web --image=nginx -n shop');
});

test('remove wmw deletes the workspace once, and ends in root', async () => {
  const removed = await must('kubectl kubestellar remove wmw example-wmw');
  assert.equal(linesOf(removed), [
    'Current workspace is "root".',
    'workspace.tenancy.kcp.io "example-wmw" deleted',
  ]);
  assert.is((await sh('kubectl get workspace example-wmw')).code, 1);
  assert.is(await must('kubectl kubestellar remove wmw example-wmw'), 'Current workspace is "root".\n');
  assert.is(await current(), 'root');
});

test('prep-for-cluster waits for the mailbox of the SyncTarget that it makes; the workspace stays', async () => {
  await must('kubectl ws root');
  const { code, stdout, stderr } = await sh(
    'kubectl kubestellar prep-for-cluster demo2 --imw root:imw-e key1=val1',
  );
  assert.is(code, 0, stderr);
  assert.match(stdout, `location.${EDGE}/demo2 created`);
  assert.match(stdout, /Current workspace is "root:espw:[a-z0-9]+-mb-[-0-9a-f]+" \(type root:universal\)\./);
  assert.is(linesOf(stdout).at(-1), 'Current workspace is "root".');
  assert.match(stderr, 'Wrote WEC manifest to demo2-syncer.yaml for namespace "kubestellar-syncer-demo2-');
  assert.is(await current(), 'root');
  assert.is((await stat(join(folder, 'demo2-syncer.yaml'))).mode & 0o777, 0o600);
});

test('prep-for-syncer again makes a second identity; both are of use, and may not write what they read', async () => {
  assert.is(await must('kubectl kubestellar prep-for-syncer -s -o=second.yaml --imw root:imw-e demo2'), '');
  assert.is(await current(), 'root');
  const names = new Set<string>();
  for (const file of ['demo2-syncer.yaml', 'second.yaml']) {
    const manifest = await readFile(join(folder, file), 'utf8');
    names.add(/kind: Namespace\nmetadata:\n {2}name: (\S+)/.exec(manifest)?.[1] ?? '');
    const text = /\n {2}kubeconfig: \|\n((?: {4}.*\n)+)/.exec(manifest)?.[1]?.replace(/^ {4}/gm, '') ?? '';
    await writeFile(join(folder, 'mailbox.kubeconfig'), text, { mode: 0o600 });
    await must`kubectl --kubeconfig mailbox.kubeconfig get edgesyncconfigs.${EDGE}`;
    const written = await sh('kubectl --kubeconfig mailbox.kubeconfig create configmap not-allowed');
    assert.match(written.stderr, 'forbidden');
  }
  assert.is(names.size, 2);
});

test('docs/security.md: a syncer whose ServiceAccount is deleted is refused, another one of the cluster is not', () =>
  revokeSyncer(shell));

test('the manifest is applied to a cluster and deleted again, and nothing of it stays', async () => {
  await must`${wec} apply -f second.yaml`;
  await must`${wec} delete --ignore-not-found -f second.yaml`;
  const manifest = await readFile(join(folder, 'second.yaml'), 'utf8');
  const [name = 'none'] = /kubestellar-syncer-demo2-\w+/.exec(manifest) ?? [];
  await must`${wec} wait --for=delete namespace/${name} --timeout=60s`;
  const left = await must`${wec} get clusterroles,clusterrolebindings,namespaces -o name`;
  assert.not.match(left, name);
});

test('through kubectl, too, a failure has its exit code, tells the cause, and leaves no trace', async () => {
  const before = await readFile(join(home.path, 'e2e.kubeconfig'), 'utf8');
  const files = await readdir(folder);
  const cases: [command: string, code: number, message: RegExp][] = [
    ['kubectl kubestellar ensure location demo1 a=b=c', 2, /"a=b=c" is not of the form key=value/],
    ['kubectl kubestellar ensure location --imw root:none demo1 a=b', 1, /"root:none" does not exist/],
    ['kubectl kubestellar destroy all', 2, /There is no "kubectl kubestellar destroy all"/],
    ['kubectl kubestellar ensure', 0, /^$/],
  ];
  for (const [command, code, message] of cases) {
    const done = await sh(command);
    assert.is(done.code, code, `${command}\n${done.stdout}${done.stderr}`);
    assert.match(done.stderr, message, command);
  }
  assert.is(await readFile(join(home.path, 'e2e.kubeconfig'), 'utf8'), before);
  assert.equal(await readdir(folder), files);
});

test('kubectl completes our commands: subcommands, flags, workspaces, locations and keys of labels', async () => {
  const completed = async (...words: string[]) => {
    const { stdout } = await sh`kubectl __complete kubestellar ${words}`;
    return linesOf(stdout).filter((line) => !line.startsWith('[Debug]'));
  };
  assert.equal(await completed('ensure', ''), [
    'location\tMakes sure that a SyncTarget and a Location named NAME exist, with at least the given labels.',
    'wmw\tMakes sure that the workload management workspace root:NAME exists, with its APIs, and enters it.',
    ':4',
  ]);
  assert.equal(await completed('ensure', 'location', '--imw', 'root:imw-'), ['root:imw-e', ':4']);
  assert.equal(await completed('remove', 'location', '--imw=root:imw-e', 'de'), ['demo2\tkey1=val1', ':4']);
  assert.equal(await completed('ensure', 'location', '--imw', 'root:imw-e', 'demo3', 'k'), ['key1=', ':6']);
  assert.equal(await completed('prep-for-syncer', '--imw', 'root:none', ''), [':5']);
});

test('of several files in $KUBECONFIG the one is changed that kubectl ws would change', async () => {
  await must`
    cp $KUBECONFIG split.kubeconfig
    kubectl --kubeconfig split.kubeconfig config use-context root
    printf 'apiVersion: v1\\nkind: Config\\n' >empty.kubeconfig
    export KUBECONFIG=$DIR/absent:$DIR/empty.kubeconfig:$DIR/split.kubeconfig
    ${ENSURE} --imw root:imw1 edge1 env=demo
    test "$(kubectl ws . --short)" = root:imw1
    kubectl ws root:wmw1; ${ENSURE} --imw root:imw1 edge1 env=demo
    kubectl ws -; test "$(kubectl ws . --short)" = root:wmw1
    test ! -e absent
    test "$(kubectl --kubeconfig empty.kubeconfig config current-context)" = workspace.kcp.io/current
    ! kubectl --kubeconfig empty.kubeconfig config view -o name 2>/dev/null | grep kcp-admin`;
});

test('~/.kube/config is used where $KUBECONFIG is not set', async () => {
  await must`
    mkdir -p user/.kube; cp split.kubeconfig user/.kube/config
    export HOME=$DIR/user; unset KUBECONFIG
    ${ENSURE} --imw root:imw1 edge1 env=demo; test "$(kubectl ws . --short)" = root:imw1`;
});

test('list-syncing-objects: lines of JSON, YAML documents, kinds of kcp itself, bound and cluster-scoped ones', () =>
  listEachKind(shell));

test('list-syncing-objects --watch tells add, update and delete; a reader that leaves ends it quietly', () =>
  watchObjects(shell));

test('status shows the controllers, locations with their heartbeat, placements, and what is wrong with them', async () => {
  await must(`
    kubectl ws root:imw1
    timeout 60 sh -c 'until kubectl kubestellar status | grep -q "^edge1 .* ok$"; do sleep 1; done'`);
  const screen = await must('kubectl kubestellar status');
  for (const controller of ['mailbox-controller', 'kubestellar-where-resolver', 'placement-translator'])
    assert.match(screen, new RegExp(`^${controller} +ready$`, 'm'));
  assert.match(screen, /^edge1 +root:imw1 +\d+ s ago +ok$/m, screen);
  assert.match(screen, /^demo2 +root:imw-e +never +no syncer was ever seen: /m);
  assert.match(screen, /^demo +root:wmw1 +1 +(\d+)\/\1 +ok$/m);
  const report = JSON.parse(await must('kubectl kubestellar status -o json'));
  assert.equal(Object.keys(report), ['server', 'controllers', 'locations', 'placements']);
  assert.is(await current(), 'root:imw1');
});

test('doctor finds no problem here, and reports those of another core with their fixes', async () => {
  const well = await must('kubectl kubestellar doctor');
  assert.is(linesOf(well).filter((line) => line.startsWith('ok ')).length, 11, well);
  const down = await sh('kubectl kubestellar doctor --server https://127.0.0.1:1/clusters/root');
  assert.is(down.code, 1);
  assert.match(down.stdout, /^FAIL {2}kcp .*127\.0\.0\.1:1[\s\S]*to fix it: start kcp/m);
  const none = await sh('kubectl kubestellar doctor --kubeconfig absent');
  assert.match(none.stdout, /^FAIL {2}kubeconfig .*there is no kubeconfig/m);
  assert.match(none.stderr, '1 of 11 checks failed');
});

test('kubestellar init and start beside a running core change nothing but the processes; stop ends those', () =>
  beginAndEndControllers(shell));

test('versions are told in every form', async () => {
  const all = JSON.parse(await must('kubestellar-version'));
  const fields = [
    'major',
    'minor',
    'gitVersion',
    'gitCommit',
    'gitTreeState',
    'buildDate',
    'goVersion',
    'compiler',
    'platform',
  ];
  for (const field of fields) assert.type(all[field], 'string', field);
  for (const field of ['buildDate', 'gitCommit', 'gitTreeState', 'platform'])
    assert.is((await must`kubestellar-version ${field}`).trim(), all[field]);
  assert.is((await must('kubestellar-release')).trim(), all.gitVersion);
  assert.match(await must('kubectl kubestellar --version'), all.gitVersion);
});

test('no token, password or key was in the arguments of a process, in a log or in a file that others can read', () =>
  secretsWatch.assertNone(shell));

test.run();
