import { assert, suite } from '@kubestellar/testing';
import { shellBlocks } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { type Finished, LocalHome } from '../support/local.ts';
import { type ProcessInfo, processesOf } from '../support/processes.ts';

/** From `npm start` to `npm stop`, on real parts, in the order in which a new user meets them. */
const test = suite('first light', { timeout: 480_000 });

const home = await LocalHome.create();
let started: Finished;

/** Waits, by kubectl, until a command succeeds; kubectl itself watches where it can. */
const until = (command: string, seconds: number) =>
  home.must(`timeout ${seconds} sh -c 'until ${command} >/dev/null 2>&1; do sleep 0.1; done'`);

test.before(async () => {
  const start = home.npm('start');
  started = await start.done;
  await home.sh('cp $KUBESTELLAR_HOME/admin.kubeconfig $KUBECONFIG && kubectl config use-context root');
});

test.after(() => home.dispose());

test('npm start ends well with a table of both clusters', () => {
  assert.is(started.code, 0, `${started.stdout}${started.stderr}`);
  assert.match(started.stdout, /edge1 .* 2\/2/);
  assert.match(started.stdout, /edge2 .* 2\/2/);
});

test('the commands that npm start offers work as they are', async () => {
  const offered = started.stdout.split('\n').filter((line) => line.startsWith('  '));
  assert.is(offered.filter((line) => /^ {2}(kubectl|kubestellar)/.test(line)).length, 3, started.stdout);
  assert.is(offered.filter((line) => line.startsWith('  export ')).length, 1, started.stdout);
  await home.must(offered.join('\n'));
});

test('the contract for scripts: kubeconfigs, contexts, names and labels', async () => {
  const contexts = await home.must(
    'kubectl --kubeconfig $KUBESTELLAR_HOME/admin.kubeconfig config get-contexts -o name',
  );
  for (const context of ['root', 'base', 'system:admin'])
    assert.ok(contexts.split('\n').includes(context), contexts);
  await home.must('kubectl ws root:imw1');
  for (const name of ['edge1', 'edge2']) {
    const labels = await home.must(
      `kubectl get locations.edge.kubestellar.io ${name} -o jsonpath='{.metadata.labels}'`,
    );
    assert.equal(JSON.parse(labels), { env: 'demo', name });
    await home.must(
      `kubectl get synctargets.edge.kubestellar.io ${name} && kubectl --kubeconfig ${home.wec(name)} get nodes`,
    );
  }
  await home.must('for tool in kcp kubectl kubectl-ws etcd; do test -x $KUBESTELLAR_HOME/bin/$tool; done');
});

test('a SyncTarget tells that its syncer lives', async () => {
  await home.must(
    'kubectl ws root:imw1 && kubectl wait --for=condition=Ready synctargets.edge.kubestellar.io --all --timeout=60s',
  );
});

test('a Location tells how many of its SyncTargets are there, and how many of them work can go to', async () => {
  const read = (what: string, path: string) =>
    home.must(`kubectl get ${what}.edge.kubestellar.io edge1 -o jsonpath='${path}'`);
  const told = (wanted: string) =>
    eventually(
      `the Location to tell ${wanted}`,
      () =>
        read('locations', '{.status.instances}/{.status.availableInstances} {.status.conditions[0].reason}'),
      (status) => status === wanted,
      30,
    );
  const label = (id: string) =>
    home.must(`kubectl label synctargets.edge.kubestellar.io edge1 --overwrite id=${id}`);
  await home.must('kubectl ws root:imw1');
  await told('1/1 InstanceAvailable');
  const id = await read('synctargets', '{.metadata.labels.id}');
  await label('elsewhere');
  await told('0/0 NoInstance');
  await label(id);
  await told('1/1 InstanceAvailable');
});

test('a second npm start starts nothing anew', async () => {
  const before = await servers();
  const again = await home.npm('start').done;
  assert.is(again.code, 0, again.stderr);
  assert.equal(await servers(), before);
});

