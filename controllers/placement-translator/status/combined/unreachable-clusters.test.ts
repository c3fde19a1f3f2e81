import { SYNC_TARGET_CONDITIONS, type SyncTarget } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { hasFallenSilent } from './unreachable-clusters.ts';

const test = suite('clusters that have fallen silent');

function target(...conditions: { type: string; reason: string }[]): SyncTarget {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'SyncTarget',
    metadata: { name: 'edge1' },
    status: { conditions: conditions.map((each) => ({ status: 'False', lastTransitionTime, ...each })) },
  };
}

test('who was at work and is heard no more has fallen silent; who never came has not', () => {
  const { syncerReady, ready } = SYNC_TARGET_CONDITIONS;
  assert.ok(hasFallenSilent(target({ type: syncerReady, reason: 'SyncerSilent' })));
  assert.not(hasFallenSilent(target({ type: syncerReady, reason: 'SyncerNotSeen' })));
  assert.not(hasFallenSilent(target({ type: syncerReady, reason: 'SyncerAtWork' })));
  assert.not(hasFallenSilent(target({ type: ready, reason: 'SyncerSilent' })));
  assert.not(hasFallenSilent(target()));
  assert.not(hasFallenSilent({ apiVersion: 'a/b', kind: 'SyncTarget', metadata: { name: 'new' } }));
});

test.run();
