import {
  CONFIG_MAPS,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  type Resource,
  type Unstructured,
} from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Problem } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { Wanted } from '../config/wanted.ts';
import type { SyncedResource } from '../types/synced-resource.ts';
import { Downsync } from './downsync.ts';
import { WecWriter } from './wec-writer.ts';

const test = suite('way down');

const WHOSE = { origin: { core: 'core', syncTarget: 'target' }, takesOver: false };
const ORIGIN = 'edge.kubestellar.io/origin';

const logger = { debug() {}, warn() {} } as unknown as Logger;

/** The answer to a SelfSubjectReview. */
async function whoAmI() {
  const username = 'system:serviceaccount:kubestellar-syncer-a:kubestellar-syncer-a';
  return { status: { userInfo: { username } } };
}

/** A WEC that has some objects, of which the cache knows nothing; `requests` tells what it was asked. */
function wecWith(...existing: KubeObject[]) {
  const objects = new Map(existing.map((object) => [object.metadata.name, object]));
  const requests: string[] = [];
  const client = {
    path: '',
    request: whoAmI,
    async get(_: Resource, { name }: { name: string }) {
      requests.push('get');
      return objects.get(name);
    },
    async createForMetadata(_: Resource, object: KubeObject) {
      requests.push('create');
      if (objects.has(object.metadata.name)) throw new ApiError('POST', 409, { reason: 'AlreadyExists' });
      objects.set(object.metadata.name, object);
      return { ...object.metadata, resourceVersion: '7' };
    },
  };
  return { client: client as unknown as KubeClient, requests, objects };
}

async function bringDown(client: KubeClient, obstacle?: { problem: Problem; since: number }) {
  const source: Unstructured = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'n' },
    data: { a: 'b' },
  };
  const names = new Map([['n', new Set(['c'])]]);
  const wanted = new Wanted(new Map([['configmaps', { ...CONFIG_MAPS, names }]]));
  const resource = {
    id: 'configmaps',
    mailbox: { synced: true, get: () => source, list: () => [source] },
    wec: {
      type: obstacle ? undefined : CONFIG_MAPS,
      synced: true,
      obstacle,
      get: () => undefined,
      list: () => [],
    },
  } as unknown as SyncedResource;
  const downsync = new Downsync(client, client, new WecWriter(client, () => {}, logger), logger);
  return downsync.reconcile(resource, 'n', 'c', { wanted, proveAbsence: true }, WHOSE);
}

test('a new object costs one request', async () => {
  const { client, requests, objects } = wecWith();
  await bringDown(client);
  assert.equal(requests, ['create']);
  assert.equal((objects.get('c') as Unstructured).data, { a: 'b' });
});

test("somebody else's object of that name is left as it is, and looked at again", async () => {
  const foreign: Unstructured = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'n' },
    data: { mine: 'own' },
  };
  const { client, objects } = wecWith(foreign);
  const again = await bringDown(client);
  assert.is(objects.get('c'), foreign);
  assert.ok((again?.requeueAfter ?? 0) > 0);
  assert.is(again?.problem?.reason, 'NotOurs');
});

test('a kind that the cluster does not serve is a problem once it had time to', async () => {
  const { client, requests } = wecWith();
  const missing = { reason: 'NotServed', message: 'the cluster does not serve it' };
  const soon = await bringDown(client, { problem: missing, since: Date.now() });
  assert.is(soon?.problem, undefined);
  assert.ok((soon?.requeueAfter ?? 0) > 0);
  assert.equal(await bringDown(client, { problem: missing, since: 0 }), { problem: missing });
  assert.equal(requests, []);
});

/** Takes away a copy that no config names any more, while the mailbox workspace is as told. */
async function takeAway(copy: Unstructured, workspace: Partial<ObjectMeta> | undefined): Promise<string[]> {
  const requests: string[] = [];
  const mailbox = {
    get: async () => workspace && { apiVersion: '', kind: '', metadata: { name: 'cluster', ...workspace } },
  } as unknown as KubeClient;
  const wec = {
    path: '',
    request: whoAmI,
    delete: async () => requests.push('delete'),
  } as unknown as KubeClient;
  const id = copy.kind === 'Namespace' ? 'namespaces' : 'configmaps';
  const resource = {
    id,
    mailbox: { synced: true, get: () => undefined, list: () => [] },
    wec: { type: CONFIG_MAPS, synced: true, get: () => copy, list: () => [copy] },
  } as unknown as SyncedResource;
  const downsync = new Downsync(mailbox, wec, new WecWriter(wec, () => {}, logger), logger);
  const plan = { wanted: new Wanted(), proveAbsence: true };
  await downsync.reconcile(resource, copy.metadata.namespace ?? '', copy.metadata.name, plan, WHOSE);
  return requests;
}

