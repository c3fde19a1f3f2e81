import {
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type KubeObject,
  LOCATIONS,
  type Location,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacementSlice,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { destination, location, pair, placement } from './fixtures.ts';
import { WhereResolver } from './resolver.ts';

const test = suite('a where-resolver whose servers are in memory');

const DEMO = { matchLabels: { env: 'demo' } };
const running: WhereResolver[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

let version = 1;
const versioned = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: `${version++}` },
});

/** An inventory with edge1, of the environment demo, and one EdgePlacement that selects it. */
async function world() {
  const server = new FakeServer();
  const add = (name: string, env: string) => {
    const [place, target] = pair('imw', name, { env });
    server.put('imw', SYNC_TARGETS, versioned(target)).put('imw', LOCATIONS, versioned(place));
  };
  const select = (more: Partial<EdgePlacement['metadata']> = {}, ...selectors: (typeof DEMO)[]) => {
    const object = placement('p', ...(selectors.length > 0 ? selectors : [DEMO]));
    server.put('wmw', EDGE_PLACEMENTS, versioned({ ...object, metadata: { ...object.metadata, ...more } }));
  };
  add('edge1', 'demo');
  add('edge2', 'prod');
  select();
  const resolver = new WhereResolver(
    server.client,
    server.client,
    createLogger('test', -1),
    createRegistry('test'),
  );
  running.push(resolver);
  const slice = () => server.find('wmw', SINGLE_PLACEMENT_SLICES, 'p') as SinglePlacementSlice | undefined;
  const destinations = () =>
    slice()
      ?.destinations.map(({ locationName }) => locationName)
      .sort()
      .join();
  return { server, resolver, add, select, slice, destinations };
}

test('the slice of an EdgePlacement has what its selectors match, and whose it is', async () => {
  const { resolver, slice } = await world();
  assert.is(resolver.notReady().length, 4);
  await resolver.start();
  assert.equal(resolver.notReady(), []);
  await until(() => slice() !== undefined);
  assert.equal(slice()?.destinations, [destination('imw', 'edge1')]);
  assert.equal(
    slice()?.metadata.ownerReferences?.map(({ uid }) => uid),
    ['uid-p'],
  );
});

test('it follows the inventory: Locations that come, change and go, and SyncTargets', async () => {
  const { server, resolver, add, destinations } = await world();
  await resolver.start();
  await until(() => destinations() === 'edge1');
  add('edge3', 'demo');
  await until(() => destinations() === 'edge1,edge3');
  server.put(
    'imw',
    LOCATIONS,
    versioned(location('imw', 'edge1', { env: 'prod' }, { matchLabels: { id: 'edge1' } })),
  );
  await until(() => destinations() === 'edge3');
  const [, target] = pair('imw', 'edge3', { env: 'demo' });
  server.drop('imw', SYNC_TARGETS, target);
  await until(() => destinations() === '');
  server.put('imw', SYNC_TARGETS, versioned(target));
  await until(() => destinations() === 'edge3');
  server.drop('imw', LOCATIONS, location('imw', 'edge3', { env: 'demo' }));
  await until(() => destinations() === '');
});

test('it follows the EdgePlacement', async () => {
  const { resolver, select, destinations } = await world();
  await resolver.start();
  await until(() => destinations() === 'edge1');
  select({ generation: 2 }, { matchLabels: { env: 'prod' } });
  await until(() => destinations() === 'edge2');
});

test('a slice that somebody changes or deletes is put right', async () => {
  const { server, resolver, slice, destinations } = await world();
  await resolver.start();
  await until(() => destinations() === 'edge1');
  server.put(
    'wmw',
    SINGLE_PLACEMENT_SLICES,
    versioned({ ...slice(), destinations: [] } as unknown as KubeObject),
  );
  await until(() => destinations() === 'edge1');
  server.drop('wmw', SINGLE_PLACEMENT_SLICES, slice() as KubeObject);
  await until(() => destinations() === 'edge1');
});

test('how many SyncTargets a Location stands for is reported in its status', async () => {
  const { server, resolver } = await world();
  await resolver.start();
  const status = () => (server.find('imw', LOCATIONS, 'edge1') as Location | undefined)?.status;
  await until(() => status()?.instances === 1);
});

test.run();
