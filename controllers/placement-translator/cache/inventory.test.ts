import type { EdgePlacement, LabelSelector, Location, SinglePlacement, SyncTarget } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { destinationProblem } from './inventory.ts';

const test = suite('what a destination is held against');

const apiVersion = 'edge.kubestellar.io/v2alpha1';
const destination: SinglePlacement = {
  cluster: 'imw',
  locationName: 'loc',
  syncTargetName: 'edge1',
  syncTargetUID: 'u1',
};
const placement = (...locationSelectors: LabelSelector[]): EdgePlacement => ({
  apiVersion,
  kind: 'EdgePlacement',
  metadata: { name: 'demo' },
  spec: { locationSelectors },
});
const location = (instanceSelector?: LabelSelector, more: object = {}): Location => ({
  apiVersion,
  kind: 'Location',
  metadata: { name: 'loc', labels: { env: 'demo' }, ...more },
  spec: {
    resource: { group: 'edge.kubestellar.io', version: 'v2alpha1', resource: 'synctargets' },
    ...(instanceSelector ? { instanceSelector } : {}),
  },
});
const target = (uid = 'u1', more: object = {}): SyncTarget => ({
  apiVersion,
  kind: 'SyncTarget',
  metadata: { name: 'edge1', uid, labels: { id: 'edge1' }, ...more },
});
const demo = { matchLabels: { env: 'demo' } };
const like = { matchExpressions: [{ key: 'env', operator: 'Like' }] };
const edge1 = { matchLabels: { id: 'edge1' } };
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };

test('a destination holds when the EdgePlacement selects the Location and that the SyncTarget', () => {
  assert.is(destinationProblem(placement(like, demo), destination, location(edge1), target()), undefined);
});

const cases: [string, EdgePlacement, Location | undefined, SyncTarget | undefined, RegExp][] = [
  ['no Location', placement(demo), undefined, target(), /^there is no Location "loc" of the workspace imw/],
  ['a Location that is being deleted', placement(demo), location(edge1, leaving), target(), /^there is no/],
  ['no locationSelector', placement(), location(edge1), target(), /^none of its locationSelectors/],
  ['other labels', placement({ matchLabels: { env: 'prod' } }), location(edge1), target(), /^none of its/],
  ['a malformed locationSelector', placement(like), location(edge1), target(), /^none of its/],
  ['no SyncTarget', placement(demo), location(edge1), undefined, /no SyncTarget "edge1" with the uid u1/],
  ['another SyncTarget of the name', placement(demo), location(edge1), target('u2'), /with the uid u1/],
  ['a SyncTarget being deleted', placement(demo), location(edge1), target('u1', leaving), /no SyncTarget/],
  ['no instanceSelector', placement(demo), location(), target(), /does not select the SyncTarget "edge1"/],
  ['a malformed instanceSelector', placement(demo), location(like), target(), /does not select/],
  [
    'another instance',
    placement(demo),
    location({ matchLabels: { id: 'edge2' } }),
    target(),
    /does not select/,
  ],
];

for (const [what, of, place, instance, expected] of cases)
  test(`a destination does not hold with ${what}`, () => {
    assert.match(destinationProblem(of, destination, place, instance) ?? '', expected);
  });

test.run();