test('by kubectl alone: objects reach both clusters, edits and deletions follow, status comes back', async () => {
  await home.must(`
    kubectl ws root:wmw1
    kubectl create namespace light
    kubectl create deployment web --image=nginx -n light
    kubectl create configmap settings --from-literal=color=red -n light
    kubectl create secret generic key --from-literal=code=1234 -n light
    kubectl apply -f - <<YAML
apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: light}
spec:
  locationSelectors: [{matchLabels: {env: demo}}]
  downsync:
  - {apiGroup: "", resources: [configmaps, secrets], namespaces: [light]}
  - {apiGroup: "", resources: [namespaces], objectNames: [light]}
  - {apiGroup: apps, resources: [deployments], namespaces: [light]}
YAML`);
  const begin = performance.now();
  const clusters = ['edge1', 'edge2'].map((name) => `kubectl --kubeconfig ${home.wec(name)} -n light`);
  for (const kubectl of clusters)
    await until(`${kubectl} get deployment/web configmap/settings secret/key`, 60);
  console.log(`    all objects on both clusters after ${Math.round(performance.now() - begin)} ms`);
  for (const kubectl of clusters)
    await home.must(`${kubectl} wait --for=condition=Available deployment/web --timeout=60s`);

  await home.must('kubectl patch configmap settings -n light --type=merge -p \'{"data":{"color":"green"}}\'');
  const edited = performance.now();
  for (const kubectl of clusters) {
    await home.must(`${kubectl} wait --for=jsonpath='{.data.color}'=green configmap/settings --timeout=60s`);
  }
  console.log(`    the edit on both clusters after ${Math.round(performance.now() - edited)} ms`);

  const copies = await home.must(
    'kubestellar-list-syncing-objects --api-group apps --api-kind Deployment --json',
  );
  const reported = copies
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ metadata }) => metadata.namespace === 'light');
  assert.equal(
    reported.map(({ status }) => status?.availableReplicas),
    [1, 1],
  );

  await home.must('kubectl delete secret key -n light');
  for (const kubectl of clusters) await home.must(`${kubectl} wait --for=delete secret/key --timeout=60s`);
  await home.must('kubectl delete edgeplacement light');
  for (const kubectl of clusters)
    await home.must(`${kubectl} wait --for=delete deployment/web --timeout=60s`);
  await home.must('kubectl get deployment web -n light');
});

test('a user without admin rights binds and uses the Kubernetes subset in a workspace of their own', async () => {
  const asAlice = 'kubectl --as alice --as-group system:authenticated';
  await home.must(`
    kubectl ws root
    kubectl ws create alices --enter --type root:universal
    kubectl create clusterrolebinding alice --clusterrole=cluster-admin --user=alice
    kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: enter}
rules: [{verbs: [access], nonResourceURLs: [/]}]
YAML
    kubectl create clusterrolebinding enter --clusterrole=enter --user=alice
    for export in kubernetes apps; do ${asAlice} apply -f - <<YAML
apiVersion: apis.kcp.io/v1alpha2
kind: APIBinding
metadata: {name: bind-$export}
spec: {reference: {export: {path: "root:compute", name: $export}}}
YAML
    done
    ${asAlice} wait --for=condition=Ready apibinding/bind-kubernetes apibinding/bind-apps --timeout=60s`);
  await until(`${asAlice} get deployments`, 30);
  await home.must(
    `${asAlice} create deployment web --image=nginx && ${asAlice} scale deployment web --replicas=2`,
  );
  const refused = await home.sh(`${asAlice} apply -f - <<YAML
apiVersion: apis.kcp.io/v1alpha2
kind: APIBinding
metadata: {name: bind-scheduling}
spec: {reference: {export: {path: "root:compute", name: scheduling.k8s.io}}}
YAML`);
  assert.is.not(refused.code, 0, 'the exports of cluster-scoped kinds are for admins');
});

test('kubectl changes one container of two and keeps the other, although its list is merged by the server', async () => {
  await home.must(`
    kubectl ws root:wmw1
    kubectl create deployment two --image=nginx --image=redis -n light
    kubectl set image deployment/two nginx=nginx:2 -n light`);
  const images = await home.must(
    `kubectl get deployment two -n light -o jsonpath='{.spec.template.spec.containers[*].image}'`,
  );
  assert.equal(images.split(' ').sort(), ['nginx:2', 'redis']);
});

test('every command of docs/usage.md works', async () => {
  await home.must('kubectl ws root');
  await home.must((await shellBlocks('docs/usage.md')).join('\n'));
});

test('no secret stands in a process argument or a readable file', async () => {
  const admin = await home.must(
    'kubectl --kubeconfig $KUBESTELLAR_HOME/admin.kubeconfig config view --raw -o json',
  );
  const tokens = (JSON.parse(admin).users as { user: { token?: string } }[]).flatMap(
    ({ user }) => user.token ?? [],
  );
  assert.ok(tokens.length > 0);
  for (const { command } of await servers()) for (const token of tokens) assert.not(command.includes(token));
  const found = await home.must(`grep -rlF "${tokens[0]}" -s $KUBESTELLAR_HOME`);
  assert.match(found, /admin\.kubeconfig/, 'the search finds what it is to find');
  const readable = await home.must(
    `grep -rlE '(token|client-key-data): [A-Za-z0-9._=-]{16,}|PRIVATE KEY' -s --exclude-dir=cache $KUBESTELLAR_HOME |
      xargs -r stat -c '%a %n' | grep -v '^600 ' || true`,
  );
  assert.is(readable.trim(), '', 'files with secrets must have mode 600');
});

test('npm stop ends every process that npm start began, and --purge removes the state', async () => {
  assert.ok((await servers()).length > 10);
  const stopped = await home.npm('stop', '--purge').done;
  assert.is(stopped.code, 0, stopped.stderr);
  assert.equal(await servers(), []);
  assert.is((await home.sh('ls -A $KUBESTELLAR_HOME')).stdout.trim(), '');
});

/** The processes that npm start left in the background. */
async function servers(): Promise<ProcessInfo[]> {
  return processesOf(home.path).sort((a, b) => a.pid - b.pid);
}

test.run();
