import { assert, suite } from '@kubestellar/testing';
import { coreFinding, type Pod } from './conditions.ts';

const test = suite('condition of the core');

type Container = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function podWith(
  container: Partial<Container>,
  conditions: NonNullable<Pod['status']>['conditions'] = [],
): Pod {
  const status: Container = { name: 'kcp', image: 'kcp:1', ready: false, restartCount: 0, ...container };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kubestellar-0' },
    spec: { nodeName: 'node-1' },
    status: { conditions, initContainerStatuses: [status] },
  };
}

const ended = (exitCode: number, message: string, reason = 'Error') => ({
  lastState: { terminated: { exitCode, message, reason } },
});

const CASES: [what: string, pods: Pod[], reason: string, words: RegExp][] = [
  ['without a pod', [], 'Starting', /does not exist yet/],
  [
    'that no node can take',
    [podWith({}, [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes: insufficient memory' }])],
    'Unschedulable',
    /insufficient memory/,
  ],
  [
    'whose image cannot be pulled',
    [podWith({ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such host' } } })],
    'ImagePullFailed',
    /kcp:1.*no such host.*spec.images/,
  ],
  [
    'whose Secret is missing',
    [podWith({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret not found' } } })],
    'MountFailed',
    /secret not found/,
  ],
  ['on a processor that is too old', [podWith(ended(132, ''))], 'UnsupportedCPU', /node-1.*x86-64-v2/],
  [
    'on a processor that the C library refuses',
    [podWith(ended(127, 'Fatal glibc error: CPU ISA level is lower than required'))],
    'UnsupportedCPU',
    /nodeSelector/,
  ],
  [
    'whose volume is full',
    [podWith(ended(2, 'panic: write wal: no space left on device'))],
    'VolumeFull',
    /spec.storage.size/,
  ],
  ['that ended once', [podWith({ ...ended(1, 'oops'), restartCount: 1 })], 'Starting', /kcp is starting/],
  ['that restarts repeatedly', [podWith({ ...ended(1, 'a\nb\noops'), restartCount: 3 })], 'Crashing', /oops/],
  [
    'that takes too much memory',
    [podWith({ ...ended(137, '', 'OOMKilled'), restartCount: 2 })],
    'Crashing',
    /more memory than its limit/,
  ],
  ['whose workspaces are set up', [podWith({ name: 'init' })], 'Starting', /\(init\)/],
  ['that is ready', [podWith({ ready: true }, [{ type: 'Ready', status: 'True' }])], 'Available', /node-1/],
];

for (const [what, pods, reason, words] of CASES) {
  test(`a core ${what} is ${reason}`, () => {
    const finding = coreFinding(pods);
    assert.is(finding.reason, reason);
    assert.match(finding.message, words);
    assert.is(finding.status, reason === 'Available' ? 'True' : 'False');
  });
}

test.run();
