import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { destination, placement } from './fixtures.ts';
import { destinationId } from './resolve.ts';
import { buildSlice, distribute, placementOf, type SliceContent } from './slices.ts';

const test = suite('where-resolver: slices');
const free = () => false;
const places = (...names: string[]) => names.map((name) => destination('imw', name));

test('an EdgePlacement without destinations still has its first slice', () => {
  assert.equal(distribute('p', [], [], free), [{ name: 'p', destinations: [] }]);
});

test('destinations beyond the limit get further slices', () => {
  const slices = distribute('p', places('a', 'b', 'c', 'd', 'e'), [], free, 2);
  assert.equal(slices, [
    { name: 'p', destinations: places('a', 'b') },
    { name: 'p-1', destinations: places('c', 'd') },
    { name: 'p-2', destinations: places('e') },
  ]);
});

test('a destination keeps its slice, a new one fills a gap, and empty slices are deleted', () => {
  const existing = [
    { name: 'p', destinations: places('b', 'c') },
    { name: 'p-1', destinations: places('d', 'e') },
    { name: 'p-2', destinations: places('f') },
  ];
  assert.equal(distribute('p', places('a', 'c', 'd', 'e'), existing, free, 2), [
    { name: 'p', destinations: places('a', 'c') },
    { name: 'p-1', destinations: places('d', 'e') },
  ]);
});

test('the slice name of another EdgePlacement is skipped', () => {
  const slices = distribute('p', places('a', 'b'), [], (name) => name === 'p-1', 1);
  assert.equal(
    slices.map(({ name }) => name),
    ['p', 'p-2'],
  );
  const moved = distribute(
    'p',
    places('a', 'b'),
    [{ name: 'p-1', destinations: places('b') }],
    (name) => name === 'p-1',
    1,
  );
  assert.equal(moved, [
    { name: 'p', destinations: places('a') },
    { name: 'p-2', destinations: places('b') },
  ]);
});

test('slices stay complete, bounded, stable and without duplicates after any change', () => {
  const names = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 25 });
  fc.assert(
    fc.property(
      fc.array(names, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, limit) => {
        let slices: SliceContent[] = [];
        for (const step of steps) {
          const wanted = places(...step);
          const next = distribute('p', wanted, slices, free, limit);
          const ids = next.flatMap(({ destinations }) => destinations.map(destinationId));
          assert.equal([...ids].sort(), wanted.map(destinationId).sort());
          assert.ok(next.every(({ destinations }) => destinations.length <= limit));
          assert.is(new Set(next.map(({ name }) => name)).size, next.length);
          const before = homes(slices);
          for (const [id, name] of homes(next)) if (before.has(id)) assert.is(name, before.get(id));
          assert.equal(distribute('p', wanted, next, free, limit), next);
          slices = next;
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a slice identifies its EdgePlacement, even with a name too long for a label', () => {
  const short = buildSlice(placement('p'), { name: 'p-1', destinations: [] });
  assert.equal(short.metadata.labels, { 'edge.kubestellar.io/source-placement': 'p' });
  assert.equal(short.metadata.ownerReferences, [
    { apiVersion: 'edge.kubestellar.io/v2alpha1', kind: 'EdgePlacement', name: 'p', uid: 'uid-p' },
  ]);
  const long = buildSlice(placement('x'.repeat(64)), { name: 'x', destinations: [] });
  assert.is(long.metadata.labels, undefined);
  assert.is(placementOf(short), 'p');
  assert.is(placementOf(long), 'x'.repeat(64));
});

function homes(slices: readonly SliceContent[]): Map<string, string> {
  return new Map(
    slices.flatMap(({ name, destinations }) => destinations.map((each) => [destinationId(each), name])),
  );
}

test.run();
