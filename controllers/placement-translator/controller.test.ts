import { setImmediate } from 'node:timers/promises';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  EXECUTING_COUNT,
  type KubeObject,
  LOCATIONS,
  NAMESPACES,
  type ObjectMeta,
  ORIGIN,
  SECRETS,
  SINGLE_PLACEMENT_SLICES,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
} from '@kubestellar/api';
import { createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { Translator } from './controller.ts';
import { EVALUATOR, loggerOf, MAILBOX, mailboxWorld, objectOf } from './fixtures.ts';

const test = suite('a placement-translator whose servers are in memory');

const running: Translator[] = [];
test.after.each(async () => {
  for (const translator of running.splice(0)) await translator.stop();
});

const object = (name: string, value = 'x', metadata: Partial<ObjectMeta> = {}): KubeObject =>
  objectOf(
    CONFIG_MAPS,
    'w1',
    name,
    { namespace: 'ns', uid: `uid-${name}`, ...metadata },
    { data: { value } },
  );

/** A workspace w1 whose EdgePlacement leads the ConfigMaps and Deployments of `ns` to one mailbox workspace. */
function world(...objects: KubeObject[]) {
  const server = mailboxWorld(new FakeServer());
  server.put('w1', NAMESPACES, objectOf(NAMESPACES, 'w1', 'ns'));
  for (const each of objects) server.put('w1', each.kind === 'Deployment' ? DEPLOYMENTS : CONFIG_MAPS, each);
  const registry = createRegistry('test');
  const { client } = server;
  const translator = new Translator({
    everywhere: client,
    root: client.workspace('root'),
    espw: client.workspace('espw'),
    espwPath: 'root:espw',
    core: 'core',
    view: client,
    concurrency: 4,
    evaluator: EVALUATOR,
    logger: loggerOf(),
    registry,
  });
  running.push(translator);
  const copy = (name: string) => server.find(MAILBOX.cluster, CONFIG_MAPS, name, 'ns') as Content | undefined;
  const named = () => JSON.stringify(server.find(MAILBOX.cluster, SYNCER_CONFIGS, 'the-one')?.spec ?? {});
  /** How many reconciles of a queue have ended well. */
  const reconciles = async (queue: string) => {
    const line = new RegExp(`reconcile_total\\{queue="${queue}",outcome="success"[^}]*\\} (\\d+)`);
    return Number(line.exec(await registry.metrics())?.[1] ?? 0);
  };
  return { server, translator, registry, copy, named, reconciles };
}

type Content = KubeObject & { data?: { value: string } };

test('an object is copied with its Namespace, named in the SyncerConfig, and followed', async () => {
  const { server, translator, copy, named } = world(object('a'));
  await translator.start();
  await until(() => named().includes('"a"'));
  assert.is(copy('a')?.data?.value, 'x');
  const { core, syncTarget } = MAILBOX.origin;
  assert.is(
    copy('a')?.metadata.annotations?.[ORIGIN],
    `${core}/${syncTarget}/configmaps/ns/a/w1:uid-a`,
    'whose the copy is',
  );
  assert.ok(server.find(MAILBOX.cluster, NAMESPACES, 'ns'));
  server.put('w1', CONFIG_MAPS, object('a', 'y', { resourceVersion: '2' }));
  await until(() => copy('a')?.data?.value === 'y');
  server.put('w1', CONFIG_MAPS, object('b'));
  await until(() => named().includes('"b"') && copy('b') !== undefined);
});

test('a copy is deleted with its object, and no other copy is', async () => {
  const { server, translator, copy, named } = world(object('a'), object('b'));
  await translator.start();
  await until(() => named().includes('"a"') && named().includes('"b"'));
  server.drop('w1', CONFIG_MAPS, object('a'));
  await until(() => copy('a') === undefined && !named().includes('"a"'));
  assert.ok(copy('b'));
  assert.equal(
    server.log.filter((line) => line.startsWith('delete')),
    [`delete uid-a ${MAILBOX.cluster} configmaps ns/a`],
  );
});

test('copies that lose their last cluster stay until that is approved, or are deleted where removals are immediate', async () => {
  const { server, translator, copy, named } = world(object('a'));
  await translator.start();
  await until(() => named().includes('"a"'));
  const placement = () => server.find('w1', EDGE_PLACEMENTS, 'p') as EdgePlacement;
  const slice = server.find('w1', SINGLE_PLACEMENT_SLICES, 'p');
  assert.ok(slice);
  server.put('w1', SINGLE_PLACEMENT_SLICES, {
    ...slice,
    metadata: { ...slice.metadata, resourceVersion: '2' },
    destinations: [],
  } as KubeObject);
  await until(() => placement().status?.removals?.count === 1);
  assert.ok(copy('a') && named().includes('"a"'));
  const { metadata, spec } = placement();
  server.put('w1', EDGE_PLACEMENTS, {
    ...placement(),
    metadata: { ...metadata, generation: 2, resourceVersion: '2' },
    spec: { ...spec, removals: 'Immediate' },
  } as EdgePlacement);
  await until(() => copy('a') === undefined && !named().includes('"a"'));
});

test('what no EdgePlacement selects is left alone', async () => {
  const { server, translator, named } = world(object('a'));
  server.put('w1', SECRETS, objectOf(SECRETS, 'w1', 's', { namespace: 'ns' }));
  server.put('w1', CONFIG_MAPS, object('elsewhere', 'x', { namespace: 'other' }));
  await translator.start();
  await until(() => named().includes('"a"'));
  assert.not(named().includes('elsewhere'));
  assert.equal(
    server.log.filter((line) => line.includes(' secrets ') || line.includes('elsewhere')),
    [],
  );
});

test('a copy that somebody changes in the mailbox workspace is put right', async () => {
  const { server, translator, copy } = world(object('a'));
  await translator.start();
  await until(() => copy('a') !== undefined);
  const changed = { ...copy('a'), data: { value: 'theirs' } } as Content;
  server.put(MAILBOX.cluster, CONFIG_MAPS, {
    ...changed,
    metadata: { ...changed.metadata, resourceVersion: 'theirs' },
  });
  await until(() => copy('a')?.data?.value === 'x');
});

test('the status of a copy is returned, with the number of clusters, where an EdgePlacement asks for it', async () => {
  const app = objectOf(DEPLOYMENTS, 'w1', 'app', { namespace: 'ns' }, { spec: { replicas: 1 } });
  const { server, translator } = world(app);
  await translator.start();
  const copied = () => server.find(MAILBOX.cluster, DEPLOYMENTS, 'app', 'ns');
  await until(() => copied() !== undefined);
  const copy = copied() as KubeObject;
  server.put(MAILBOX.cluster, DEPLOYMENTS, {
    ...copy,
    metadata: { ...copy.metadata, resourceVersion: 's' },
    status: { readyReplicas: 1 },
  });
  const source = () => server.find('w1', DEPLOYMENTS, 'app', 'ns');
  await until(() => JSON.stringify(source()?.status) === '{"readyReplicas":1}');
  await until(() => source()?.metadata.annotations?.[EXECUTING_COUNT] === '1');
});

test('a SyncTarget that is gone takes its mailbox workspace along: nothing in it is withdrawn before', async () => {
  const { server, translator, copy, named, reconciles } = world(object('a'));
  await translator.start();
  await until(() => named().includes('"a"'));
  const before = { writes: server.log.length, reconciles: await reconciles('copies') };
  for (const [cluster, resource, name] of [
    ['imw', SYNC_TARGETS, 'edge1'],
    ['imw', LOCATIONS, 'edge1'],
    ['w1', EDGE_PLACEMENTS, 'p'],
  ] as const)
    server.drop(cluster, resource, server.find(cluster, resource, name) as KubeObject);
  while ((await reconciles('copies')) <= before.reconciles) await setImmediate();
  assert.ok(copy('a'));
  assert.not(server.log.slice(before.writes).some((line) => line.startsWith('delete')));
});

test('it is not ready before its watches are complete, and says which are not', async () => {
  const { translator } = world();
  assert.ok(translator.notReady().includes('placements not synced'));
  assert.ok(translator.notReady().length > 5);
  await translator.start();
  assert.equal(translator.notReady(), []);
});

test('every queue is observed in the metrics', async () => {
  const { registry, translator } = world();
  await translator.start();
  const metrics = await registry.metrics();
  const names = new Set([...metrics.matchAll(/workqueue_depth\{queue="([^"]+)"/g)].map(([, name]) => name));
  assert.equal(
    [...names].sort(),
    [
      'apis',
      'copies',
      'customized',
      'customizers',
      'removals',
      'reports',
      'returns',
      'sources',
      'statuscollectors',
      'summary-placements',
      'summary-tables',
      'summary-tallies',
      'summary-writes',
      'syncerconfigs',
      'types',
      'workspaces',
    ].filter((name) => name !== 'configs'),
  );
});

test.run();
