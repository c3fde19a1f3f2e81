import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { judgeCore, type Pod } from './judge.ts';
import { withLastWords } from './last-words.ts';

const test = suite('last words of a container');

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

/** A client for which the log is that text. */
const logging = (log: string | Error, asked: unknown[] = []) =>
  ({
    async request(_method: string, path: string, options: { query: object }) {
      asked.push([path, options.query]);
      if (log instanceof Error) throw log;
      return log;
    },
  }) as unknown as KubeClient;

const STACK = 'main.main()\n\tkcp.go:212';

test('a full volume is found in the log when a stack trace has pushed it out of the status', async () => {
  const log = `I1126 starting\n{"level":"panic","msg":"failed to create WAL","error":"no space left on device"}\n${STACK}`;
  const asked: unknown[] = [];
  const finding = judgeCore(await withLastWords([podThatEnded(STACK)], logging(log, asked)));
  assert.is(finding.reason, 'VolumeFull');
  assert.equal(asked, [
    [
      '/api/v1/namespaces/ks/pods/kubestellar-0/log',
      { container: 'kcp', previous: true, tailLines: 100, limitBytes: 65536 },
    ],
  ]);
});

test('what the status tells stands when the log has nothing better, or can not be read', async () => {
  for (const log of ['I1126 all is well', new Error('gone')]) {
    const finding = judgeCore(await withLastWords([podThatEnded(STACK)], logging(log)));
    assert.is(finding.reason, 'Crashing');
    assert.match(finding.message, 'kcp.go:212');
  }
});

test('the log of a container that runs is not read', async () => {
  const asked: unknown[] = [];
  const pod = podThatEnded(STACK);
  for (const status of pod.status?.initContainerStatuses ?? []) status.ready = true;
  await withLastWords([pod], logging('', asked));
  assert.equal(asked, []);
});

test.run();
