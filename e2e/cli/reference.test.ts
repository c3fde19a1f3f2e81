import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { parseAllDocuments } from 'yaml';
import { quote } from 'zx';
import { Forwarder } from '../support/forwarder.ts';
import { run } from '../support/local.ts';
import { wordsOf } from '../support/script.ts';
import { Shell } from '../support/shell.ts';

/**
 * Lines of the reference that other tests leave out (docs/reference-coverage.md names the test of each line): its
 * sample sessions as a whole, and its claims about what a command needs and leaves behind.
 */
const test = suite('the reference, line by line', { timeout: 300_000 });

const shell = await Shell.create('reference');
const { home, folder, env, sh, must } = shell;
const EDGE = 'edge.kubestellar.io';
const lines = (text: string) => text.trimEnd().split('\n');
const kubeconfigWith = (name: string, script: string) =>
  must(`cp $KUBECONFIG ${quote(name)}; export KUBECONFIG=$DIR/${quote(name)}; ${script}`);

test.before(() => shell.startCore());

test.after(() => shell.dispose());

test('init has put into the ESPW and root:compute what the reference says', async () => {
  const espw = await must`kubectl ws root:espw >/dev/null; kubectl get apiexports ${EDGE} -o json`;
  const { spec } = JSON.parse(espw);
  const schemas: string[] =
    spec.latestResourceSchemas ?? spec.resources.map(({ schema }: { schema: string }) => schema);
  for (const kind of [
    'synctargets',
    'locations',
    'edgeplacements',
    'singleplacementslices',
    'syncerconfigs',
    'customizers',
  ])
    assert.ok(
      schemas.some((schema) => schema.includes(`.${kind}.${EDGE}`)),
      `${kind} in ${schemas}`,
    );
  const role = 'compute:apiexport:kubernetes:maximal-permission-policy-extended';
  const { rules } = JSON.parse(
    await must`kubectl ws root:compute >/dev/null; kubectl get clusterrole ${role} -o json`,
  );
  const status = rules.filter(({ resources }: { resources: string[] }) =>
    resources.includes('deployments/status'),
  );
  assert.ok(
    status.some(({ verbs }: { verbs: string[] }) => verbs.includes('update') && verbs.includes('patch')),
  );
  await must(
    `kubectl get clusterrolebinding compute:authenticated:apiexport:kubernetes:maximal-permission-policy-extended`,
  );
  await must('kubectl ws root');
});

test('what ensure location makes is what the plain kubectl commands of the reference make', async () => {
  await must`
    kubectl ws root; kubectl ws create imw-plain --type root:universal
    kubectl ws create imw-ours --type root:universal; kubectl ws imw-plain
    kubectl create -f - <<YAML
apiVersion: apis.kcp.io/v1alpha1
kind: APIBinding
metadata: {name: ${EDGE}}
spec: {reference: {export: {path: root:espw, name: ${EDGE}}}}
YAML
    kubectl wait apibinding/${EDGE} --for=jsonpath='{.status.phase}'=Bound --timeout=60s
    timeout 30 sh -c 'until kubectl get synctargets.${EDGE} 2>/dev/null; do sleep 0.2; done'
    kubectl create -f - <<YAML
apiVersion: ${EDGE}/v2alpha1
kind: SyncTarget
metadata: {name: demo1, labels: {id: demo1, foo: bar, the-word: the-bird}}
spec: {}
---
apiVersion: ${EDGE}/v2alpha1
kind: Location
metadata: {name: demo1, labels: {foo: bar, the-word: the-bird}}
spec:
  resource: {group: ${EDGE}, version: v2alpha1, resource: synctargets}
  instanceSelector: {matchLabels: {id: demo1}}
YAML`;
  const again = await must(
    'kubectl kubestellar ensure location --imw root:imw-plain demo1 foo=bar the-word=the-bird',
  );
  assert.equal(lines(again), ['Current workspace is "root:imw-plain".']);
  await must('kubectl kubestellar ensure location --imw root:imw-ours demo1 foo=bar the-word=the-bird');
  for (const kind of [`synctargets.${EDGE}`, `locations.${EDGE}`, 'apibindings']) {
    const made = [];
    for (const imw of ['imw-plain', 'imw-ours']) {
      const name = kind === 'apibindings' ? EDGE : 'demo1';
      const text = await must`kubectl ws root:${imw} >/dev/null; kubectl get ${kind} ${name} -o json`;
      const { metadata, spec } = JSON.parse(text);
      made.push({ labels: kind === 'apibindings' ? undefined : metadata.labels, spec });
    }
    assert.equal(made[1], made[0], kind);
  }
});

