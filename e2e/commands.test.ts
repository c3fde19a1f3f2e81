import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { type Finished, LocalHome } from './support/local.ts';
import { processesOf } from './support/processes.ts';

/** The commands of the reference, as its users type them: through kubectl, next to the real `kubectl ws`. */
const test = suite('commands of the reference', { timeout: 240_000 });

const home = await LocalHome.create();
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-commands-'));
const ENSURE = 'kubectl kubestellar ensure location';
const EDGE = 'edge.kubestellar.io';
const wec = `kubectl --kubeconfig ${home.wec('edge1')}`;

test.before(async () => {
  await home.start(1);
  await home.enterRoot();
});

test.after(async () => {
  await home.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** In a folder of its own; KUBESTELLAR_STATE_DIR is that of the core that npm start began. */
const env = { DIR: folder, KUBESTELLAR_STATE_DIR: join(home.path, 'run') };
const sh = (script: string): Promise<Finished> => home.sh(`cd $DIR; ${script}`, env);
const must = (script: string): Promise<string> => home.must(`cd $DIR; ${script}`, env);
const lines = (text: string) => text.trim().split('\n');
/** The current workspace as the real `kubectl ws` sees it. */
const current = async () => (await must('kubectl ws . --short')).trim();

test('ensure location makes the pair, the binding and the labels, and ends in the IMW', async () => {
  await must('kubectl ws root && kubectl ws create imw-e --type root:universal');
  const first = await must(`${ENSURE} --imw root:imw-e demo1 foo=bar the-word=the-bird`);
  assert.equal(lines(first), [
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
      JSON.parse(await must(`kubectl get ${kind}.${EDGE} demo1 -o json`)),
    ),
  );
  assert.equal(target.metadata.labels, { id: 'demo1', foo: 'bar', 'the-word': 'the-bird' });
  assert.equal(location.metadata.labels, { foo: 'bar', 'the-word': 'the-bird' });
  assert.equal(location.spec.resource, { group: EDGE, version: 'v2alpha1', resource: 'synctargets' });
  assert.equal(location.spec.instanceSelector, { matchLabels: { id: 'demo1' } });
});

test('ensure location again does only what remains, in whatever order and form the flags stand', async () => {
  const again = await must(`${ENSURE} demo1 foo=bar --imw=root:imw-e the-word=the-bird`);
  assert.equal(lines(again), ['Current workspace is "root:imw-e".']);
  const changed = await must(`${ENSURE} demo1 -n default the-word=the-bear --kubeconfig=$KUBECONFIG -X`);
  assert.equal(lines(changed), [`synctarget.${EDGE}/demo1 labeled`, `location.${EDGE}/demo1 labeled`]);
  const labels = `kubectl get locations.${EDGE} demo1 -o jsonpath='{.metadata.labels}'`;
  assert.equal(JSON.parse(await must(labels)), { foo: 'bar', 'the-word': 'the-bear' });
});

test('remove location removes the pair once, and says nothing the second time', async () => {
  const removed = await must('kubectl kubestellar remove location demo1');
  assert.equal(lines(removed), [`synctarget.${EDGE} "demo1" deleted`, `location.${EDGE} "demo1" deleted`]);
  assert.is(await must('kubectl kubestellar remove location demo1'), '');
  assert.is(
    await must('kubectl ws root >/dev/null; kubectl kubestellar remove location demo1 --imw imw-e'),
    'Current workspace is "root:imw-e".\n',
  );
  assert.is(await current(), 'root:imw-e');
});

test('ensure wmw makes the workspace with all its APIs; kubectl ws goes back and forth', async () => {
  const first = lines(await must('kubectl kubestellar ensure wmw example-wmw'));
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
  assert.equal(lines(await must('kubectl kubestellar ensure wmw example-wmw')), [
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
    lines(stdout).filter((line) => /^apibinding\.apis\.kcp\.io "bind-\S+" deleted$/.test(line)).length,
    20,
  );
  assert.match(stderr, /Deleting bind-kubernetes and with it 1 object/);
  assert.is(
    await must('kubectl get apibindings -o name | grep bind- '),
    'apibinding.apis.kcp.io/bind-espw\n',
  );
  await must(`kubectl get edgeplacements.${EDGE}`);
  const back = await must('kubectl kubestellar ensure wmw --with-kube=true example-wmw');
  assert.is(lines(back).filter((line) => line.endsWith(' created')).length, 20);
  await must('kubectl create deployment web --image=nginx -n shop');
});

test('remove wmw deletes the workspace once, and ends in root', async () => {
  const removed = await must('kubectl kubestellar remove wmw example-wmw');
  assert.equal(lines(removed), [
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
  assert.is(lines(stdout).at(-1), 'Current workspace is "root".');
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
    await must(`kubectl --kubeconfig mailbox.kubeconfig get edgesyncconfigs.${EDGE}`);
    const written = await sh('kubectl --kubeconfig mailbox.kubeconfig create configmap not-allowed');
    assert.match(written.stderr, 'forbidden');
  }
  assert.is(names.size, 2);
});

test('the manifest is applied to a cluster and deleted again, and nothing of it stays', async () => {
  await must(`${wec} apply -f second.yaml`);
  await must(`${wec} delete --ignore-not-found -f second.yaml`);
  const name = /kubestellar-syncer-demo2-\w+/.exec(await readFile(join(folder, 'second.yaml'), 'utf8'))?.[0];
  await must(`${wec} wait --for=delete namespace/${name} --timeout=60s`);
  const left = await must(`${wec} get clusterroles,clusterrolebindings,namespaces -o name`);
  assert.not.match(left, name ?? '');
});

test('through kubectl, too, a failure has its exit code, tells the cause, and leaves no trace', async () => {
  const before = await readFile(join(home.path, 'e2e.kubeconfig'), 'utf8');
  const files = await readdir(folder);
  const cases: [command: string, code: number, message: RegExp][] = [
    [`${ENSURE} demo1 a=b=c`, 2, /"a=b=c" is not of the form key=value/],
    [`${ENSURE} --imw root:none demo1 a=b`, 1, /"root:none" does not exist/],
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
    const { stdout } = await sh(`kubectl __complete kubestellar ${words.join(' ')}`);
    return lines(stdout).filter((line) => !line.startsWith('[Debug]'));
  };
  assert.equal(await completed('ensure', "''"), [
    'location\tMakes sure that a SyncTarget and a Location named NAME exist, with at least the given labels.',
    'wmw\tMakes sure that the workload management workspace root:NAME exists, with its APIs, and enters it.',
    ':4',
  ]);
  assert.equal(await completed('ensure', 'location', '--imw', 'root:imw-'), ['root:imw-e', ':4']);
  assert.equal(await completed('remove', 'location', '--imw=root:imw-e', 'de'), ['demo2\tkey1=val1', ':4']);
  assert.equal(await completed('ensure', 'location', '--imw', 'root:imw-e', 'demo3', 'k'), ['key1=', ':6']);
  assert.equal(await completed('prep-for-syncer', '--imw', 'root:none', "''"), [':5']);
});

test('of several files in $KUBECONFIG the one is changed that kubectl ws would change', async () => {
  await must(`
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
    ! kubectl --kubeconfig empty.kubeconfig config view -o name 2>/dev/null | grep kcp-admin`);
});

test('~/.kube/config is used where $KUBECONFIG is not set', async () => {
  await must(`
    mkdir -p user/.kube; cp split.kubeconfig user/.kube/config
    export HOME=$DIR/user; unset KUBECONFIG
    ${ENSURE} --imw root:imw1 edge1 env=demo; test "$(kubectl ws . --short)" = root:imw1`);
});

test('list-syncing-objects: lines of JSON, YAML documents, kinds of kcp itself, bound and cluster-scoped ones', async () => {
  const list = 'kubestellar-list-syncing-objects';
  const deployments = lines(await must(`${list} --api-group apps --api-kind Deployment --json`)).map((line) =>
    JSON.parse(line),
  );
  assert.ok(deployments.length >= 1);
  assert.ok(deployments.every(({ kind, Action }) => kind === 'Deployment' && Action === undefined));
  const yaml = await must(`${list} --api-group=apps --api-kind=Deployment`);
  assert.is(yaml.match(/^---\napiVersion: apps\/v1\nkind: Deployment\n/gm)?.length, deployments.length);
  assert.match(await must(`${list} --api-kind ConfigMap --json`), '"kind":"ConfigMap"');
  assert.match(await must(`${list} --api-kind Namespace --json`), '"name":"demo"');
  const config = `${list} --api-group ${EDGE} --api-version v2alpha1 --api-kind SyncerConfig --json`;
  assert.match(await must(config), '"name":"the-one"');
  const { code, stdout, stderr } = await sh(`${list} --api-group x.example --api-kind Nothing`);
  assert.is(code, 0, stderr);
  assert.is(stdout, '');
  assert.match(stderr, 'No mailbox workspace serves nothings.x.example');
});

test('list-syncing-objects --watch tells add, update and delete; a reader that leaves ends it quietly', async () => {
  await must(`
    kubectl ws root:wmw1
    kubectl apply -f - <<YAML
apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: listed}
spec:
  locationSelectors: [{matchLabels: {env: demo}}]
  downsync: [{apiGroup: "", resources: [configmaps], namespaces: [demo], objectNames: [watched, last]}]
YAML`);
  const seen = await must(`
    trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
    kubestellar-list-syncing-objects --api-kind ConfigMap --watch --json >events &
    watcher=$!
    event() { timeout 30 sh -c "until grep -q '\\"Action\\":\\"$1\\".*$2' events; do sleep 0.1; done"; }
    kubectl create configmap watched --from-literal=color=red -n demo >/dev/null; event add watched
    kubectl patch configmap watched -n demo --type=merge -p '{"data":{"color":"blue"}}' >/dev/null
    event update '"color":"blue"'
    kubectl delete configmap watched -n demo >/dev/null; event delete watched
    kill $watcher; wait $watcher
    grep '"name":"watched"' events`);
  const actions = lines(seen).map((line) => JSON.parse(line).Action);
  assert.is(actions.filter((action) => action === 'add').length, 1);
  assert.is(actions.at(0), 'add');
  assert.is(actions.at(-1), 'delete');
  const pipe = await sh(`
    kubestellar-list-syncing-objects --api-kind ConfigMap --json | head -c 10
    mkfifo events-pipe
    kubestellar-list-syncing-objects --api-kind ConfigMap --watch --json >events-pipe &
    head -n 1 events-pipe >/dev/null
    kubectl create configmap last -n demo >/dev/null
    timeout 30 tail --pid=$! -f /dev/null || { kill $!; exit 3; }
    wait $!; kubectl delete configmap last -n demo >/dev/null`);
  assert.is(pipe.code, 0, pipe.stderr);
  assert.is(pipe.stderr, '');
});

test('status shows the controllers, locations with their heartbeat, placements, and what is wrong with them', async () => {
  await must(`
    kubectl ws root:imw1
    timeout 60 sh -c 'until kubectl kubestellar status | grep -q "^edge1 .* ok$"; do sleep 1; done'`);
  const screen = await must('kubectl kubestellar status');
  for (const controller of ['mailbox-controller', 'kubestellar-where-resolver', 'placement-translator'])
    assert.match(screen, new RegExp(`^${controller} +ready$`, 'm'));
  assert.match(screen, /^edge1 +root:imw1 +\d+ s ago +ok$/m, screen);
  assert.match(screen, /^demo2 +root:imw-e +never +no syncer was ever heard of: /m);
  assert.match(screen, /^demo +root:wmw1 +1 +ok$/m);
  const report = JSON.parse(await must('kubectl kubestellar status -o json'));
  assert.equal(Object.keys(report), ['server', 'controllers', 'locations', 'placements']);
  assert.is(await current(), 'root:imw1');
});

test('doctor finds all well here, and tells what is wrong elsewhere and how to mend it', async () => {
  const well = await must('kubectl kubestellar doctor');
  assert.is(lines(well).filter((line) => line.startsWith('ok ')).length, 10, well);
  const down = await sh('kubectl kubestellar doctor --server https://127.0.0.1:1/clusters/root');
  assert.is(down.code, 1);
  assert.match(down.stdout, /^FAIL {2}kcp .*127\.0\.0\.1:1[\s\S]*to mend it: start kcp/m);
  const none = await sh('kubectl kubestellar doctor --kubeconfig absent');
  assert.match(none.stdout, /^FAIL {2}kubeconfig .*there is no kubeconfig/m);
  assert.match(none.stderr, '1 of 10 checks failed');
});

test('kubestellar init and start beside a running core change nothing but the processes; stop ends those', async () => {
  const controllers = async () =>
    (await processesOf(join(home.path, 'run')))
      .map(
        ({ pid, command }) =>
          `${pid} ${/(mailbox-controller|where-resolver|placement-translator)\.js/.exec(command)?.[1]}`,
      )
      .filter((line) => !line.endsWith('undefined'));
  const first = await controllers();
  assert.is(first.length, 3, String(first));
  const init = await must('kubectl ws root:wmw1; kubestellar -V init --ensure-imw=root:imw1 --ensure-wmw ""');
  assert.equal(lines(init).slice(-1), ['Current workspace is "root".']);
  assert.not.match(init, / created| configured/);
  assert.equal(await controllers(), first);

  await must(
    'kubestellar start --log-folder "$DIR/new logs" --ensure-wmw root:wmw1,example-2 --local-kcp true',
  );
  assert.is(await current(), 'root');
  await must('kubectl get workspace example-2');
  const second = await controllers();
  assert.is(second.length, 3);
  assert.is(second.filter((line) => first.includes(line)).length, 0);
  assert.equal((await readdir(join(folder, 'new logs'))).sort(), [
    'kubestellar-where-resolver-log.txt',
    'mailbox-controller-log.txt',
    'placement-translator-log.txt',
  ]);

  assert.is(await must('kubestellar stop'), 'kubestellar stopped .....\n');
  assert.equal(await controllers(), []);
  assert.match(await must('kubectl kubestellar status'), /mailbox-controller +unknown/);
  assert.is(await must('kubestellar stop'), 'kubestellar stopped .....\n');
  await must('kubectl get workspace espw');
});

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
    assert.is((await must(`kubestellar-version ${field}`)).trim(), all[field]);
  assert.is((await must('kubestellar-release')).trim(), all.gitVersion);
  assert.match(await must('kubectl kubestellar --version'), all.gitVersion);
});

test.run();
