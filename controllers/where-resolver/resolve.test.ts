import { assert, suite } from '@kubestellar/testing';
import { destination, inventory, location, pair, placement, syncTarget } from './fixtures.ts';
import { keepUndecided, resolve } from './resolve.ts';

const test = suite('where-resolver: resolve');
const prod = { matchLabels: { env: 'prod' } };
const invalid = { matchExpressions: [{ key: 'env', operator: 'Like', values: ['p'] }] };

test('an EdgePlacement selects Locations of all workspaces by any of its selectors, sorted', () => {
  const pairs = [
    pair('imw2', 'b', { env: 'prod' }),
    pair('imw1', 'z', { env: 'prod' }),
    pair('imw1', 'a', { tier: 'x' }),
  ];
  const all = inventory(
    pairs.map(([l]) => l),
    pairs.map(([, t]) => t),
  );
  const resolution = resolve(placement('p', prod, { matchLabels: { tier: 'x' } }), all);
  assert.equal(resolution.destinations, [
    destination('imw1', 'a'),
    destination('imw1', 'z'),
    destination('imw2', 'b'),
  ]);
  assert.is(resolution.matchingLocations, 3);
  assert.equal(resolution.problems, []);
});

test('a Location is paired with SyncTargets of its own workspace only', () => {
  const here = location('imw1', 'l', { env: 'prod' }, { matchLabels: { id: 'l' } });
  const targets = [syncTarget('imw1', 'l', { id: 'l' }), syncTarget('imw2', 'l', { id: 'l' })];
  const { destinations } = resolve(placement('p', prod), inventory([here], targets));
  assert.equal(destinations, [destination('imw1', 'l')]);
});

test('an absent instanceSelector selects nothing, an empty one everything in the workspace', () => {
  const none = location('imw1', 'none', { env: 'prod' });
  const every = location('imw1', 'every', { env: 'prod' }, {});
  const targets = [syncTarget('imw1', 'a', {}), syncTarget('imw1', 'b', { id: 'b' })];
  const { destinations, matchingLocations } = resolve(
    placement('p', prod),
    inventory([none, every], targets),
  );
  assert.equal(
    destinations.map((each) => [each.locationName, each.syncTargetName]),
    [
      ['every', 'a'],
      ['every', 'b'],
    ],
  );
  assert.is(matchingLocations, 2);
});

test('an EdgePlacement without a selector selects no Location, an empty selector selects all', () => {
  const [l, t] = pair('imw1', 'a', {});
  assert.is(resolve(placement('p'), inventory([l], [t])).destinations.length, 0);
  assert.is(resolve(placement('p', {}), inventory([l], [t])).destinations.length, 1);
});

test('two Locations with one SyncTarget are two destinations', () => {
  const one = location('imw1', 'one', { env: 'prod' }, { matchLabels: { id: 't' } });
  const two = location(
    'imw1',
    'two',
    { env: 'prod' },
    { matchExpressions: [{ key: 'id', operator: 'Exists' }] },
  );
  const { destinations } = resolve(
    placement('p', prod),
    inventory([one, two], [syncTarget('imw1', 't', { id: 't' })]),
  );
  assert.equal(
    destinations.map((each) => each.locationName),
    ['one', 'two'],
  );
});

test('Locations and SyncTargets that are being deleted are no destinations', () => {
  const [l, t] = pair('imw1', 'a', { env: 'prod' });
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const deletingTarget = { ...t, metadata: { ...t.metadata, deletionTimestamp } };
  const deletingLocation = { ...l, metadata: { ...l.metadata, deletionTimestamp } };
  assert.equal(resolve(placement('p', prod), inventory([l], [deletingTarget])).destinations, []);
  assert.equal(resolve(placement('p', prod), inventory([deletingLocation], [t])).destinations, []);
});

test('an invalid locationSelector is reported, and keeps destinations that it may select', () => {
  const pairs = [
    pair('imw1', 'a', { env: 'prod' }),
    pair('imw1', 'b', { env: 'dev' }),
    pair('imw1', 'c', {}),
  ];
  const all = inventory(
    pairs.map(([l]) => l),
    pairs.map(([, t]) => t),
  );
  const resolution = resolve(placement('p', prod, invalid), all);
  assert.equal(resolution.destinations, [destination('imw1', 'a')]);
  assert.is(resolution.matchingLocations, 1);
  assert.match(resolution.problems[0] ?? '', /^spec\.locationSelectors\[1\]: .*Like/);
  const before = [destination('imw1', 'a'), destination('imw1', 'b'), destination('imw1', 'deleted')];
  assert.equal(keepUndecided(resolution, before), [destination('imw1', 'a'), destination('imw1', 'b')]);
});

test('an invalid instanceSelector is reported with its Location, and keeps its destinations', () => {
  const broken = location('imw1', 'broken', { env: 'prod' }, invalid);
  const [l, t] = pair('imw1', 'good', { env: 'prod' });
  const resolution = resolve(placement('p', prod), inventory([broken, l], [t]));
  assert.equal(resolution.destinations, [destination('imw1', 'good')]);
  assert.match(resolution.problems[0] ?? '', /Location "broken" in workspace imw1: spec\.instanceSelector/);
  const before = { ...destination('imw1', 'good'), locationName: 'broken' };
  assert.is(keepUndecided(resolution, [before]).length, 2);
  assert.is(keepUndecided(resolution, []).length, 1);
});

test('the inventory lists the Locations that a SyncTarget concerns', () => {
  const locations = [
    location('imw1', 'byId', {}, { matchLabels: { id: 'a', zone: 'x' } }),
    location('imw1', 'other', {}, { matchLabels: { id: 'b' } }),
    location('imw1', 'every', {}, {}),
    location('imw1', 'none', {}),
    location('imw1', 'broken', {}, invalid),
    location('imw2', 'elsewhere', {}, { matchLabels: { id: 'a' } }),
  ];
  const found = inventory(locations, []).listLocationsOf(syncTarget('imw1', 'a', { id: 'a', zone: 'x' }));
  assert.equal(found.map(({ metadata }) => metadata.name).sort(), ['broken', 'byId', 'every']);
});

test.run();