const copyOf = (kind: string, creationTimestamp: string): Unstructured => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name: 'c',
    ...(kind === 'Namespace' ? {} : { namespace: 'n' }),
    creationTimestamp,
    annotations: {
      'edge.kubestellar.io/downsynced': kind === 'Namespace' ? 'Namespace//c' : `${kind}/n/c`,
      [ORIGIN]: kind === 'Namespace' ? 'core/target/namespaces//c/' : 'core/target/configmaps/n/c/w:u',
    },
  },
});
const [EARLIER, LATER] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];

test('nothing is taken away because the whole mailbox workspace goes, or is gone', async () => {
  const copy = copyOf('ConfigMap', LATER);
  assert.equal(await takeAway(copy, { creationTimestamp: EARLIER }), ['delete']);
  assert.equal(await takeAway(copy, { creationTimestamp: EARLIER, deletionTimestamp: LATER }), []);
  assert.equal(await takeAway(copy, undefined), []);
});

test('a Namespace that came by an earlier mailbox workspace stays, its objects do not', async () => {
  assert.equal(await takeAway(copyOf('Namespace', LATER), { creationTimestamp: EARLIER }), ['delete']);
  assert.equal(await takeAway(copyOf('Namespace', EARLIER), { creationTimestamp: LATER }), []);
  assert.equal(await takeAway(copyOf('ConfigMap', EARLIER), { creationTimestamp: LATER }), ['delete']);
});

test('a copy of an object that was made anew is deleted, and what is left of a Namespace of an older release is marked', async () => {
  const requests: string[] = [];
  const client = {
    path: '',
    request: whoAmI,
    get: async () => ({
      apiVersion: '',
      kind: '',
      metadata: { name: 'cluster', creationTimestamp: EARLIER },
    }),
    delete: async (_: Resource, { name }: { name: string }, { uid }: { uid: string }) =>
      requests.push(`delete ${name} ${uid}`),
    mergePatch: async (_: Resource, { name }: { name: string }, patch: { metadata: ObjectMeta }) => {
      requests.push(`mark ${name} ${patch.metadata.annotations?.[ORIGIN]}`);
      return patch;
    },
  } as unknown as KubeClient;
  const downsync = new Downsync(client, client, new WecWriter(client, () => {}, logger), logger);
  const reconcile = (id: string, source: Unstructured, copy: Unstructured) => {
    const view = (object: Unstructured) => ({ synced: true, get: () => object, list: () => [object] });
    const type = id === 'namespaces' ? NAMESPACES : CONFIG_MAPS;
    const resource = { id, mailbox: view(source), wec: { ...view(copy), type } } as unknown as SyncedResource;
    const names = new Map([['n', new Set(['c'])]]);
    const wanted = new Wanted(new Map([['configmaps', { ...CONFIG_MAPS, names }]]), new Set(['c']));
    const { namespace = '', name } = copy.metadata;
    return downsync.reconcile(resource, namespace, name, { wanted, proveAbsence: true }, WHOSE);
  };
  const copy = copyOf('ConfigMap', LATER);
  const source = {
    ...copy,
    metadata: { ...copy.metadata, uid: 'new', annotations: { 'kcp.io/cluster': 'w' } },
  };
  await reconcile('configmaps', source, { ...copy, metadata: { ...copy.metadata, uid: 'copy' } });
  const { annotations: _, ...metadata } = copyOf('Namespace', LATER).metadata;
  const older: Unstructured = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      ...metadata,
      annotations: { 'edge.kubestellar.io/downsynced': 'Namespace//c' },
      managedFields: [{ manager: 'kubestellar-syncer', operation: 'Update' }],
    },
  };
  await reconcile('namespaces', older, older);
  assert.equal(requests, ['delete c copy', 'mark c core/target/namespaces//c/']);
});

test.run();
