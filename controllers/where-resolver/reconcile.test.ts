import type { EdgePlacement, SinglePlacementSlice } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { destination, inventory, pair, placement } from './fixtures.ts';
import { type Dependencies, reconcile } from './reconcile.ts';
import type { Resolution } from './resolve.ts';
import { buildSlice, placementOf } from './slices.ts';

const test = suite('where-resolver: reconcile');
const prod = { matchLabels: { env: 'prod' } };

/** A workspace in memory: the reconcile reads what it applied before. */
function world(placements: EdgePlacement[], sites: string[]) {
  const pairs = sites.map((name) => pair('imw', name, { env: 'prod' }));
  const slices = new Map<string, SinglePlacementSlice>();
  const log: string[] = [];
  const reports: Resolution[] = [];
  const sibling = (name: string) => placements.find(({ metadata }) => metadata.name === name);
  const own = ({ metadata }: EdgePlacement) =>
    [...slices.values()].filter((slice) => placementOf(slice) === metadata.name);
  const deps: Dependencies = {
    inventory: inventory(
      pairs.map(([l]) => l),
      pairs.map(([, t]) => t),
    ),
    tooMuch: ({ metadata }) => (metadata.annotations?.over ? 'too much' : undefined),
    placement: sibling,
    sibling: (_, name) => sibling(name),
    slicesOf: own,
    readSlicesOf: async (each) => own(each),
    slice: (_, name) => slices.get(name),
    applySlice: async (_, slice) => {
      log.push(`apply ${slice.metadata.name}`);
      slices.set(slice.metadata.name, slice);
    },
    deleteSlice: async (_, slice) => {
      log.push(`delete ${slice.metadata.name}`);
      slices.delete(slice.metadata.name);
    },
    report: async (_, resolution) => {
      reports.push(resolution);
    },
    enqueue: ({ metadata }) => log.push(`enqueue ${metadata.name}`),
  };
  return { deps, slices, log, reports };
}

test('the reconcile writes the slice and reports', async () => {
  const { deps, slices, reports } = world([placement('p', prod)], ['a', 'b']);
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, [destination('imw', 'a'), destination('imw', 'b')]);
  assert.is(reports[0]?.matchingLocations, 2);
});

test('an EdgePlacement without matching Locations gets an empty slice', async () => {
  const { deps, slices } = world([placement('p', prod)], []);
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, []);
});

test('an EdgePlacement that is deleted or being deleted gets no slice', async () => {
  const deleting = placement('p', prod);
  deleting.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const { deps, log } = world([deleting], ['a']);
  await reconcile('p', deps);
  await reconcile('absent', deps);
  assert.equal(log, []);
});

test('surplus slices are deleted after all others are written', async () => {
  const p = placement('p', prod);
  const { deps, slices, log } = world([p], ['a', 'b']);
  slices.set('p-1', buildSlice(p, { name: 'p-1', destinations: [destination('imw', 'deleted')] }));
  await reconcile('p', deps);
  assert.equal(log, ['apply p', 'delete p-1']);
});

test('a slice of another EdgePlacement is not taken over before that one has released it', async () => {
  const p = placement('p', prod);
  const { deps, slices, log } = world([p, placement('p-1', prod)], ['a', 'b']);
  slices.set('p', buildSlice(p, { name: 'p', destinations: [destination('imw', 'a')] }));
  slices.set('p-1', buildSlice(p, { name: 'p-1', destinations: [destination('imw', 'b')] }));
  const result = await reconcile('p-1', deps);
  assert.equal(log, ['enqueue p']);
  assert.ok(result);
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, [destination('imw', 'a'), destination('imw', 'b')]);
  assert.not(slices.has('p-1'));
  await reconcile('p-1', deps);
  assert.is(placementOf(slices.get('p-1') as SinglePlacementSlice), 'p-1');
});

test('an EdgePlacement beyond the limit of terms keeps its destinations and reports the problem', async () => {
  const over = placement('p', prod);
  const { deps, slices, reports } = world([over], ['a', 'b']);
  await reconcile('p', deps);
  over.metadata.annotations = { ...over.metadata.annotations, over: 'yes' };
  over.spec = { locationSelectors: [{ matchLabels: { env: 'none' } }] };
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, [destination('imw', 'a'), destination('imw', 'b')]);
  assert.equal(reports[1]?.problems, ['too much']);
});

test.run();
