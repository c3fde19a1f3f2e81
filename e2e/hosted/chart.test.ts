/** The chart on a real cluster: install, use from inside and outside, upgrade, delete, install again. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HOSTED_CONTAINERS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { KindCluster, whyNoCluster } from '../support/kind.ts';
import { ROOT } from '../support/local.ts';

// Where nothing is cached yet, the image of the node is built first (docs/toolchain.md).
const test = suite('the chart on a kind cluster', { timeout: 1_500_000 });
const reason = await whyNoCluster();
const NODE_PORT = 30643;

let hosting: KindCluster;
let install: string;
let external: string;

async function setUp(): Promise<void> {
  hosting = await KindCluster.create('hosting', ['helm', 'kubectl-ws']);
  await hosting.loadImages('kubestellar', 'kcp');
  const address = await hosting.must(
    `kubectl get node -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}'`,
  );
  external = join(await hosting.scratch('external'), 'kubeconfig');
  install = `kubectl kubestellar deploy --external-endpoint ${address}:${NODE_PORT} -n kubestellar \
    --set core.exposure.type=NodePort,core.exposure.nodePort=${NODE_PORT}`;
  await hosting.must('kubectl create namespace kubestellar');
  await hosting.must(
    'kubectl label namespace kubestellar pod-security.kubernetes.io/enforce=restricted --overwrite',
  );
}

async function untilReady(): Promise<void> {
  const { code, stdout, stderr } = await hosting.sh(
    'kubectl wait kubestellar/kubestellar -n kubestellar --for=condition=Ready --timeout=300s',
  );
  if (code === 0) return;
  const told = await hosting.must('kubectl get kubestellar,pods,events -n kubestellar -o wide; true');
  throw new Error(`${stdout}${stderr}${told}`);
}

if (reason !== undefined) {
  test.skip('deployed by one command, used, upgraded and deleted', reason);
} else {
  test.before(setUp);
  test.after(() => hosting?.dispose());

  test('deploy: in a restricted namespace the core becomes Ready, and the next command is told', async () => {
    const { code, stdout, stderr } = await hosting.sh(install);
    assert.is(code, 0, stdout + stderr);
    assert.match(stderr, /get-external-kubeconfig -n kubestellar/);
    await untilReady();
  });

  test('the pod and its containers are found as the reference says', async () => {
    for (const container of HOSTED_CONTAINERS) {
      const pod = `$(kubectl get pod --selector=app=kubestellar -o jsonpath='{.items[0].metadata.name}' -n kubestellar)`;
      await hosting.must(`kubectl logs ${pod} -n kubestellar -c ${container} --tail=1`);
    }
  });

  test('a client outside of the cluster uses root:espw by the external kubeconfig', async () => {
    await hosting.must(`kubectl kubestellar get-external-kubeconfig -n kubestellar -o ${external}`);
    assert.is((await stat(external)).mode & 0o777, 0o600);
    const exports = await hosting.must('kubectl ws root:espw >/dev/null && kubectl get apiexports -o name', {
      KUBECONFIG: external,
    });
    assert.match(exports, /edge\.kubestellar\.io/);
  });

  test('clients inside of the cluster: the internal kubeconfig names the Service, helm test passes', async () => {
    const internal = await hosting.must(
      'kubectl kubestellar get-internal-kubeconfig -o internal.kubeconfig && cat internal.kubeconfig && rm internal.kubeconfig',
    );
    assert.match(internal, /https:\/\/kubestellar\.kubestellar\.svc:6443/);
    await hosting.must('helm test kubestellar -n kubestellar --timeout 2m');
  });

  test('a second release in the same namespace is refused, and changes nothing', async () => {
    const { code, stderr } = await hosting.sh(
      `helm upgrade --install another ${join(ROOT, 'chart')} -n kubestellar`,
    );
    assert.is.not(code, 0);
    assert.match(stderr, /kubestellar/);
    await untilReady();
  });

  test('what someone else changes or deletes of the core is put right', async () => {
    const on = '-n kubestellar service/kubestellar';
    await hosting.must(
      `kubectl patch ${on} --type=json -p '[{"op":"replace","path":"/spec/ports/0/port","value":7443}]'`,
    );
    await eventually(
      "the Service's port to be put back",
      () => hosting.must(`kubectl get ${on} -o jsonpath='{.spec.ports[*].port}'`),
      (ports) => ports === '6443',
      60,
    );
    await hosting.must('kubectl delete secret/kubestellar service/kubestellar -n kubestellar');
    await hosting.must('kubectl delete statefulset kubestellar -n kubestellar');
    await hosting.must('kubectl wait --for=create statefulset/kubestellar -n kubestellar --timeout=60s');
    await hosting.must('kubectl rollout status statefulset/kubestellar -n kubestellar --timeout=300s');
    await untilReady();
    await hosting.must('kubectl get service/kubestellar secret/kubestellar -n kubestellar');
  });

  test('an upgrade keeps the data', async () => {
    await hosting.must('kubectl ws root >/dev/null && kubectl ws create kept --type root:universal', {
      KUBECONFIG: external,
    });
    await hosting.must(`${install} --set CONTROLLER_VERBOSITY=3`);
    await hosting.must(
      `kubectl wait kubestellar/kubestellar -n kubestellar --for=jsonpath='{.status.observedGeneration}'=2 --timeout=60s`,
    );
    await hosting.must('kubectl rollout status statefulset/kubestellar -n kubestellar --timeout=300s');
    await untilReady();
    const found = await eventually(
      'the workspace to be there still',
      async () =>
        (await hosting.sh('kubectl get workspace kept -o name', { KUBECONFIG: external })).stdout.trim(),
      (name) => name !== '',
      120,
    );
    assert.match(found, /kept/);
  });

  test('helm delete leaves nothing but the CRD; a second installation works', async () => {
    await hosting.must('helm delete kubestellar -n kubestellar --wait --timeout 3m');
    // The name of the cluster itself, and what the server makes of the CRD, are not of the core.
    const list = `for type in $(kubectl api-resources --verbs=list -o name | grep -v ^events); do
      kubectl get $type -A -o name --ignore-not-found 2>/dev/null | grep -i kubestellar | grep -v control-plane || true; done`;
    const stays = [
      'apiservice.apiregistration.k8s.io/v1alpha1.operator.kubestellar.io',
      'customresourcedefinition.apiextensions.k8s.io/kubestellars.operator.kubestellar.io',
      'namespace/kubestellar',
    ];
    await eventually(
      'the objects of the core to be gone',
      async () => (await hosting.must(list)).trim().split('\n').sort(),
      (left) => isDeepStrictEqual(left, stays),
      120,
    );
    await hosting.must(install);
    await untilReady();
  });
}

test.run();
