import type { EdgePlacement } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { removalsToApprove } from './approve.ts';

const test = suite('approval of removals');

const removals = {
  count: 60,
  since: '2026-01-01T00:00:00Z',
  clusters: ['edge1'],
  objects: ['configmaps ns/a'],
};
const placement = (status: EdgePlacement['status']): EdgePlacement => ({
  apiVersion: 'edge.kubestellar.io/v2alpha1',
  kind: 'EdgePlacement',
  metadata: { name: 'p', generation: 2 },
  spec: {},
  ...(status ? { status } : {}),
});

test('what the status of an EdgePlacement names is approved', () => {
  assert.equal(removalsToApprove(placement({ specGeneration: 2, removals }), 'p', 'root:wmw1'), removals);
});

test('an EdgePlacement that does not exist, is not resolved, or has nothing to approve is an error that says so', () => {
  for (const [given, message] of [
    [undefined, 'there is no EdgePlacement "p" of the workspace "root:wmw1"'],
    [placement(undefined), 'is not resolved yet'],
    [placement({ specGeneration: 1, removals }), 'is not resolved yet'],
    [
      placement({ specGeneration: 2 }),
      'no removals of the EdgePlacement "p" of the workspace "root:wmw1" await',
    ],
  ] as const)
    assert.throws(() => removalsToApprove(given, 'p', 'root:wmw1'), new RegExp(message));
});

test.run();
