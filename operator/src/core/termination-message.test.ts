import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { coreFinding, type Pod } from './conditions.ts';
import { withTerminationMessages } from './termination-message.ts';

const test = suite('termination message of a container');

function podThatEnded(message: string): Pod {
  const terminated = { exitCode: 2, reason: 'Error', message };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kubestellar-0', namespace: 'ks' },
    status: {
      initContainerStatuses: [
        { name: 'kcp', image: 'kcp:1', ready: false, restartCount: 3, state: {}, lastState: { terminated } },
      ],
    },
  };
}

/** A client for which that text is the log. */
const logging = (log: string | Error, requests: unknown[] = []) =>
  ({
    async request(_method: string, path: string, options: { query: object }) {
      requests.push([path, options.query]);
      if (log instanceof Error) throw log;
      return log;
    },
  }) as unknown as KubeClient;

const STACK = 'main.main()\n\tkcp.go:212';

test('a full volume is found in the log when a stack trace has pushed it out of the status', async () => {
  const log = `I1126 starting\n{"level":"panic","msg":"failed to create WAL","error":"no space left on device"}\n${STACK}`;
  const requests: unknown[] = [];
  const finding = coreFinding(await withTerminationMessages([podThatEnded(STACK)], logging(log, requests)));
  assert.is(finding.reason, 'VolumeFull');
  assert.equal(requests, [
    [
      '/api/v1/namespaces/ks/pods/kubestellar-0/log',
      { container: 'kcp', previous: true, tailLines: 100, limitBytes: 65536 },
    ],
  ]);
});

test('the termination message of the status is kept when the log has no reason or cannot be read', async () => {
  for (const log of ['I1126 all is well', new Error('not found')]) {
    const finding = coreFinding(await withTerminationMessages([podThatEnded(STACK)], logging(log)));
    assert.is(finding.reason, 'Crashing');
    assert.match(finding.message, 'kcp.go:212');
  }
});

test('the log of a running container is not read', async () => {
  const requests: unknown[] = [];
  const pod = podThatEnded(STACK);
  for (const status of pod.status?.initContainerStatuses ?? []) status.ready = true;
  await withTerminationMessages([pod], logging('', requests));
  assert.equal(requests, []);
});

test.run();