test('ensure and remove location need none of the controllers; prep-for-cluster waits for the mailbox-controller', async () => {
  await must('kubestellar stop');
  const made = await must('kubectl kubestellar ensure location --imw root:imw-ours demo2 a=b');
  assert.match(made, `location.${EDGE}/demo2 created`);
  assert.match(await must('kubectl kubestellar remove location demo2'), `location.${EDGE} "demo2" deleted`);

  await must('cp $KUBECONFIG waits.kubeconfig');
  const waiting = run(
    'bash',
    [
      '-c',
      'cd $DIR; exec kubectl kubestellar prep-for-cluster --kubeconfig waits.kubeconfig --imw root:imw-ours late k=v',
    ],
    { ...home.env, ...env },
  );
  await waiting.printed(`location.${EDGE}/late created`);
  // In this folder the logs go where the reference says.
  await must('kubectl ws root:imw-ours; kubestellar start');
  const { code, stderr } = await waiting.done;
  assert.is(code, 0, stderr);
  assert.equal((await readdir(join(folder, 'kubestellar-logs'))).length, 3);
  assert.is((await must('kubectl ws . --short')).trim(), 'root');
});

test('init waits until kcp is in service, and tells that it does', async () => {
  const url = new URL(await must(`kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'`));
  const probe = await Forwarder.start('127.0.0.1', Number(url.port));
  const { address } = probe;
  probe.stop();
  await must`sed ${`s/${url.host}/${address}/`} $KUBECONFIG >later.kubeconfig; chmod 600 later.kubeconfig`;
  const init = run(
    'bash',
    ['-c', 'cd $DIR; exec kubestellar init --kubeconfig later.kubeconfig --ensure-imw "" --ensure-wmw ""'],
    { ...home.env, ...env },
  );
  await init.printed('Waiting for kcp at');
  const forwarder = await Forwarder.start('127.0.0.1', Number(url.port), Number(address.split(':')[1]));
  const { code, stdout, stderr } = await init.done;
  forwarder.stop();
  assert.is(code, 0, stderr);
  assert.is(lines(stdout).at(-1), 'Current workspace is "root".');
});

const NO_PROCESSES = 'by default init asks for a process named kcp on this machine';
const alone = wordsOf('unshare --user --map-root-user --pid --fork --mount-proc');
if ((await sh`${alone} true`).code === 0) {
  test(NO_PROCESSES, async () => {
    const { code, stderr } = await sh`${alone} kubestellar init`;
    assert.is(code, 1);
    assert.match(stderr, 'kcp is not running - please start it ....');
    assert.is((await sh`${alone} kubestellar init --local-kcp=false`).code, 0);
  });
} else test.skip(NO_PROCESSES, 'this user may not make a process namespace here');

test('the session of prep-for-syncer, from its first line to its last', async () => {
  await must('kubectl ws root:wmw1');
  const session = lines(await must('kubectl kubestellar prep-for-syncer --imw root:imw1 edge1 2>&1'));
  const id = /"(kubestellar-syncer-edge1-[a-z0-9]+)"/.exec(session.join('\n'))?.[1] ?? '';
  assert.match(
    session[2] ?? '',
    /^Current workspace is "root:espw:[a-z0-9]+-mb-[-0-9a-f]{36}" \(type root:universal\)\.$/,
  );
  session.splice(2, 1);
  assert.equal(session, [
    'Current workspace is "root:imw1".',
    'Current workspace is "root:espw".',
    `Creating service account "${id}"`,
    `Creating cluster role "${id}" to give service account "${id}"`,
    '',
    // What the roles permit is told in our own words: they permit less than the original's.
    ...session.slice(5, 8),
    '',
    `Creating or updating cluster role binding "${id}" to bind service account "${id}" to cluster role "${id}".`,
    '',
    `Wrote WEC manifest to edge1-syncer.yaml for namespace "${id}". Use`,
    '',
    '  KUBECONFIG=<workload-execution-cluster-config> kubectl apply -f "edge1-syncer.yaml"',
    '',
    'to apply it; it lets the syncer manage objects of any kind in that cluster. Use',
    '',
    `  KUBECONFIG=<workload-execution-cluster-config> kubectl get deployment -n "${id}" ${id}`,
    '',
    'to verify the syncer pod is running.',
    'Current workspace is "root:wmw1".',
  ]);
});

