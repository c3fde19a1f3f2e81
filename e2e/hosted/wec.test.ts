import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { Forwarder } from '../support/forwarder.ts';
import { KindCluster, whyNoCluster } from '../support/kind.ts';
import { LocalHome } from '../support/local.ts';

/** A real cluster as WEC: its syncer runs there as a pod, of the image and by the manifest that users get. */
// Where nothing is cached yet, the image of the node is built first (docs/toolchain.md).
const test = suite('a kind cluster as WEC', { timeout: 1_500_000 });

const reason = await whyNoCluster();
const MINUTE = '--timeout=60s';
/** An image that every kind node has. */
const WORKLOAD_IMAGE = 'registry.k8s.io/pause:3.10';

let home: LocalHome;
let wec: KindCluster;
let forwarder: Forwarder;

async function setUp(): Promise<void> {
  [home, wec] = [await LocalHome.create(), await KindCluster.create('wec', [])];
  await wec.loadImages('kubestellar');
  const { code, stdout, stderr } = await home.npm('start', '--wecs', '1').done;
  assert.is(code, 0, stdout + stderr);
  await home.must('cp $KUBESTELLAR_HOME/admin.kubeconfig $KUBECONFIG && kubectl config use-context root');
  const server = await home.must("kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'");
  forwarder = await Forwarder.start(await wec.gateway(), Number(new URL(server).port));
}

async function tearDown(): Promise<void> {
  forwarder?.stop();
  await Promise.all([home?.dispose(), wec?.dispose()]);
}

/** The number of available replicas that the mailbox tells of the workload. */
async function reported(): Promise<number | undefined> {
  const listed = await home.must(
    'kubestellar-list-syncing-objects --api-group apps --api-kind Deployment --json',
  );
  const objects = listed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return objects.find(({ metadata }) => metadata.namespace === 'real')?.status?.availableReplicas;
}

async function scale(replicas: number): Promise<void> {
  await home.must(`kubectl ws root:wmw1 && kubectl scale deployment web -n real --replicas=${replicas}`);
  await wec.must(
    `kubectl wait --for=jsonpath='{.status.availableReplicas}'=${replicas} deployment/web -n real --timeout=180s`,
  );
  await eventually(
    `${replicas} replicas to be told in the mailbox`,
    reported,
    (told) => told === replicas,
    60,
  );
}

if (reason !== undefined) {
  test.skip('the syncer runs as a pod and brings a workload', reason);
} else {
  test.before(setUp);
  test.after(tearDown);

  test('the manifest of prep-for-cluster makes the syncer run as a pod', async () => {
    const file = join(await wec.scratch('manifest'), 'syncer.yaml');
    await home.must(`kubectl kubestellar prep-for-cluster --imw root:imw1 real env=kind -o ${file}`);
    // The core of `npm start` serves on loopback only, and its certificate says so: pods come to it through the gateway
    // of their network.
    const manifest = await readFile(file, 'utf8');
    const server = /^( *)server: https:\/\/127.0.0.1:\d+$/m;
    assert.match(manifest, server);
    await writeFile(
      file,
      manifest.replace(server, `$1server: https://${forwarder.address}\n$1tls-server-name: 127.0.0.1`),
    );
    await wec.must(`kubectl apply -f ${file}`);
    await wec.must(`kubectl wait --for=condition=Available deployment --all -A ${MINUTE}`);
    await home.must(`kubectl ws root:imw1
      kubectl wait --for=condition=Ready synctargets.edge.kubestellar.io/real ${MINUTE}`);
  });

  test('a workload runs there in real pods, and its status comes back', async () => {
    await home.must(`
      kubectl ws root:wmw1
      kubectl create namespace real
      kubectl create deployment web --image=${WORKLOAD_IMAGE} -n real
      kubectl apply -f - <<YAML
apiVersion: edge.kubestellar.io/v2alpha1
kind: EdgePlacement
metadata: {name: real}
spec:
  locationSelectors: [{matchLabels: {env: kind}}]
  downsync:
  - {apiGroup: "", resources: [namespaces], objectNames: [real]}
  - {apiGroup: apps, resources: [deployments], namespaces: [real]}
YAML`);
    await wec.must(
      `timeout 60 sh -c 'until kubectl get deployment web -n real >/dev/null 2>&1; do sleep 0.2; done'`,
    );
    await scale(2);
  });

  test('when the syncer’s pod is killed, its successor goes on', async () => {
    await wec.must(`
      namespace=$(kubectl get namespaces -o name | grep kubestellar-syncer-real- | cut -d / -f 2)
      kubectl delete pods --all -n $namespace --force --grace-period=0`);
    await scale(3);
  });

  test('when the node is restarted, everything goes on', async () => {
    await wec.restartNode();
    await scale(1);
  });

  test('what is no longer placed goes away', async () => {
    await home.must('kubectl ws root:wmw1 && kubectl delete edgeplacement real');
    await wec.must(`kubectl wait --for=delete deployment/web -n real ${MINUTE}`);
  });
}

test.run();
