/**
 * What is wrong about a deploy and only a cluster can tell: by a message before anything is changed, or as a condition
 * soon after. What can be told without a cluster is in e2e/install/chart.test.ts.
 */
import { KUBESTELLAR_CONDITIONS, type KubeStellar } from '@kubestellar/api';
import { assert } from '@kubestellar/testing';
import { eventually } from '../eventually.ts';
import type { Finished } from '../local.ts';
import { area } from '../scenarios.ts';
import type { Release } from './release.ts';

/** A release that is told nothing right, and one whose port it asks for. */
export interface Mistaken {
  readonly release: Release;
  readonly main: Release;
}

export const mistakes = area<Mistaken>();

/** Until a message (seconds). */
const MESSAGE_LIMIT = 10;
/** Until a condition (seconds). */
const CONDITION_LIMIT = 30;
const ENDPOINT = '--external-endpoint core.kubestellar.test:443';
/** What a user has made, in the way of the chart and of the operator. */
const THEIRS = { account: 'serviceaccount/kubestellar-operator', service: 'service/kubestellar' };

/** What `deploy` refuses: what is wrong, further flags, what is done before, the message. */
interface Refused {
  readonly what: string;
  readonly flags?: string;
  readonly before?: string;
  readonly message: RegExp;
}

const REFUSED: readonly Refused[] = [
  {
    what: 'a namespace that is not there',
    flags: '-n nowhere',
    message: /there is no namespace "nowhere" .*kubectl create namespace nowhere/,
  },
  {
    what: 'a user who may do nothing',
    flags: '--kube-as-user nobody',
    message: /may not create .*deployments\.apps.*nothing was changed/,
  },
  {
    what: 'a token that the cluster does not know',
    before: "sed '/client-.*-data/d' $KUBECONFIG > stranger.kubeconfig",
    flags: '--kubeconfig stranger.kubeconfig --kube-token wrong',
    message: /does not accept the credentials of the kubeconfig/,
  },
  {
    what: "an object of somebody's under a name of the chart's",
    before: `kubectl create ${THEIRS.account.replace('/', ' ')}`,
    message: /ServiceAccount "kubestellar-operator".* exists/,
  },
];

for (const { what, flags = '', before = '', message } of REFUSED) {
  mistakes(`deploy with ${what}: refused at once, nothing is made`, async ({ release }) => {
    await inNamespace(release, before);
    const objects = await made(release);
    const started = performance.now();
    const { code, stderr } = await tried(release, `kubectl kubestellar deploy ${ENDPOINT} ${flags}`);
    const seconds = (performance.now() - started) / 1000;
    assert.is(code, 1, stderr);
    assert.match(stderr, message);
    assert.ok(seconds <= MESSAGE_LIMIT, `${seconds} s`);
    assert.equal(await made(release), objects);
  });
}

/** What the operator tells: what is wrong, values of the chart, what is done before, where and how it is told. */
interface Told {
  readonly what: string;
  readonly values?: (mistaken: Mistaken) => string;
  readonly before?: string;
  readonly condition: keyof typeof KUBESTELLAR_CONDITIONS;
  readonly reason: string;
  readonly message: RegExp;
}

/** kcp would only be in the way, and a volume would stay what it is first. */
const IDLE = 'core.images.kcp=nowhere.test/kcp:1,core.storage.type=EmptyDir';
const CLAIM = 'core.storage.type=PersistentVolumeClaim';
const NOT_EXPOSED = 'core.exposure.type=None';

