import {
  API_BINDINGS,
  type KubeObject,
  LOGICAL_CLUSTERS,
  type Resource,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { ApiError, ConnectionError, type KubeClient } from '@kubestellar/kube';
import { isOrphan } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { binding, syncTarget, workspace } from '@kubestellar/testing/mailbox-objects';

const test = suite('mailbox-controller: orphan');

/** A server with these objects of each resource, or an error for it. */
function server(answers: Map<Resource, KubeObject[] | Error>): KubeClient {
  const read = (resource: Resource): KubeObject[] => {
    const answer = answers.get(resource) ?? [];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const client = {
    workspace: () => client,
    list: async (resource: Resource) => read(resource),
    get: async (resource: Resource, { name }: { name: string }) =>
      read(resource).find(({ metadata }) => metadata.name === name),
  };
  return client as unknown as KubeClient;
}

const unserved = new ApiError('GET', 404, { message: '404 page not found' });
const cluster = { apiVersion: '', kind: 'LogicalCluster', metadata: { name: 'cluster' } };
const ask = (answers: [Resource, KubeObject[] | Error][]) =>
  isOrphan(server(new Map(answers)), workspace('Ready'));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error.message,
  );

test('a SyncTarget that exists keeps its mailbox', async () => {
  assert.is(await ask([[SYNC_TARGETS, [syncTarget()]]]), false);
});

test('a SyncTarget that is absent, deleting or another one of that name does not', async () => {
  assert.is(await ask([[SYNC_TARGETS, []]]), true);
  const going = syncTarget();
  going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  assert.is(await ask([[SYNC_TARGETS, [going]]]), true);
  const other = syncTarget();
  other.metadata.uid = 'u2';
  assert.is(await ask([[SYNC_TARGETS, [other]]]), true);
});

test('a mailbox without the annotation is looked up by uid', async () => {
  const mailbox = workspace('Ready');
  mailbox.metadata.annotations = {};
  assert.is(await isOrphan(server(new Map([[SYNC_TARGETS, [syncTarget('renamed')]]])), mailbox), false);
  assert.is(await isOrphan(server(new Map([[SYNC_TARGETS, []]])), mailbox), true);
});

test('it is gone with its workspace, and with the binding to our API', async () => {
  assert.is(
    await ask([
      [SYNC_TARGETS, unserved],
      [LOGICAL_CLUSTERS, []],
    ]),
    true,
  );
  assert.is(
    await ask([
      [SYNC_TARGETS, unserved],
      [LOGICAL_CLUSTERS, [cluster]],
      [API_BINDINGS, [binding('other')]],
    ]),
    true,
  );
});

test('an answer that proves nothing is an error', async () => {
  const bound: [Resource, KubeObject[]] = [API_BINDINGS, [binding('edge.kubestellar.io')]];
  assert.match(
    (await failure(ask([[SYNC_TARGETS, unserved], [LOGICAL_CLUSTERS, [cluster]], bound]))) ?? '',
    'is kept',
  );
  const forbidden = new ApiError('GET', 403, { message: 'no' });
  assert.match((await failure(ask([[SYNC_TARGETS, forbidden]]))) ?? '', 'no');
  const broken = new ConnectionError('GET', 'https://core', new Error('refused'));
  assert.match((await failure(ask([[SYNC_TARGETS, broken]]))) ?? '', 'refused');
});

test('a workspace that is no mailbox belongs to nobody', async () => {
  assert.is(await isOrphan(server(new Map()), workspace('Ready', 'my-own')), false);
});

test.run();
