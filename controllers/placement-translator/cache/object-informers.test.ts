import { CONFIG_MAPS, type KubeObject, type ObjectMeta, type Resource } from '@kubestellar/api';
import { ApiError, Informer, isNotFound, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { loggerOf, OURS, objectOf } from '../fixtures.ts';
import { typeId } from '../keys.ts';
import { ObjectWatches } from './object-informers.ts';

const test = suite('watches of workload objects');

const RESOURCE: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
const TYPE = { resource: RESOURCE, identity: 'crd' };
const logger = { debug() {} } as unknown as Logger;
const object: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'n', annotations: { 'kcp.io/cluster': 'abc' } },
};

/** Watches whose server, a mock, answers each GET by the function. */
function watchesOf(get: () => Promise<KubeObject | undefined>) {
  const client = { get, workspace: () => client } as unknown as KubeClient;
  const none = () => undefined;
  const watches = new ObjectWatches(client, logger, none, none, none);
  watches.adopt(TYPE, new Informer({ client, resource: RESOURCE, logger }), true);
  const watch = watches.of(TYPE);
  if (!watch) throw new Error('no watch');
  return { watches, watch };
}

test('an object is read in full from its workspace', async () => {
  const full = { ...object, spec: { size: 1 } };
  const { watches, watch } = watchesOf(async () => full);
  assert.equal(await watches.full(watch, object), full);
});

test('an object that is gone is undefined', async () => {
  const { watches, watch } = watchesOf(async () => undefined);
  assert.is(await watches.full(watch, object), undefined);
});

// "Not found" means to callers that the place they write to is gone: they would look for it at once, and for ever.
test('a kind that its workspace serves no longer is no "not found"', async () => {
  const { watches, watch } = watchesOf(async () => {
    throw new ApiError('GET', 404, { message: '404 page not found' });
  });
  const error = await watches.full(watch, object).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.not(isNotFound(error));
  assert.match(String(error), /workspace abc does not serve widgets\.example\.com/);
});

const CONFIG_MAP_TYPE = { resource: CONFIG_MAPS, identity: '' };
let version = 1;
const put = (server: FakeServer, cluster: string, name: string, metadata: Partial<ObjectMeta> = {}) => {
  const more = { namespace: 'n', resourceVersion: `${version++}`, ...metadata };
  const found = objectOf(CONFIG_MAPS, cluster, name, more, { data: { a: 'b' } });
  server.put(cluster, CONFIG_MAPS, found);
  return found;
};

/** Watches of a server that has a ConfigMap in each of two workspaces. */
async function world() {
  const server = new FakeServer();
  put(server, 'w1', 'a');
  put(server, 'w2', 'b');
  const told: string[] = [];
  let synced = 0;
  const watches = new ObjectWatches(
    server.client,
    loggerOf(),
    (type, { metadata }, isGone) =>
      void told.push(`${isGone ? 'gone' : 'there'} ${typeId(type)} ${metadata.name}`),
    () => synced++,
    () => undefined,
  );
  const names = (cluster: string) =>
    [...watches.inCluster(cluster)].map(({ object }) => object.metadata.name);
  return { server, watches, told, names, synced: () => synced };
}

test('objects of the watched types are known by workspace, and reported until they are gone', async () => {
  const { server, watches, told, names, synced } = await world();
  watches.setTypes([CONFIG_MAP_TYPE]);
  await until(() => synced() === 1);
  assert.equal([names('w1'), names('w2'), names('w3')], [['a'], ['b'], []]);
  const added = put(server, 'w1', 'c');
  await until(() => told.length === 3);
  server.drop('w1', CONFIG_MAPS, added);
  await until(() => told.length === 4);
  assert.equal(told.slice(2), ['there configmaps/ c', 'gone configmaps/ c']);
  assert.equal(names('w1'), ['a']);
  await watches.stop();
});

test('a type is watched once, by its identity, as long as it is listed; an adopted one for ever', async () => {
  const { server, watches, synced } = await world();
  const bound = { resource: RESOURCE, identity: 'f'.repeat(64) };
  watches.adopt(TYPE, new Informer({ client: server.client, resource: RESOURCE, logger }), true);
  watches.setTypes([CONFIG_MAP_TYPE, bound]);
  await until(() => synced() === 2);
  const watch = watches.of(CONFIG_MAP_TYPE);
  watches.setTypes([{ ...CONFIG_MAP_TYPE }]);
  assert.is(watches.of(CONFIG_MAP_TYPE), watch);
  assert.is(watches.of(bound), undefined);
  assert.is(watches.byId(typeId(TYPE)), watches.of(TYPE));
  assert.equal(
    watches.ofResource('widgets.example.com').map(({ type }) => type),
    [TYPE],
  );
  assert.is(watches.all().length, 2);
  watches.setTypes([]);
  assert.equal(
    watches.all().map(({ type }) => type),
    [TYPE],
  );
  await watches.stop();
});

test('of copies only the entries of field owners that concern us are kept, of other objects none', async () => {
  const { server, watches, synced } = await world();
  const entries = ['placement-translator', 'kubectl'].map((manager) => ({
    manager,
    operation: 'Apply' as const,
    fieldsV1: { 'f:data': {} },
  }));
  put(server, 'w1', 'source', { managedFields: entries.slice(1) });
  put(server, 'm', 'copy', { managedFields: entries, labels: OURS.labels });
  watches.setTypes([CONFIG_MAP_TYPE]);
  await until(() => synced() === 1);
  const kept = (key: string) =>
    watches
      .of(CONFIG_MAP_TYPE)
      ?.informer.get(key)
      ?.metadata.managedFields?.map(({ manager }) => manager);
  assert.equal(kept('m/n/copy'), ['placement-translator']);
  assert.is(kept('w1/n/source'), undefined);
  await watches.stop();
});

test.run();
