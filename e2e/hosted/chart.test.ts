/** The chart on a real cluster: install, use from inside and outside, upgrade, delete, install again. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HOSTED_CONTAINERS } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { backup, move, restoration } from '../support/hosted/backup.ts';
import { bootstrapped } from '../support/hosted/bootstrap.ts';
import { type Exposed, exposure } from '../support/hosted/exposure.ts';
import { failures } from '../support/hosted/failures.ts';
import { type Mistaken, mistakes } from '../support/hosted/mistakes.ts';
import { Release } from '../support/hosted/release.ts';
import { prepareReleases, type Releases, releases } from '../support/hosted/releases.ts';
import { rotation } from '../support/hosted/rotation.ts';
import { Traefik } from '../support/hosted/traefik.ts';
import { view } from '../support/hosted/view.ts';
import { wec, wecAfterwards } from '../support/hosted/wec.ts';
import { difference, type Inventory, inventoryOf } from '../support/inventory.ts';
import { KindCluster, whyNoCluster } from '../support/kind.ts';
import { ROOT } from '../support/local.ts';
import type { Area } from '../support/scenarios.ts';

// Where nothing is cached yet, the image of the node is built first (docs/toolchain.md).
const test = suite('the chart on a kind cluster', { timeout: 1_500_000 });
const reason = await whyNoCluster();

let hosting: KindCluster;
let client: KubeClient;
let release: Release;
let all: Releases;
let exposed: Exposed;
let mistaken: Mistaken;
let before: Inventory;

async function setUp(): Promise<void> {
  hosting = await KindCluster.create('hosting', ['helm', 'kubectl-ws']);
  await hosting.loadImages('kubestellar', 'kcp');
  client = await KubeClient.fromKubeconfig({ kubeconfig: hosting.cluster.kubeconfig });
  release = await Release.prepare(hosting, { namespace: 'kubestellar', nodePort: 30643 });
  all = await prepareReleases(hosting, release);
  exposed = { release: all.apart, traefik: new Traefik(hosting) };
  before = await inventoryOf(client);
  // Its namespace is gone when the inventory is compared.
  mistaken = {
    release: await Release.prepare(hosting, { namespace: 'mistaken', nodePort: 30647 }),
    main: release,
  };
}

async function tearDown(): Promise<void> {
  await client?.connection.close();
  await hosting?.dispose();
}

/** Adds the tests of an area: they go on with the cores as those before have left them. */
function add<Core>({ scenarios }: Area<Core>, core: () => Core): void {
  for (const { name, show } of scenarios) test(name, () => show(core()));
}

