import { KUBESTELLAR_CONDITIONS, type KubeStellar } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { requireProxy } from './workspace-proxy.ts';

const test = suite('workspace proxy of a hosted core');

const endpoint = { host: 'view.example', port: 443 };

/** A core that is exposed, or being exposed. */
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

test('a workspace proxy that is disabled is reported at once, with the way to enable it', () => {
  for (const which of ['internal', 'external'] as const)
    assert.throws(
      () => requireProxy(coreOf({ view: { enabled: false } }), which),
      /is disabled.*enabled=true/,
    );
});

test('the workspace proxy is available inside, and outside with an endpoint', () => {
  requireProxy(coreOf({}), 'internal');
  requireProxy(coreOf({}, { viewEndpoint: endpoint }), 'external');
  assert.throws(() => requireProxy(coreOf({}), 'external'), /no endpoint outside.*externalEndpoint\.host=/);
});

test('a workspace proxy of a core that is being exposed may still get an endpoint', () => {
  requireProxy(coreOf({}, { observedGeneration: 1 }), 'external');
  requireProxy(coreOf({}, {}, false), 'external');
});

test.run();
