import { KUBESTELLAR_CONDITIONS, type KubeStellar } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { requireView } from './view.ts';

const test = suite('the view of a hosted core');

const endpoint = { host: 'view.example', port: 443 };

/** A core whose way from outside is there, or being made. */
function coreOf(
  spec: KubeStellar['spec'],
  status: KubeStellar['status'] = {},
  isExposed = true,
): KubeStellar {
  const [type, lastTransitionTime] = [KUBESTELLAR_CONDITIONS.exposed, '2026-01-01T00:00:00Z'];
  return {
    apiVersion: 'operator.kubestellar.io/v1alpha1',
    kind: 'KubeStellar',
    metadata: { name: 'kubestellar', generation: 2 },
    spec,
    status: {
      observedGeneration: 2,
      conditions: [{ type, status: isExposed ? 'True' : 'False', lastTransitionTime }],
      ...status,
    },
  } as KubeStellar;
}

test('one that is switched off is told at once, with what switches it on', () => {
  for (const which of ['internal', 'external'] as const)
    assert.throws(
      () => requireView(coreOf({ view: { enabled: false } }), which),
      /switched off.*enabled=true/,
    );
});

test('inside it is there, outside where it has an address', () => {
  requireView(coreOf({}), 'internal');
  requireView(coreOf({}, { viewEndpoint: endpoint }), 'external');
  assert.throws(() => requireView(coreOf({}), 'external'), /no address outside.*externalEndpoint\.host=/);
});

test('while the way from outside is being made, an address may come yet', () => {
  requireView(coreOf({}, { observedGeneration: 1 }), 'external');
  requireView(coreOf({}, {}, false), 'external');
});

test.run();
