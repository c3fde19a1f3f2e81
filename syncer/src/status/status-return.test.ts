import {
  CONFIG_MAPS,
  DOWNSYNCED,
  NAMESPACES,
  type ObjectMeta,
  ORIGIN,
  type Unstructured,
} from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import { formatMark } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { Wanted } from '../config/wanted.ts';
import type { SyncedResource } from '../types/synced-resource.ts';
import { StatusReturn } from './status-return.ts';

const test = suite('returning the status of copies');

function objectOf(kind: string, status: unknown, metadata: Partial<ObjectMeta> = {}): Unstructured {
  const content = status === undefined ? {} : { status };
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'c', namespace: 'n', uid: 'source', ...metadata },
    ...content,
  } as Unstructured;
}

const WHOSE = { origin: { core: 'core', syncTarget: 'one' }, takesOver: false };

function copyWith(
  status: unknown,
  { kind = 'ConfigMap', plural = 'configmaps', origin = WHOSE.origin, source = 'source' } = {},
) {
  const sources = [{ cluster: '', uid: source }];
  const mark = formatMark({ ...origin, resource: plural, namespace: 'n', name: 'c', sources });
  return objectOf(kind, status, { annotations: { [DOWNSYNCED]: `${kind}/n/c`, [ORIGIN]: mark } });
}

/** A mailbox workspace that has an object with a status, and a cluster with its copy. */
function world(
  copy: Unstructured | undefined,
  {
    status = {} as unknown,
    isWanted = true,
    isNamespace = false,
    hasStatus = true,
    storedAs = undefined as unknown,
  } = {},
) {
  const server = new FakeServer();
  const counted: string[] = [];
  const resource = isNamespace ? NAMESPACES : CONFIG_MAPS;
  const kind = isNamespace ? 'Namespace' : 'ConfigMap';
  server.put('', resource, objectOf(kind, status));
  const names = new Map(isWanted ? [['n', new Set(['c'])]] : []);
  const wanted = new Wanted(new Map([[resource.plural, { ...resource, names }]]));
  const state = { copy };
  const synced = {
    id: resource.plural,
    mailbox: { type: { ...resource, hasStatus }, get: () => server.find('', resource, 'c', 'n') },
    wec: { get: () => state.copy },
  } as unknown as SyncedResource;
  const { client } = server;
  if (storedAs !== undefined)
    client.jsonPatch = (async () => {
      const stored = objectOf(kind, storedAs);
      server.put('', resource, stored);
      return stored;
    }) as never;
  const returns = new StatusReturn(client, (side, verb) => void counted.push(`${side} ${verb}`));
  const reconcile = () => returns.reconcile(synced, 'n', 'c', wanted, WHOSE);
  return { server, reconcile, counted, state, now: () => server.find('', resource, 'c', 'n')?.status };
}

test('the whole status of the copy becomes that of its object, what has vanished included', async () => {
  const { reconcile, now, counted, server } = world(copyWith({ ready: 1 }), { status: { old: true } });
  await reconcile();
  assert.equal(now(), { ready: 1 });
  assert.equal(server.log, ['patch status of  configmaps n/c']);
  assert.equal(counted, ['mailbox status']);
  await reconcile();
  assert.is(counted.length, 1, 'what is equal is not written');
});

test('where there is no subresource the status is written to the object', async () => {
  const { reconcile, server } = world(copyWith({ ready: 1 }), { hasStatus: false });
  await reconcile();
  assert.equal(server.log, ['patch  configmaps n/c']);
});

test('what is no copy, has no status, is not wanted, or whose status each server keeps is not returned', async () => {
  for (const { reconcile, server } of [
    world(undefined),
    world(objectOf('ConfigMap', { ready: 1 })),
    world(copyWith(undefined)),
    world(copyWith({ ready: 1 }), { isWanted: false }),
    world(copyWith({ phase: 'Active' }, { kind: 'Namespace', plural: 'namespaces' }), {
      isNamespace: true,
    }),
  ]) {
    await reconcile();
    assert.equal(server.log, []);
  }
});

test("the status of another SyncTarget's copy, or of one of an object that is gone, is not returned", async () => {
  for (const copy of [
    copyWith({ ready: 1 }, { origin: { core: 'core', syncTarget: 'other' } }),
    copyWith({ ready: 1 }, { source: 'former' }),
  ]) {
    const { reconcile, server } = world(copy);
    await reconcile();
    assert.equal(server.log, []);
  }
});

test('a status that the mailbox workspace stores in another form is written once, and again when it changes', async () => {
  const { reconcile, counted, state } = world(copyWith({ ready: 1 }), { storedAs: { ready: '1' } });
  for (let n = 0; n < 3; n++) await reconcile();
  assert.is(counted.length, 1);
  state.copy = copyWith({ ready: 2 });
  await reconcile();
  assert.is(counted.length, 2);
});

test('what the mailbox workspace refuses is thrown, for the queue to try again', async () => {
  const { reconcile, server, counted } = world(copyWith({ ready: 1 }));
  server.fails = { line: /^patch/, error: new ApiError('PATCH', 409, { reason: 'Conflict' }) };
  assert.match(String(await reconcile().catch((error: unknown) => error)), '409');
  assert.equal(counted, []);
});

test.run();