const TOLD: readonly Told[] = [
  {
    what: "a Service of somebody's under a name of the core's",
    before: `kubectl delete ${THEIRS.account}; kubectl create service clusterip kubestellar --tcp=1`,
    condition: 'core',
    reason: 'NameTaken',
    message: /Service "kubestellar" exists and does not belong to this KubeStellar; rename or delete it/,
  },
  {
    what: 'a quota that is used up',
    // The quota counts before the operator may make the pod, which it does as soon as the Service is gone.
    before: `kubectl create quota few --hard=pods=1
      kubectl wait --for=jsonpath='{.status.used.pods}'=1 quota/few --timeout=30s
      kubectl delete ${THEIRS.service}`,
    condition: 'core',
    reason: 'PodRefused',
    message: /the cluster refuses the core's pod: .*exceeded quota: few/,
  },
  {
    what: 'an image that does not pull',
    before: 'kubectl delete quota few',
    condition: 'core',
    reason: 'ImagePullFailed',
    message: /the image nowhere\.test\/kcp:1 of container "kcp" cannot be pulled .*spec\.images/s,
  },
  {
    what: 'nodes that are not there',
    values: () => 'core.pod.nodeSelector.disk=none',
    condition: 'core',
    reason: 'Unschedulable',
    message: /no node can take the pod: .*node affinity\/selector/,
  },
  {
    what: 'more memory than any node has',
    values: () => 'core.resources.kcp.requests.memory=100Ti',
    condition: 'core',
    reason: 'Unschedulable',
    message: /no node can take the pod: .*memory/,
  },
  {
    what: 'an Ingress without any ingress class',
    values: () => 'core.exposure.type=Ingress',
    condition: 'exposed',
    reason: 'IngressClassMissing',
    message: /the cluster has no IngressClass; install an ingress controller/,
  },
  {
    what: 'an ingress class that is not there',
    values: () => 'core.exposure.type=Ingress,core.exposure.ingressClassName=nowhere',
    condition: 'exposed',
    reason: 'IngressClassMissing',
    message: /IngressClass "nowhere" does not exist; the cluster has: none/,
  },
  {
    what: 'a TLSRoute without the Gateway API',
    values: () => 'core.exposure.type=TLSRoute,core.exposure.parentRefs[0].name=gate',
    condition: 'exposed',
    reason: 'KindNotServed',
    message: /does not serve TLSRoutes; install the CRDs of the Gateway API/,
  },
  {
    what: 'a Route on a cluster that is no OpenShift',
    values: () => 'core.exposure.type=Route',
    condition: 'exposed',
    reason: 'KindNotServed',
    message: /does not serve Routes: it is no OpenShift/,
  },
  {
    what: 'a LoadBalancer without a provider',
    values: () => 'core.exposure.type=LoadBalancer',
    condition: 'exposed',
    reason: 'WaitingForAddress',
    message: /has not given the LoadBalancer an address; does it have a load balancer provider/,
  },
  {
    what: 'a port of the nodes that another has',
    values: ({ main }) => `core.exposure.type=NodePort,core.exposure.nodePort=${main.nodePort}`,
    condition: 'exposed',
    reason: 'NodePortTaken',
    message: /choose another spec\.exposure\.nodePort/,
  },
  {
    what: 'an issuer that is not there',
    values: () => 'core.certificates.issuerSecretName=nowhere',
    condition: 'certificates',
    reason: 'IssuerSecretMissing',
    message: /"nowhere"/,
  },
  {
    what: 'an issuer that is none',
    before: 'kubectl create secret generic no-issuer --from-literal=tls.crt=x --from-literal=tls.key=y',
    values: () => 'core.certificates.issuerSecretName=no-issuer',
    condition: 'certificates',
    reason: 'IssuerSecretInvalid',
    message: /cannot use the CA in Secret/,
  },
  {
    what: 'an etcd whose Secret is not there',
    values: () => 'core.etcd.servers[0]=https://etcd.nowhere.test:2379,core.etcd.tlsSecretName=nowhere',
    condition: 'storage',
    reason: 'EtcdSecretInvalid',
    message: /Secret "nowhere" does not exist .*needs ca\.crt, tls\.crt and tls\.key/,
  },
  {
    what: 'a StorageClass that is not there',
    values: () => `${CLAIM},core.storage.storageClassName=nowhere`,
    condition: 'storage',
    reason: 'StorageClassMissing',
    message: /the cluster has no StorageClass "nowhere"/,
  },
  {
    what: "another StorageClass than the volume's",
    values: () => `${CLAIM},core.storage.storageClassName=tiny`,
    condition: 'storage',
    reason: 'ClassFixed',
    message: /is of StorageClass "nowhere", which cannot change/,
  },
];

