import { DEPLOYMENTS, EXECUTING_COUNT, type KubeObject } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { MAILBOX, mailboxOf, OURS, objectOf } from '../fixtures.ts';
import { type SourceKey, sourceKeyOf } from '../keys.ts';
import { type SingletonParts, singletonDependencies } from './singleton-io.ts';

const test = suite('what the return of a status reads and writes');

const type = { resource: DEPLOYMENTS, identity: '' };
const object = objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns' });
const source = { type, key: 'w/ns/app', object };
const copy = objectOf(
  DEPLOYMENTS,
  MAILBOX.cluster,
  'app',
  { namespace: 'ns', ...OURS },
  { status: { ready: 1 } },
);

/** Caches that hold the object and its copy. */
function world({
  cached = copy as KubeObject | 'none',
  isReady = true,
  isAccepted = true,
  isServed = true,
  isPartial = false,
} = {}) {
  const server = new FakeServer();
  server.put('w', DEPLOYMENTS, object);
  const objects = new Map([['w/ns/app', object]]);
  if (cached !== 'none') objects.set(`${MAILBOX.cluster}/ns/app`, cached);
  const watch = { type, informer: { get: (key: string) => objects.get(key) }, partial: isPartial };
  const wants = new Map([[MAILBOX.name, { source, destinations: [], wantReturn: true }]]);
  const parts = {
    everywhere: server.client,
    watches: {
      byId: (id: string) => (id === 'deployments.apps/' ? watch : undefined),
      of: () => watch,
      full: async (_: unknown, each: KubeObject) => (isPartial ? { ...each, status: 'full' } : each),
    },
    desired: { of: () => wants },
    mailboxes: {
      get: (name: string) => (isReady ? { ...mailboxOf(name), cluster: MAILBOX.cluster } : undefined),
    },
    apis: { in: () => ({ accepts: () => isAccepted }) },
    catalog: { typeIn: () => (isServed ? type : undefined) },
  } as unknown as SingletonParts;
  const deps = singletonDependencies(parts);
  return { server, deps, wants, pair: () => deps.readPair(source, MAILBOX.name) };
}

test('a source is found by its key, with where it is wanted', () => {
  const { deps, wants } = world();
  const key = sourceKeyOf(type, object);
  assert.equal(deps.getSource(key), source);
  assert.is(deps.getWants(key), wants);
  for (const unknown of ['deployments.apps//w/ns/other', 'secrets//w/ns/app'] as SourceKey[]) {
    assert.is(deps.getSource(unknown), undefined);
    assert.equal([...deps.getWants(unknown)], []);
  }
});

test('a source and its copy are read in full', async () => {
  assert.equal(await world().pair(), { source: object, copy });
  const [read, full] = [await world({ isPartial: true }).pair(), 'full'];
  assert.equal([read?.source?.status, read?.copy?.status], [full, full]);
});

test('there is no pair without a copy that is ours, of the same API, in a mailbox workspace that is ready', async () => {
  for (const lacking of [
    { cached: 'none' as const },
    { cached: objectOf(DEPLOYMENTS, MAILBOX.cluster, 'app', { namespace: 'ns' }) },
    { isReady: false },
    { isAccepted: false },
    { isServed: false },
  ])
    assert.is(await world(lacking).pair(), undefined);
});

test('the number of clusters becomes an annotation', async () => {
  const { server, deps } = world();
  await deps.writeCount(source, '2');
  assert.is(server.find('w', DEPLOYMENTS, 'app', 'ns')?.metadata.annotations?.[EXECUTING_COUNT], '2');
});

test('a status is written as a whole by its subresource, or to the object itself where there is none', async () => {
  const { server, deps } = world();
  await deps.writeStatus(type, object, { ready: 3 });
  assert.equal(server.log, ['patch status of w deployments ns/app']);
  assert.equal(server.bodies, [[{ op: 'add', path: '/status', value: { ready: 3 } }]]);
  server.fails = { line: /^patch status/, error: new ApiError('PATCH', 404, { reason: 'NotFound' }) };
  await deps.writeStatus(type, object, { ready: 4 });
  assert.is(server.log.at(-1), 'patch w deployments ns/app');
  server.fails = { line: /^patch status/, error: new ApiError('PATCH', 409, { reason: 'Conflict' }) };
  const error = await deps.writeStatus(type, object, { ready: 5 }).catch((reason: unknown) => reason);
  assert.match(String(error), '409');
});

test.run();
