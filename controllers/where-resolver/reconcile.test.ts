import type { EdgePlacement, SinglePlacementSlice } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { destination, inventory, pair, placement } from './fixtures.ts';
import { type Dependencies, reconcile } from './reconcile.ts';
import type { Resolution } from './resolve.ts';
import { buildSlice, placementOf } from './slices.ts';

const test = suite('where-resolver: reconcile');
const prod = { matchLabels: { env: 'prod' } };

/** A workspace in memory: what the reconcile applied is what it reads the next time. */
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

test('writes the slice and reports', async () => {
  const { deps, slices, reports } = world([placement('p', prod)], ['a', 'b']);
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, [destination('imw', 'a'), destination('imw', 'b')]);
  assert.is(reports[0]?.matchingLocations, 2);
});

test('writes an empty slice when nothing matches', async () => {
  const { deps, slices } = world([placement('p', prod)], []);
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, []);
});

test('writes nothing for an EdgePlacement that is gone or going', async () => {
  const going = placement('p', prod);
  going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const { deps, log } = world([going], ['a']);
  await reconcile('p', deps);
  await reconcile('absent', deps);
  assert.equal(log, []);
});

test('deletes surplus slices, after all others are written', async () => {
  const p = placement('p', prod);
  const { deps, slices, log } = world([p], ['a', 'b']);
  slices.set('p-1', buildSlice(p, { name: 'p-1', destinations: [destination('imw', 'gone')] }));
  await reconcile('p', deps);
  assert.equal(log, ['apply p', 'delete p-1']);
});

test('does not take a slice away from another EdgePlacement before that one has moved', async () => {
  const p = placement('p', prod);
  const { deps, slices, log } = world([p, placement('p-1', prod)], ['a', 'b']);
  slices.set('p', buildSlice(p, { name: 'p', destinations: [destination('imw', 'a')] }));
  slices.set('p-1', buildSlice(p, { name: 'p-1', destinations: [destination('imw', 'b')] }));
  const answer = await reconcile('p-1', deps);
  assert.equal(log, ['enqueue p']);
  assert.ok(answer);
  await reconcile('p', deps);
  assert.equal(slices.get('p')?.destinations, [destination('imw', 'a'), destination('imw', 'b')]);
  assert.not(slices.has('p-1'));
  await reconcile('p-1', deps);
  assert.is(placementOf(slices.get('p-1') as SinglePlacementSlice), 'p-1');
});

test('an EdgePlacement that asks for too much keeps its destinations, and is told', async () => {
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
