import type { KubeStellarSpec } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { coreOf } from '../fixtures.ts';
import { settingsOf } from '../settings.ts';
import { statefulSet, type WorkloadOptions } from './stateful-set.ts';

const test = suite('workload');

interface Container {
  name: string;
  image: string;
  args?: string[];
  resources?: object;
  restartPolicy?: string;
  securityContext: { readOnlyRootFilesystem?: boolean; allowPrivilegeEscalation?: boolean };
  volumeMounts: { name: string }[];
}

interface PodSpec {
  initContainers: Container[];
  containers: Container[];
  volumes: { name: string; [source: string]: unknown }[];
  securityContext: { runAsUser?: number };
  nodeSelector?: object;
}

function podOf(spec: KubeStellarSpec = {}, options: Partial<WorkloadOptions> = {}): PodSpec {
  const settings = settingsOf(coreOf(spec), '1.2.3');
  const made = statefulSet(settings, {
    endpoint: undefined,
    release: '1.2.3',
    isOpenShift: false,
    ...options,
  });
  return (made.spec as { template: { spec: PodSpec } }).template.spec;
}

const all = (pod: PodSpec) => [...pod.initContainers, ...pod.containers];
const kcpArgs = (pod: PodSpec) => pod.initContainers[0]?.args ?? [];

test('kcp runs before init, and both before the controllers', () => {
  const pod = podOf();
  assert.equal(
    all(pod).map(({ name }) => name),
    ['kcp', 'init', 'mailbox-controller', 'where-resolver', 'placement-translator', 'view'],
  );
  assert.is(pod.initContainers[0]?.restartPolicy, 'Always');
});

test('kcp at the highest verbosity does not log request bodies, which hold Secrets', () => {
  for (const [verbosity, ofKcp] of [
    [0, 0],
    [2, 1],
    [5, 4],
    [10, 5],
  ] as const) {
    assert.ok(kcpArgs(podOf({ verbosity })).includes(`--v=${ofKcp}`), `${verbosity}`);
  }
});

test('each container mounts its own kubeconfig and no other', () => {
  const pod = podOf();
  for (const { name, volumeMounts } of all(pod)) {
    const seen = volumeMounts
      .filter((mount) => mount.name.startsWith('kubeconfig-'))
      .map((mount) => mount.name);
    assert.equal(seen, name === 'kcp' || name === 'view' ? [] : [`kubeconfig-${name}`]);
  }
});

test('the workspace proxy mounts its own files only, and kcp accepts user headers from it alone', () => {
  const pod = podOf();
  const seen = all(pod).map(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
  assert.equal(seen.at(-1), ['view-pki']);
  assert.is(seen.filter((names) => names.includes('view-pki')).length, 1);
  for (const flag of [
    '--requestheader-client-ca-file=/etc/kcp/pki/proxy-ca.crt',
    '--requestheader-allowed-names=kubestellar:view',
  ])
    assert.ok(kcpArgs(pod).includes(flag), flag);
});

test('a core with the workspace proxy disabled has none of its parts', () => {
  const text = JSON.stringify(podOf({ view: { enabled: false } }));
  assert.not.match(text, /view|proxy|requestheader/);
});

test('no container has a writable root or can gain privileges', () => {
  for (const { securityContext } of all(podOf())) {
    assert.is(securityContext.readOnlyRootFilesystem, true);
    assert.is(securityContext.allowPrivilegeEscalation, false);
  }
});

test('the images are those of the release unless the spec names others', () => {
  assert.is(podOf().containers[0]?.image, 'ghcr.io/kubestellar-ts/kubestellar:1.2.3');
  assert.is(podOf({ images: { kcp: 'mirror/kcp:9' } }).initContainers[0]?.image, 'mirror/kcp:9');
});

test('kcp reports the external endpoint to its users once it is known', () => {
  assert.ok(kcpArgs(podOf()).includes('--shard-external-url=https://kubestellar.ks.svc:6443'));
  const known = podOf({}, { endpoint: { host: 'fd00::1', port: 443 } });
  assert.ok(kcpArgs(known).includes('--shard-external-url=https://[fd00::1]:443'));
});

test('a given etcd replaces the embedded one and its volume', () => {
  const pod = podOf({ etcd: { servers: ['https://a:2379', 'https://b:2379'], tlsSecretName: 'etcd-tls' } });
  assert.ok(kcpArgs(pod).includes('--etcd-servers=https://a:2379,https://b:2379'));
  assert.ok(kcpArgs(pod).some((flag) => flag.startsWith('--etcd-keyfile=')));
  assert.ok(pod.volumes.every((volume) => !('persistentVolumeClaim' in volume)));
});

test('a pod on OpenShift leaves the choice of the user to it', () => {
  assert.is(podOf().securityContext.runAsUser, 65532);
  assert.is(podOf({}, { isOpenShift: true }).securityContext.runAsUser, undefined);
});

test('scheduling and resources of the spec are copied into the pod', () => {
  const kcp = { requests: { cpu: '4' } };
  const pod = podOf({ resources: { kcp }, pod: { nodeSelector: { disk: 'fast' } } });
  assert.equal(pod.nodeSelector, { disk: 'fast' });
  assert.equal(pod.initContainers[0]?.resources, kcp);
});

test('an empty list of workspaces is kept empty', () => {
  const init = podOf({ workspaces: { inventory: [], workload: ['root:a', 'b'] } }).initContainers[1];
  assert.equal(init?.args?.slice(2), ['--ensure-imw=', '--ensure-wmw=root:a,b']);
});

test.run();