for (const { what, values, before = '', condition, reason, message } of TOLD) {
  mistakes(`deploy with ${what}: the condition tells it soon`, async (mistaken) => {
    const { release } = mistaken;
    await inNamespace(release, before);
    const all = [IDLE, values?.(mistaken) ?? NOT_EXPOSED];
    await inNamespace(release, `kubectl kubestellar deploy ${ENDPOINT} --set '${all.join(',')}'`);
    await told(release, condition, reason, message);
  });
}

mistakes('the volume is full: the condition tells it soon', async ({ release }) => {
  const { hosting } = release;
  const node = hosting.cluster.node;
  // A volume of a size that is kept to.
  await hosting.must(`docker exec ${node} sh -c 'mkdir /tiny && mount -t tmpfs -o size=1m,mode=1777 tiny /tiny'
    kubectl create -f - <<'END'
${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: tinyVolume(node) })}
END`);
  await inNamespace(
    release,
    `kubectl delete persistentvolumeclaim kubestellar-pvc --wait=false
    kubectl kubestellar deploy ${ENDPOINT} --set '${NOT_EXPOSED},core.storage.storageClassName=tiny'`,
  );
  await told(release, 'core', 'VolumeFull', /"kubestellar-pvc" is full; raise spec\.storage\.size/);
});

mistakes('after all that, helm delete leaves nothing', async ({ release }) => {
  const { hosting } = release;
  await inNamespace(release, 'helm delete kubestellar --wait --timeout 2m; kubectl delete secret no-issuer');
  await eventually(
    'the objects of the core to be gone',
    () => made(release),
    (objects) => objects.length === 0,
    60,
  );
  await hosting.must(`kubectl delete persistentvolume/tiny storageclass/tiny
    docker exec ${hosting.cluster.node} sh -c 'umount /tiny && rmdir /tiny'
    kubectl delete namespace ${release.namespace}`);
});

/** Runs a line of shell whose kubectl and helm work in the namespace of the release. */
async function tried({ hosting, namespace }: Release, script: string): Promise<Finished> {
  const folder = await hosting.scratch(namespace);
  const context = 'kubectl config set-context --current --namespace';
  return hosting.sh(`cd ${folder}; cp $KUBECONFIG in-namespace.kubeconfig
    export KUBECONFIG=$PWD/in-namespace.kubeconfig; ${context}=${namespace} >/dev/null; ${script}`);
}

/** The same, which must succeed. @returns its stdout */
async function inNamespace(release: Release, script: string): Promise<string> {
  const { code, stdout, stderr } = await tried(release, script);
  assert.is(code, 0, stdout + stderr);
  return stdout;
}

/** What there is of a release in its namespace, and of it outside. */
async function made(release: Release): Promise<string[]> {
  const kinds =
    'deployments,statefulsets,pods,services,secrets,serviceaccounts,roles,rolebindings,kubestellars,persistentvolumeclaims';
  const text = await inNamespace(
    release,
    `kubectl get ${kinds} -o name; kubectl get clusterroles,clusterrolebindings -o name | grep -e -${release.namespace} || true`,
  );
  return text.split('\n').filter((name) => name !== '' && name !== 'serviceaccount/default');
}

/** Waits until a condition is not true for that reason and tells so. */
async function told(
  release: Release,
  condition: keyof typeof KUBESTELLAR_CONDITIONS,
  reason: string,
  message: RegExp,
): Promise<void> {
  const type = KUBESTELLAR_CONDITIONS[condition];
  await eventually(
    `the condition ${type} to be false for ${reason} with ${message}`,
    async () => {
      const core = JSON.parse(await inNamespace(release, 'kubectl get kubestellar kubestellar -o json'));
      const { metadata, status } = core as KubeStellar;
      return status?.conditions?.find(
        (each) => each.type === type && each.observedGeneration === metadata.generation,
      );
    },
    (each) => each?.status === 'False' && each.reason === reason && message.test(each.message ?? ''),
    CONDITION_LIMIT,
  );
}

function tinyVolume(node: string): object[] {
  const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'tiny' },
      provisioner: 'kubernetes.io/no-provisioner',
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'tiny' },
      spec: {
        capacity: { storage: '8Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'tiny',
        local: { path: '/tiny' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
      },
    },
  ];
}
