import {
  type EdgePlacement,
  type LabelSelector,
  LOCATIONS,
  type Location,
  type SinglePlacement,
  SYNC_TARGETS,
  type SyncTarget,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { loggerOf } from '../fixtures.ts';
import { destinationProblem, Inventory } from './inventory.ts';

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

let version = 1;
const at = <T extends Location | SyncTarget>(object: T, more: object = {}): T => ({
  ...object,
  metadata: {
    ...object.metadata,
    ...more,
    annotations: { 'kcp.io/cluster': 'imw' },
    resourceVersion: `${version++}`,
  },
});

async function world() {
  const server = new FakeServer();
  server.put('imw', LOCATIONS, at(location(edge1)));
  server.put('imw', SYNC_TARGETS, at({ ...target(), spec: { kept: 'not' } } as SyncTarget));
  const inventory = new Inventory(server.client, loggerOf());
  assert.not(inventory.synced);
  await inventory.start();
  let changes = 0;
  inventory.onChange(() => changes++);
  const next = async (act: () => void) => {
    const before = changes;
    act();
    await until(() => changes > before);
    return changes - before;
  };
  return { server, inventory, next };
}

test('what is watched is held against a destination, in its own workspace', async () => {
  const { inventory } = await world();
  assert.ok(inventory.synced);
  assert.is(inventory.problemOf(placement(demo), destination), undefined);
  assert.match(
    inventory.problemOf(placement(demo), { ...destination, cluster: 'other' }) ?? '',
    'there is no Location "loc" of the workspace other',
  );
  assert.is(inventory.targets.get('imw//edge1')?.spec, undefined, 'specs are not kept');
  await inventory.stop();
});

test('whoever was refused is told of labels and selectors that change, and of nothing else', async () => {
  const { server, inventory, next } = await world();
  server.put('imw', LOCATIONS, at(location(edge1), { generation: 9 }));
  server.put('imw', SYNC_TARGETS, at(target(), { generation: 9 }));
  assert.is(await next(() => server.put('imw', LOCATIONS, at(location(demo)))), 1);
  assert.is(await next(() => server.put('imw', LOCATIONS, at(location(demo), { labels: { env: 'b' } }))), 1);
  assert.is(await next(() => server.put('imw', SYNC_TARGETS, at(target(), { labels: { id: 'b' } }))), 1);
  await inventory.stop();
});

test.run();