if (reason !== undefined) {
  test.skip('deployed by one command, used, upgraded and deleted', reason);
} else {
  test.before(setUp);
  test.after(tearDown);

  test('deploy: in a restricted namespace the core becomes Ready, and the next command is told', async () => {
    const { code, stdout, stderr } = await hosting.sh(release.install);
    assert.is(code, 0, stdout + stderr);
    assert.match(stderr, /get-external-kubeconfig -n kubestellar/);
    await release.untilReady();
  });

  test('the pod and its containers are found as the reference says', async () => {
    for (const container of HOSTED_CONTAINERS) {
      const pod = `$(kubectl get pod --selector=app=kubestellar -o jsonpath='{.items[0].metadata.name}' -n kubestellar)`;
      await hosting.must(`kubectl logs ${pod} -n kubestellar -c ${container} --tail=1`);
    }
  });

  test('a client outside of the cluster uses root:espw by the external kubeconfig', async () => {
    await release.fetchKubeconfig();
    assert.is((await stat(release.kubeconfig)).mode & 0o777, 0o600);
    const exports = await release.inCore('kubectl ws root:espw >/dev/null && kubectl get apiexports -o name');
    assert.match(exports, /edge\.kubestellar\.io/);
  });

  test('clients inside of the cluster: the internal kubeconfig names the Service, helm test passes', async () => {
    const internal = await hosting.must(
      'kubectl kubestellar get-internal-kubeconfig -o internal.kubeconfig && cat internal.kubeconfig && rm internal.kubeconfig',
    );
    assert.match(internal, /https:\/\/kubestellar\.kubestellar\.svc:6443/);
    const throughView = await hosting.must(
      'kubectl kubestellar get-internal-kubeconfig --view -o view.kubeconfig && cat view.kubeconfig && rm view.kubeconfig',
    );
    assert.match(throughView, /https:\/\/kubestellar\.kubestellar\.svc:6444/);
    await hosting.must('helm test kubestellar -n kubestellar --timeout 2m');
  });

  test('a second release in the same namespace is refused, and changes nothing', async () => {
    const { code, stderr } = await hosting.sh(
      `helm upgrade --install another ${join(ROOT, 'chart')} -n kubestellar`,
    );
    assert.is.not(code, 0);
    assert.match(stderr, /kubestellar/);
    await release.untilReady();
  });

  test('what someone else changes or deletes of the core is put right', async () => {
    const on = '-n kubestellar service/kubestellar';
    await hosting.must(
      `kubectl patch ${on} --type=json -p '[{"op":"replace","path":"/spec/ports/0/port","value":7443}]'`,
    );
    await eventually(
      "the Service's port to be put back",
      () => hosting.must(`kubectl get ${on} -o jsonpath='{.spec.ports[*].port}'`),
      (ports) => ports === '6443 6444',
      60,
    );
    await hosting.must('kubectl delete secret/kubestellar service/kubestellar -n kubestellar');
    await hosting.must('kubectl delete statefulset kubestellar -n kubestellar');
    await hosting.must('kubectl wait --for=create statefulset/kubestellar -n kubestellar --timeout=60s');
    await hosting.must('kubectl rollout status statefulset/kubestellar -n kubestellar --timeout=300s');
    await release.untilReady();
    await hosting.must('kubectl get service/kubestellar secret/kubestellar -n kubestellar');
  });

  test('an upgrade keeps the data', async () => {
    await release.inCore('kubectl ws :root >/dev/null && kubectl ws create kept --type root:universal');
    const former = await release.podUid();
    await hosting.must(`${release.install} --set CONTROLLER_VERBOSITY=3`);
    await release.untilReplaced(former);
    assert.match(
      await release.inCore('kubectl ws :root >/dev/null && kubectl get workspace kept -o name'),
      /kept/,
    );
  });

  for (const each of [backup, rotation, wec, view, failures, wecAfterwards]) add(each, () => release);
  add(mistakes, () => mistaken);
  add(releases, () => all);
  add(exposure, () => exposed);

  test('helm delete leaves nothing but the CRD; a second installation works', async () => {
    const { main, kept, apart } = all;
    await Promise.all(
      [main, kept, apart].map(({ namespace }) =>
        hosting.must(`helm delete kubestellar -n ${namespace} --wait --timeout 3m`),
      ),
    );
    const stays = [
      '+ apiservices.apiregistration.k8s.io /v1alpha1.operator.kubestellar.io',
      '+ customresourcedefinitions.apiextensions.k8s.io /kubestellars.operator.kubestellar.io',
      '+ persistentvolumeclaims kept/kubestellar-pvc',
      '+ secrets kept/kubestellar-client-ca',
      '+ secrets kept/kubestellar-kcp',
    ];
    // Who provisions volumes makes one for a claim; without a provisioner there are some beforehand.
    const volume = await hosting.must(
      `kubectl get persistentvolumeclaim kubestellar-pvc -n kept -o jsonpath='{.spec.volumeName}'`,
    );
    await eventually(
      'the objects of the cores to be gone',
      async () =>
        difference(before, await inventoryOf(client)).filter(
          (line) => line !== `+ persistentvolumes /${volume}`,
        ),
      (changes) => isDeepStrictEqual(changes, stays),
      120,
    );
    await Promise.all(
      [main, kept].map(async (each) => {
        await hosting.must(each.install);
        await each.untilReady();
      }),
    );
  });

  test('a volume that was kept is used again, and so are the kubeconfigs that belong to it', async () => {
    const workspaces = 'kubectl ws :root >/dev/null && kubectl get workspaces -o name';
    assert.match(await all.kept.inCore(workspaces), 'only-kept');
  });

  add(restoration, () => release);
  add(move, () => ({ from: release, to: all.kept }));
  add(bootstrapped, () => release);
}

test.run();
