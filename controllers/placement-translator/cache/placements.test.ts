import {
  EDGE_PLACEMENTS,
  type EdgePlacement,
  mailboxWorkspaceName,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacement,
  type SinglePlacementSlice,
  SOURCE_PLACEMENT,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { destinationOf, loggerOf, objectOf, placementOf } from '../fixtures.ts';
import type { Inventory } from './inventory.ts';
import { Placements } from './placements.ts';

const test = suite('EdgePlacements with their destinations');

const [edge1, edge2] = [destinationOf('edge1'), destinationOf('edge2')];
const mailbox = ({ cluster, syncTargetUID }: SinglePlacement) => mailboxWorkspaceName(cluster, syncTargetUID);
let version = 10;

function sliceOf(name: string, destinations: SinglePlacement[], owner?: string): SinglePlacementSlice {
  const labels: { [key: string]: string } = owner ? { [SOURCE_PLACEMENT]: owner } : {};
  const metadata = { labels, resourceVersion: `${version++}` };
  return objectOf(SINGLE_PLACEMENT_SLICES, 'w', name, metadata, { destinations }) as SinglePlacementSlice;
}

/** Watches of a server; destinations are refused as the test likes it. */
async function world(placements: EdgePlacement[], slices: SinglePlacementSlice[]) {
  const server = new FakeServer();
  for (const each of placements) server.put('w', EDGE_PLACEMENTS, each);
  for (const each of slices) server.put('w', SINGLE_PLACEMENT_SLICES, each);
  const refused = new Set<string>();
  let recheck = () => {};
  const inventory = {
    whenSynced: async () => undefined,
    problemOf: (_: unknown, { locationName }: SinglePlacement) =>
      refused.has(locationName) ? 'it is refused' : undefined,
    onChange: (listener: () => void) => {
      recheck = listener;
    },
  } as unknown as Inventory;
  const changes: string[] = [];
  const all = new Placements(server.client, inventory, loggerOf(), (cluster) => changes.push(cluster));
  const start = () => all.start();
  const leadsTo = (name: string) =>
    [
      ...(all
        .in('w')
        .find(({ placement }) => placement.metadata.name === name)
        ?.destinations?.keys() ?? []),
    ].sort();
  return { server, all, changes, refused, start, leadsTo, recheck: () => recheck() };
}

const placement = placementOf('w', 'p', {});

test('the destinations of all slices of an EdgePlacement come together, by mailbox', async () => {
  const { all, start, leadsTo } = await world(
    [placement],
    [sliceOf('p', [edge1]), sliceOf('p-1', [edge2], 'p')],
  );
  assert.not(all.synced);
  await start();
  assert.ok(all.synced);
  assert.equal(leadsTo('p'), [mailbox(edge1), mailbox(edge2)].sort());
  assert.equal([...all.clusters()], ['w']);
  assert.equal(
    all.to(mailbox(edge1)).map(({ metadata }) => metadata.name),
    ['p'],
  );
  assert.equal(all.to('other'), []);
  await all.stop();
});

test('without a slice destinations are unknown, with an empty one there are none', async () => {
  const { all, start, leadsTo, server } = await world([placement], []);
  await start();
  assert.is(all.in('w')[0]?.destinations, undefined);
  server.put('w', SINGLE_PLACEMENT_SLICES, sliceOf('p', []));
  await until(() => all.in('w')[0]?.destinations !== undefined);
  assert.equal(leadsTo('p'), []);
  assert.equal(all.in('elsewhere'), []);
  await all.stop();
});

test('what changes is reported with its workspace: slices, another generation, and the end', async () => {
  const { all, start, changes, server, leadsTo } = await world([placement], [sliceOf('p', [edge1])]);
  await start();
  const next = async (act: () => void) => {
    const before = changes.length;
    act();
    await until(() => changes.length > before);
  };
  await next(() => server.put('w', SINGLE_PLACEMENT_SLICES, sliceOf('p', [edge2])));
  assert.equal(leadsTo('p'), [mailbox(edge2)]);
  const { metadata } = placement;
  await next(() =>
    server.put('w', EDGE_PLACEMENTS, {
      ...placement,
      metadata: { ...metadata, generation: 2, resourceVersion: '2' },
    }),
  );
  const slice = sliceOf('p', [edge2]);
  await next(() => server.drop('w', SINGLE_PLACEMENT_SLICES, slice));
  assert.is(all.in('w')[0]?.destinations, undefined, 'unknown again');
  await next(() => server.drop('w', EDGE_PLACEMENTS, placement));
  assert.equal([...all.clusters()], []);
  await all.stop();
});

test('a slice that changes hands leaves the one EdgePlacement and goes to the other', async () => {
  const both = [placement, placementOf('w', 'q', {})];
  const { all, start, server, leadsTo } = await world(both, [sliceOf('s', [edge1], 'p'), sliceOf('q', [])]);
  await start();
  assert.equal(leadsTo('p'), [mailbox(edge1)]);
  server.put('w', SINGLE_PLACEMENT_SLICES, sliceOf('s', [edge1], 'q'));
  await until(() => leadsTo('q').length > 0);
  assert.equal(leadsTo('p'), []);
  await all.stop();
});

test('a destination that is refused is not obeyed, and checked again when the inventory changes', async () => {
  const { all, start, server, refused, leadsTo, recheck, changes } = await world(
    [placement],
    [sliceOf('p', [])],
  );
  await start();
  refused.add('edge1');
  server.put('w', SINGLE_PLACEMENT_SLICES, sliceOf('p', [edge1, edge2]));
  await until(() => leadsTo('p').length > 0);
  assert.equal(leadsTo('p'), [mailbox(edge2)]);
  assert.equal(
    all.in('w')[0]?.refused.map(({ problem }) => problem),
    ['it is refused'],
  );
  const before = changes.length;
  recheck();
  assert.is(changes.length, before, 'nothing has changed');
  refused.clear();
  recheck();
  assert.is(changes.length, before + 1);
  assert.equal(leadsTo('p'), [mailbox(edge1), mailbox(edge2)].sort());
  await all.stop();
});

test('upsync sets are unresolved as long as it is unknown where they lead', async () => {
  const upsync = [{ resources: ['things'], names: ['*'] }];
  const { all, start, server } = await world([placementOf('w', 'p', { upsync })], []);
  await start();
  assert.ok(all.hasUnresolvedUpsync());
  server.put('w', SINGLE_PLACEMENT_SLICES, sliceOf('p', []));
  await until(() => !all.hasUnresolvedUpsync());
  await all.stop();
});

test('an EdgePlacement over budget has no known destinations, one that is being deleted none at all', async () => {
  const names = Array.from({ length: 21_000 }, (_, n) => `n${n}`);
  const greedy = placementOf('w', 'greedy', { downsync: [{ apiGroup: '', objectNames: names }] });
  const metadata = { ...placement.metadata, name: 'ends', deletionTimestamp: '2026-01-01T00:00:00Z' };
  const { all, start } = await world([greedy, { ...placement, metadata }], [sliceOf('greedy', [edge1])]);
  await start();
  const [only, ...others] = all.in('w');
  assert.equal(
    [only?.placement.metadata.name, only?.isOverBudget, only?.destinations],
    ['greedy', true, undefined],
  );
  assert.equal(others, []);
  assert.is(all.to(mailbox(edge1)).length, 1, 'its upsync sets still lead there');
  await all.stop();
});

test('one is found by its uid as long as it exists, and is not being deleted', async () => {
  const { all, start, server } = await world([placement], [sliceOf('p', [])]);
  await start();
  assert.is(all.find('uid-p')?.placement.metadata.name, 'p');
  assert.is(all.find('uid-p')?.destinations?.size, 0);
  assert.is(all.find('other'), undefined);
  assert.equal(
    [...all.list()].map(({ metadata }) => metadata.name),
    ['p'],
  );
  const metadata = {
    ...placement.metadata,
    resourceVersion: `${version++}`,
    deletionTimestamp: '2026-01-01T00:00:00Z',
  };
  server.put('w', EDGE_PLACEMENTS, { ...placement, metadata });
  await until(() => all.find('uid-p') === undefined);
  const another = {
    ...placement,
    metadata: { ...placement.metadata, uid: 'another', resourceVersion: `${version++}` },
  };
  server.drop('w', EDGE_PLACEMENTS, placement).put('w', EDGE_PLACEMENTS, another);
  await until(() => all.find('another') !== undefined);
  assert.is(all.find('uid-p'), undefined);
  await all.stop();
});

test('a change of annotations alone is no change of what is placed, and reported by itself', async () => {
  const { all, start, server, changes } = await world([placement], [sliceOf('p', [])]);
  const annotated: string[] = [];
  all.onAnnotated(({ metadata }) => annotated.push(metadata.annotations?.note ?? ''));
  await start();
  const before = changes.length;
  const annotations = { ...placement.metadata.annotations, note: 'new' };
  const metadata = { ...placement.metadata, annotations, resourceVersion: `${version++}` };
  server.put('w', EDGE_PLACEMENTS, { ...placement, metadata });
  await until(() => annotated.length > 0);
  assert.equal([annotated, changes.length], [['new'], before]);
  await all.stop();
});

test.run();
