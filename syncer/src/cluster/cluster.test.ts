import {
  CLUSTER_CLAIMED_BY,
  CLUSTER_HELD_BY,
  CLUSTER_ID,
  CLUSTER_LEASE,
  LEASES,
  type Lease,
  NAMESPACES,
  ORPHANS,
  type Unstructured,
} from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { Cluster } from './cluster.ts';
import type { OrphanReport } from './orphans.ts';

const test = suite('what a syncer reports of its cluster');

const nothing = () => undefined;
const logger = { info: nothing, warn: nothing } as unknown as Logger;
const running: Cluster[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A cluster whose Lease says these annotations. */
function world({
  id = undefined as string | undefined,
  orphans = undefined as OrphanReport | undefined,
} = {}) {
  const server = new FakeServer();
  const oldest = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', uid: 'the-oldest' },
  };
  server.put('', NAMESPACES, oldest as Unstructured);
  const state = { changes: 0 };
  const cluster = new Cluster({
    wec: server.client,
    id,
    onChange: () => void state.changes++,
    listOrphans: () => orphans,
    logger,
  });
  running.push(cluster);
  const hold = (holderIdentity: string, annotations: { [key: string]: string } = {}) => {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    server.put('', LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...CLUSTER_LEASE, uid: 'lease', resourceVersion: 'theirs', annotations },
      spec: { holderIdentity, leaseDurationSeconds: 45, renewTime },
    } as Lease);
  };
  return { server, cluster, state, hold };
}

test('which one it is, by the UID of its oldest Namespace, as soon as that can be read', async () => {
  const { server, cluster } = world();
  server.fails = { line: /^get .* namespaces/, error: new ApiError('GET', 503, {}) };
  cluster.start();
  assert.is(cluster.annotations()[CLUSTER_ID], undefined);
  server.fails = undefined;
  await until(() => cluster.annotations()[CLUSTER_ID] === 'the-oldest');
});

test('which one it is, as the user says, where machines were cloned', async () => {
  const { server, cluster } = world({ id: 'mine' });
  server.fails = { line: /^get .* namespaces/, error: new Error('nobody asks') };
  cluster.start();
  assert.is(cluster.annotations()[CLUSTER_ID], 'mine');
});

test('that another syncer has it, or wants it, and nothing of that while it is ours alone', async () => {
  const own = { core: 'core', syncTarget: 'one' };
  const kept = world();
  kept.hold('core/other');
  kept.cluster.claim.start(own);
  await until(() => kept.cluster.annotations()[CLUSTER_HELD_BY] === 'core/other');
  assert.is(kept.cluster.annotations()[CLUSTER_CLAIMED_BY], undefined);

  const claimed = world();
  claimed.hold('', { [CLUSTER_CLAIMED_BY]: `core/other@${new Date().toISOString()}` });
  claimed.cluster.claim.start(own);
  await until(() => claimed.cluster.annotations()[CLUSTER_CLAIMED_BY] === 'core/other');
  assert.is(claimed.cluster.annotations()[CLUSTER_HELD_BY], undefined);

  const alone = world();
  alone.cluster.claim.start(own);
  await until(() => alone.cluster.claim.held);
  assert.is(alone.state.changes, 1);
  const { [CLUSTER_HELD_BY]: heldBy, [CLUSTER_CLAIMED_BY]: claimedBy } = alone.cluster.annotations();
  assert.equal([heldBy, claimedBy], [undefined, undefined]);
});

test('which orphans are in it, if there are any', () => {
  const orphans = { count: 1, objects: ['configmaps n/x'] };
  assert.equal(JSON.parse(world({ orphans }).cluster.annotations()[ORPHANS] ?? ''), orphans);
  for (const none of [undefined, { count: 0, objects: [] }])
    assert.is(world(none ? { orphans: none } : {}).cluster.annotations()[ORPHANS], undefined);
});

test.run();
