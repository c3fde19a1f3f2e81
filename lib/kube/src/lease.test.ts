import { setTimeout as later, setImmediate as turn } from 'node:timers/promises';
import type { Lease, LeaseSpec } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { LeaseHolder } from './lease.ts';

const test = suite('who holds a Lease');

/** Milliseconds; what happens here happens at the first look, which comes at once. */
const EVERY = 1000;

/** A server that keeps one Lease in memory; it is a mock. */
function server(spec?: LeaseSpec) {
  const state: { lease: Lease | undefined; failure: Error | undefined } = {
    lease: undefined,
    failure: undefined,
  };
  let version = 0;
  const store = (lease: Lease) => {
    state.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++version) } };
    return state.lease;
  };
  const write = async (_: unknown, lease: Lease) => {
    if (state.failure) throw state.failure;
    return store(lease);
  };
  const client = { get: async () => state.lease, create: write, replace: write } as unknown as KubeClient;
  const put = (more: LeaseSpec) =>
    store({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: more });
  if (spec) put(spec);
  return { client, state, put };
}

/** Runs a holder until what it has come to is as expected. */
async function hold(
  client: KubeClient,
  expected: (holder: LeaseHolder) => boolean,
  isDead?: (holder: string) => Promise<boolean>,
) {
  const seen: string[] = [];
  const log = { warn: (_: object, text: string) => seen.push(text) } as unknown as Logger;
  const holder = new LeaseHolder({
    ...{ client, namespace: 'default', name: 'l', holder: 'us', fieldManager: 'x' },
    renewEvery: EVERY,
    logger: log,
    isDead,
    onStandby: (other) => seen.push(`standing by for ${other}`),
    onAcquired: () => seen.push('acquired'),
    onLost: () => seen.push('lost'),
  }).start();
  while (!expected(holder)) await turn();
  const { held, problem, holder: by } = holder;
  await holder.stop();
  return { seen, held, problem, by };
}

const renewTime = () => new Date().toISOString();

test('a proper Lease of another holder is respected', async () => {
  const { client } = server({ holderIdentity: 'them', leaseDurationSeconds: 9, renewTime: renewTime() });
  const { seen, held } = await hold(client, ({ holder }) => holder === 'them');
  assert.equal([seen, held], [['standing by for them'], false]);
});

test('a Lease for 68 years is taken over at once, and its number of transitions put right', async () => {
  const { client, state } = server({
    ...{ holderIdentity: 'them', leaseDurationSeconds: 2147483647, leaseTransitions: 2147483647 },
    renewTime: renewTime(),
  });
  const { seen, held } = await hold(client, (holder) => holder.held);
  assert.equal([seen, held], [['a Lease is refused, and taken over', 'acquired'], true]);
  assert.is(state.lease?.spec?.leaseTransitions, 1);
});

/** Looks again and again while time passes by an injected clock. @returns after how many seconds it acquired the Lease */
async function secondsUntilHeld(spec: LeaseSpec, eachSecond: (second: number) => LeaseSpec | undefined) {
  const { client, put } = server(spec);
  const waits: string[] = [];
  let second = 0;
  let acquired: string | undefined;
  const holder = new LeaseHolder({
    ...{ client, namespace: 'default', name: 'l', holder: 'us', fieldManager: 'x' },
    renewEvery: 15,
    logger: { warn: () => undefined } as unknown as Logger,
    // A step of this clock stands for a second, as a millisecond of what the holder is valid for does.
    elapsed: () => second,
    onWait: (other) => waits.push(other),
    onAcquired: (how) => {
      acquired = how;
    },
    onLost: () => undefined,
  }).start();
  const looks = async () => {
    const before = waits.length;
    while (waits.length === before && !holder.held) await later(1);
  };
  for (; second < 400; second++) {
    await looks();
    if (acquired) break;
    const next = eachSecond(second);
    if (next) put(next);
  }
  await holder.stop();
  return { second, acquired, waits: new Set(waits) };
}

/** The longest Lease that is not refused of one that is valid for 45 ms, and a renewal that is to come. */
const plausible = () => ({
  ...{ holderIdentity: 'x/y/1', leaseDurationSeconds: 0.135 },
  renewTime: new Date(Date.now() + 100_000).toISOString(),
});

test('a plausible Lease whose holder does not renew is waited for as long as our own are valid, and no longer', async () => {
  const spec = plausible();
  const found = await secondsUntilHeld(spec, () => undefined);
  assert.equal(found, { second: 46, acquired: 'expired', waits: new Set(['x/y/1']) });
});

test('a Lease of which all but its renewal is written again expires all the same', async () => {
  const spec = plausible();
  const { second } = await secondsUntilHeld(spec, (now) => ({ ...spec, leaseTransitions: now }));
  assert.is(second, 46);
});

test('a holder that renews is waited for', async () => {
  const { second, acquired } = await secondsUntilHeld(plausible(), (now) =>
    now < 100 && now % 20 === 0 ? plausible() : undefined,
  );
  assert.equal([second > 120, acquired], [true, 'expired']);
});

test('the Lease of a holder that is found dead is taken over at once', async () => {
  const { client } = server({ holderIdentity: 'them', leaseDurationSeconds: 3, renewTime: renewTime() });
  const { seen } = await hold(
    client,
    (holder) => holder.held,
    async (holder) => holder === 'them',
  );
  assert.equal(seen, ['acquired']);
});

test('what keeps a holder from a Lease that nobody else holds is known', async () => {
  const { client, state } = server();
  state.failure = new Error('no');
  const { held, by, problem } = await hold(client, (holder) => holder.problem !== undefined);
  assert.equal([held, by, problem], [false, '', 'no']);
});

test.run();
