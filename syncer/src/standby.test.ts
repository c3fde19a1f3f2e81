import { STANDBY_LEASE } from '@kubestellar/api';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { Standby } from './standby.ts';

const test = suite('a syncer that stands by');

/** A syncer that reports to a server; `failure` is what the next writes fail with. */
function world() {
  const state: { reports: string[]; failure: Error | undefined } = { reports: [], failure: undefined };
  const apply = async (
    _: unknown,
    { metadata, spec }: { metadata: object; spec?: { holderIdentity: string } },
  ) => {
    if (state.failure) throw state.failure;
    assert.equal(metadata, STANDBY_LEASE);
    state.reports.push(spec?.holderIdentity ?? '');
    return STANDBY_LEASE;
  };
  const logger = { warn: () => undefined } as unknown as Logger;
  const standby = new Standby({
    client: { apply: apply as never },
    holder: 'uid/pod/1',
    seconds: 45,
    logger,
  });
  return { state, standby };
}

test('reports itself at each look at the Lease, and withdraws that at its end', async () => {
  const { state, standby } = world();
  standby.waits('x/y/1');
  standby.waits('x/y/1');
  await standby.stop();
  assert.equal(state.reports, ['uid/pod/1', 'uid/pod/1', '']);
});

test('lets its report stand when it had to wait for a stranger, and withdraws it otherwise', async () => {
  for (const [holder, how, isWithdrawn] of [
    ['x/y/1', 'expired', false],
    ['x/y/1', 'refused', false],
    ['x/y/1', 'free', true],
    ['uid/pod-0/1', 'expired', true],
    ['uid/pod-0/1', 'dead', true],
  ] as const) {
    const { state, standby } = world();
    standby.waits(holder);
    standby.acquired(how);
    await standby.stop();
    assert.equal(state.reports, isWithdrawn ? ['uid/pod/1', ''] : ['uid/pod/1'], `${holder} ${how}`);
  }
});

test('writes nothing when it never stood by', async () => {
  const { state, standby } = world();
  standby.acquired('free');
  await standby.stop();
  assert.equal(state.reports, []);
});

test('reports itself again after a report that failed', async () => {
  const { state, standby } = world();
  state.failure = new Error('no');
  standby.waits('x/y/1');
  await new Promise(setImmediate);
  state.failure = undefined;
  standby.waits('x/y/1');
  await standby.stop();
  assert.equal(state.reports, ['uid/pod/1', '']);
});

test.run();
