import { setImmediate as turn } from 'node:timers/promises';
import { CLUSTER_CLAIMED_BY, type Lease } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { ClusterClaim } from './claim.ts';

const test = suite('for whom a syncer works in its cluster');

const ONE = { core: 'core', syncTarget: 'one' };
const OTHER = { core: 'core', syncTarget: 'other' };
const REBUILT = { core: 'rebuilt', syncTarget: 'one' };
const logger = { warn() {}, info() {} } as unknown as Logger;

/** A cluster that has the Lease in memory, and syncers that claim it. */
function world() {
  const state: { lease: Lease | undefined; now: number; failure: Error | undefined } = {
    lease: undefined,
    now: Date.now(),
    failure: undefined,
  };
  let version = 0;
  const store = async (_: unknown, lease: Lease) => {
    state.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: `${++version}` } };
    return state.lease;
  };
  const mergePatch = async (_: unknown, __: unknown, patch: Lease) => {
    const lease = state.lease as Lease;
    const annotations = { ...lease.metadata.annotations, ...patch.metadata.annotations };
    return store(_, { ...lease, metadata: { ...lease.metadata, annotations } });
  };
  const wec = {
    get: async () => {
      if (state.failure) throw state.failure;
      return state.lease;
    },
    create: store,
    replace: store,
    mergePatch,
  } as unknown as KubeClient;
  const claims: ClusterClaim[] = [];
  const claim = (origin: typeof ONE) => {
    const made = new ClusterClaim({ wec, onChange() {}, logger, renewEvery: 400, now: () => state.now });
    claims.push(made);
    made.start(origin);
    return made;
  };
  const end = () => Promise.all(claims.map((each) => each.stop()));
  return { state, claim, end };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

test('the first syncer works, one of another SyncTarget or core stands by, and both say so', async () => {
  for (const other of [OTHER, REBUILT]) {
    const { claim, end } = world();
    const first = claim(ONE);
    await until(() => first.held);
    assert.equal([first.clash, first.problem], [undefined, undefined]);
    const second = claim(other);
    await until(() => second.heldBy !== undefined && first.claimedBy !== undefined);
    assert.not(second.held);
    assert.equal([second.heldBy, first.claimedBy], [ONE, other]);
    assert.is(second.clash?.reason, 'ClusterClash');
    assert.match(second.clash?.message ?? '', 'neither writes nor deletes');
    assert.match(first.clash?.message ?? '', 'deletes nothing');
    assert.ok(first.held, 'it goes on');
    await end();
  }
});

test('when the first syncer ends, the other one works; when that is not heard of any more, the first deletes again', async () => {
  const { state, claim, end } = world();
  const first = claim(ONE);
  await until(() => first.held);
  const second = claim(OTHER);
  await until(() => first.claimedBy !== undefined);
  await first.stop();
  await until(() => second.held);
  assert.is(second.clash, undefined);
  const third = claim(ONE);
  await until(() => second.claimedBy !== undefined);
  await third.stop();
  // One that was on its way may still come.
  await new Promise((resolve) => setTimeout(resolve, 200));
  state.now += 10_000;
  assert.is(second.claimedBy, undefined);
  await end();
});

test('processes of one SyncTarget hold the cluster together', async () => {
  const { claim, end } = world();
  const first = claim(ONE);
  await until(() => first.held);
  const second = claim(ONE);
  await until(() => second.held);
  assert.equal([first.clash, second.clash], [undefined, undefined]);
  await end();
});

test('the note of the syncer that works by now is no clash', async () => {
  const { state, claim, end } = world();
  const first = claim(OTHER);
  await until(() => first.held);
  const second = claim(ONE);
  await until(() => first.claimedBy !== undefined);
  await first.stop();
  await until(() => second.held);
  assert.match(state.lease?.metadata.annotations?.[CLUSTER_CLAIMED_BY] ?? '', 'core/one@');
  assert.is(second.claimedBy, undefined);
  await end();
});

test('a syncer that loses its cluster goes on trying, and deletes nothing until it holds the cluster again', async () => {
  const { state, claim, end } = world();
  const first = claim(ONE);
  assert.not(first.mayWrite);
  await until(() => first.held);
  assert.equal([first.mayWrite, first.whyKeep], [true, undefined]);
  state.failure = new Error('unreachable');
  await until(() => !first.held);
  assert.ok(first.mayWrite);
  assert.is(first.whyKeep?.reason, 'Unreachable');
  assert.match(first.whyIdle?.message ?? '', 'unreachable');
  state.failure = undefined;
  const holderIdentity = 'core/other';
  state.lease = {
    ...(state.lease as Lease),
    spec: { ...state.lease?.spec, holderIdentity, renewTime: new Date().toISOString() },
  };
  await until(() => first.heldBy !== undefined);
  assert.not(first.mayWrite);
  assert.is(first.whyIdle?.reason, 'ClusterClash');
  await end();
});

test.run();
