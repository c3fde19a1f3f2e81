import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { whyNoPod } from './refused-pod.ts';

const test = suite('core without a pod');

const NOW = Date.parse('2026-11-27T12:00:00Z');
const REFUSAL = 'pods "kubestellar-0" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1';

/** A client for which these events have happened, so many minutes ago. */
function listing(
  events: readonly [minutes: number, message: string][],
  requests: unknown[] = [],
): KubeClient {
  const list = async (resource: { plural: string }, query: object) => {
    requests.push([resource.plural, query]);
    return events.map(([minutes, message]) => ({
      message,
      lastTimestamp: new Date(NOW - minutes * 60_000).toISOString(),
    }));
  };
  return { list } as unknown as KubeClient;
}

test('the last refusal is reported without the text that Kubernetes puts around it', async () => {
  const requests: unknown[] = [];
  const refused = `create Pod kubestellar-0 in StatefulSet kubestellar failed error: ${REFUSAL}`;
  const client = listing(
    [
      [5, 'create Pod kubestellar-0 in StatefulSet kubestellar failed error: another'],
      [1, refused],
    ],
    requests,
  );
  const { status, reason, message } = await whyNoPod(client, 'ks', NOW);
  assert.equal([status, reason], ['False', 'PodRefused']);
  assert.is(message, `the cluster refuses the core's pod: ${REFUSAL}`);
  const fieldSelector = 'involvedObject.kind=StatefulSet,involvedObject.name=kubestellar,reason=FailedCreate';
  assert.equal(requests, [['events', { namespace: 'ks', fieldSelector }]]);
});

test('a core without a recent refusal is reported as starting', async () => {
  for (const client of [listing([]), listing([[21, 'refused']])]) {
    assert.is((await whyNoPod(client, 'ks', NOW)).reason, 'Starting');
  }
});

test.run();