test('the manifest has exactly the objects that the reference lists; its flags decide about image and file', async () => {
  const text = await must(
    'kubectl kubestellar prep-for-syncer -s --imw root:imw1 --espw root:espw --syncer-image example.org/syncer:1 -o - edge1',
  );
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  const id = objects[0].metadata.name;
  assert.match(id, /^kubestellar-syncer-edge1-[a-z0-9]{8}$/);
  assert.equal(objects.map(({ kind, metadata }) => [kind, metadata.namespace ?? '', metadata.name]).sort(), [
    ['ClusterRole', '', id],
    ['ClusterRoleBinding', '', id],
    ['Deployment', id, id],
    ['Namespace', '', id],
    ['Secret', id, id],
    ['Secret', id, objects.find(({ type }) => type === 'kubernetes.io/service-account-token').metadata.name],
    ['ServiceAccount', id, id],
  ]);
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  assert.is(deployment.spec.template.spec.containers[0].image, 'example.org/syncer:1');
  assert.match(
    await readFile(join(folder, 'edge1-syncer.yaml'), 'utf8'),
    'image: ghcr.io/kubestellar-ts/kubestellar:',
  );
});

test('a workload management workspace can be deleted by plain kubectl, too', async () => {
  await must(
    'kubectl kubestellar ensure wmw by-hand --with-kube=false; kubectl ws root; kubectl delete Workspace by-hand',
  );
  assert.is((await sh('kubectl get workspace by-hand')).code, 1);
  assert.equal(lines(await must('kubectl kubestellar ensure wmw by-hand --with-kube false')).slice(0, 2), [
    'Current workspace is "root".',
    'Workspace "by-hand" (type root:universal) created. Waiting for it to be ready...',
  ]);
  await must('kubectl ws ..; kubectl kubestellar remove wmw by-hand');
});

test('list-syncing-objects takes both client configurations apart, each by file, context, cluster and user', async () => {
  const list = wordsOf(
    'kubestellar-list-syncing-objects --api-group apps --api-version v1 --api-kind Deployment --api-resource deployments --json',
  );
  await kubeconfigWith('all.kubeconfig', 'kubectl config use-context base');
  await must(`grep -v shard-admin $KUBECONFIG >/dev/null; cp $KUBECONFIG parent.kubeconfig`);
  const whole = await must`${list}`;
  assert.match(whole, '"kind":"Deployment"');
  const apart =
    await must`KUBECONFIG=absent ${list} --all-kubeconfig all.kubeconfig --parent-kubeconfig parent.kubeconfig \\
      --all-context system:admin --parent-context root`;
  assert.is(apart, whole);
  const context = (name: string) => {
    const found = `{.contexts[?(@.name=="${name}")].context`;
    return must`kubectl config view -o ${`jsonpath=${found}.cluster} ${found}.user}`}`;
  };
  const [allCluster = '', allUser = ''] = (await context('system:admin')).split(' ');
  const [parentCluster = '', parentUser = ''] = (await context('root')).split(' ');
  const named = await must`${list} --all-context base --all-cluster ${allCluster} --all-user ${allUser} \\
      --parent-context base --parent-cluster=${parentCluster} --parent-user=${parentUser}`;
  assert.is(named, whole);
  for (const flag of ['all', 'parent'].flatMap((side) =>
    ['context', 'cluster', 'user'].map((what) => `--${side}-${what}`),
  )) {
    const { code, stderr } = await sh`${list} ${flag} none-such`;
    assert.ok(code !== 0, flag);
    assert.match(stderr, 'none-such', flag);
  }
});

test('-X is taken by every command that the reference gives it to, and -h ends with success', async () => {
  const commands = [
    'kubestellar init',
    'kubectl kubestellar deploy',
    'kubectl kubestellar get-internal-kubeconfig',
    'kubectl kubestellar get-external-kubeconfig',
    'kubectl kubestellar ensure location',
    'kubectl kubestellar remove location',
    'kubectl kubestellar prep-for-syncer',
    'kubectl kubestellar prep-for-cluster',
    'kubectl kubestellar ensure wmw',
    'kubectl kubestellar remove wmw',
  ];
  for (const command of commands) {
    const name = command.replace(/ init$/, '');
    assert.match(await must`${wordsOf(command)} -X -h`, new RegExp(`^Usage: ${name} `));
  }
});

test.run();
