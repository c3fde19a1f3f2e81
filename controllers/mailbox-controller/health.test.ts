import type { Lease, SyncTarget, SyncTargetStatus } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { lease, MAILBOX, syncTarget } from '@kubestellar/testing/mailbox-objects';
import { isNews, statusOf } from './health.ts';
import { Heartbeats } from './heartbeats.ts';
import { reconcileHealth } from './reconcile-health.ts';
import { Standbys } from './standbys.ts';

const test = suite('mailbox-controller: health');
const start = Date.parse('2026-03-04T05:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString().replace('Z', '000Z');
const conditions = (status: SyncTargetStatus | undefined) =>
  Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

/** A SyncTarget with a mailbox, whose syncer can renew its Lease; `write` is what the server stores. */
function world(options: { mailboxReady?: boolean } = {}) {
  const state = { now: start, writes: 0, target: syncTarget(), mailboxReady: options.mailboxReady ?? true };
  let heartbeats = new Heartbeats(start);
  const standbys = new Standbys();
  const store = (target: SyncTarget, status: SyncTargetStatus) => {
    state.writes++;
    state.target = { ...target, status };
  };
  return {
    state,
    renew(seconds: number, spec: Lease['spec'] = {}) {
      state.now = start + seconds * 1000;
      heartbeats.renewed(lease(at(seconds), spec), state.now);
    },
    /** A syncer reports that it stands by; '' withdraws that. */
    standBy(seconds: number, holderIdentity: string) {
      state.now = start + seconds * 1000;
      const holder = heartbeats.lease('c1')?.spec?.holderIdentity ?? '';
      standbys.reported(lease(at(seconds), { holderIdentity }), holder, state.now);
    },
    /** A new process that finds `found` at its first list. */
    restart(seconds: number, found?: Lease) {
      state.now = start + seconds * 1000;
      heartbeats = new Heartbeats(state.now);
      if (found) heartbeats.found(found);
    },
    async reconcile(seconds = (state.now - start) / 1000) {
      state.now = start + seconds * 1000;
      return await reconcileHealth(MAILBOX, {
        syncTarget: () => state.target,
        isMailboxReady: () => state.mailboxReady,
        lease: () => heartbeats.lease('c1'),
        leaseProblem: () => heartbeats.problem('c1'),
        standingBy: () => standbys.get('c1', state.now),
        heardAt: (_, target) => heartbeats.heardAt('c1', target),
        writeStatus: async (target, status) => store(target, status),
        now: () => state.now,
      });
    },
  };
}

test('before the mailbox is ready, and before the first heartbeat, the status says what is missing', async () => {
  const w = world({ mailboxReady: false });
  await w.reconcile();
  assert.is(conditions(w.state.target.status).Ready, 'False MailboxNotReady');
  w.state.mailboxReady = true;
  assert.is(await w.reconcile(), undefined);
  assert.equal(conditions(w.state.target.status), {
    HeartbeatHealthy: 'False ErrorHeartbeat',
    SyncerReady: 'False SyncerNotSeen',
    Ready: 'False SyncerNotSeen',
  });
  assert.is(w.state.target.status?.lastSyncerHeartbeatTime, undefined);
});

test('a heartbeat makes it healthy at once, silence for a minute unhealthy', async () => {
  const w = world();
  w.renew(0);
  assert.equal(await w.reconcile(), { requeueAfter: 60_000 });
  assert.is(conditions(w.state.target.status).Ready, 'True SyncerAtWork');
  assert.is(w.state.target.status?.lastSyncerHeartbeatTime, '2026-03-04T05:00:00Z');
  assert.equal(await w.reconcile(59), { requeueAfter: 1000 });
  assert.is(w.state.writes, 1);
  assert.is(await w.reconcile(60), undefined);
  assert.is(conditions(w.state.target.status).Ready, 'False SyncerSilent');
  assert.match(
    w.state.target.status?.conditions?.[2]?.message ?? '',
    'no heartbeat since 2026-03-04T05:00:00Z',
  );
  await w.reconcile(600);
  assert.is(w.state.writes, 2);
});

test('while it is healthy the status is written once a minute at the most', async () => {
  const w = world();
  for (let seconds = 0; seconds < 600; seconds += 15) {
    w.renew(seconds);
    await w.reconcile();
  }
  assert.is(w.state.writes, 10);
});

test('transition times move only when the condition turns', async () => {
  const w = world();
  w.renew(0);
  await w.reconcile();
  w.renew(61);
  await w.reconcile();
  assert.is(w.state.writes, 2);
  assert.is(w.state.target.status?.conditions?.[0]?.lastTransitionTime, '2026-03-04T05:00:00Z');
  await w.reconcile(200);
  assert.is(w.state.target.status?.conditions?.[0]?.lastTransitionTime, '2026-03-04T05:03:20Z');
});

test('a wrong clock in the cluster does not matter', async () => {
  const w = world();
  const heartbeats = new Heartbeats(start);
  heartbeats.renewed(lease('2020-01-01T00:00:00.000000Z'), start);
  assert.is(heartbeats.heardAt('c1', w.state.target), start);
});

test('a restarted controller neither forgets a healthy syncer nor revives a dead one', async () => {
  const w = world();
  w.renew(0);
  await w.reconcile();
  w.restart(30, lease(at(15)));
  assert.equal(await w.reconcile(), { requeueAfter: 60_000 });
  assert.is(w.state.writes, 1);
  await w.reconcile(90);
  assert.is(conditions(w.state.target.status).Ready, 'False SyncerSilent');
  w.restart(100, lease(at(15)));
  await w.reconcile();
  assert.is(conditions(w.state.target.status).Ready, 'False SyncerSilent');
  assert.is(w.state.writes, 2);
});

test('a syncer that came while the controller was away is healthy at once', async () => {
  const w = world();
  await w.reconcile();
  w.restart(100, lease(at(95)));
  assert.equal(await w.reconcile(), { requeueAfter: 55_000 });
  assert.is(conditions(w.state.target.status).Ready, 'True SyncerAtWork');
});

test('the heartbeat time stays when the Lease is deleted', async () => {
  const w = world();
  w.renew(0);
  await w.reconcile();
  w.restart(10);
  await w.reconcile();
  assert.is(w.state.target.status?.lastSyncerHeartbeatTime, '2026-03-04T05:00:00Z');
  assert.is(conditions(w.state.target.status).SyncerReady, 'False SyncerSilent');
});

test('a Lease that no syncer writes is no heartbeat, is told, and a proper one ends that', async () => {
  const w = world();
  w.renew(0);
  await w.reconcile();
  for (const spec of [{ leaseDurationSeconds: 2147483647 }, { renewTime: '2999-01-01T00:00:00.000000Z' }]) {
    w.renew(10, spec);
    assert.is(await w.reconcile(), undefined);
    assert.equal(conditions(w.state.target.status), {
      HeartbeatHealthy: 'False ErrorHeartbeat',
      SyncerReady: 'False LeaseRefused',
      Ready: 'False LeaseRefused',
    });
    assert.match(w.state.target.status?.lastSyncerHeartbeatTime ?? '', /^2026-03-04T05:00:/);
    // Nor does a controller believe it that begins anew, whatever the status says.
    w.restart(20, lease(at(15), spec));
    await w.reconcile();
    assert.is(conditions(w.state.target.status).SyncerReady, 'False LeaseRefused');
    w.renew(30);
    await w.reconcile();
    assert.is(conditions(w.state.target.status).SyncerReady, 'True SyncerAtWork');
    w.renew(0);
  }
});

test('a renewal ahead of our clock does not make a dead syncer live until then', async () => {
  const w = world();
  w.restart(0, lease(at(3600)));
  assert.is(await w.reconcile(), undefined);
  assert.is(conditions(w.state.target.status).SyncerReady, 'False SyncerSilent');
});

test('a plausible Lease that somebody writes every three minutes is reported all the time, and so are its holder and who waits', async () => {
  const w = world();
  const real = { holderIdentity: 'uid/pod/1' };
  const seen = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const from = round * 180;
    w.renew(from, { holderIdentity: 'x/y/1', leaseDurationSeconds: 135, renewTime: at(from + 100) });
    for (let seconds = from + 1; seconds < from + 46; seconds += 6) w.standBy(seconds, real.holderIdentity);
    for (let seconds = from + 46; seconds < from + 180; seconds += 15) {
      await w.reconcile(seconds - 1);
      const { Ready, HeartbeatHealthy } = conditions(w.state.target.status);
      seen.add(`${Ready}, ${HeartbeatHealthy}`);
      w.renew(seconds, real);
    }
  }
  assert.equal([...seen], ['False SecondSyncer, True HeartbeatSeen']);
  const { message = '' } = w.state.target.status?.conditions?.[1] ?? {};
  assert.match(message, /"uid\/pod\/1" waited until "x\/y\/1" lost the Lease default\/kubestellar-syncer/);
  assert.match(message, /end the one that you do not want: .* delete its ServiceAccount/);
});

test('a holder that renews for ever does not hide the syncer that stands by', async () => {
  const w = world();
  for (let seconds = 0; seconds < 1200; seconds += 40) {
    w.renew(seconds, { holderIdentity: 'x/y/1' });
    w.standBy(seconds + 1, 'uid/pod/1');
    await w.reconcile(seconds + 2);
    assert.is(conditions(w.state.target.status).Ready, 'False SecondSyncer');
  }
  assert.match(
    w.state.target.status?.conditions?.[2]?.message ?? '',
    /"uid\/pod\/1" stands by while "x\/y\/1" holds the Lease/,
  );
});

test('when the syncer that nobody wanted ends, the SyncTarget is ready soon; without a word from it, after five minutes', async () => {
  const w = world();
  const renew = (seconds: number) => w.renew(seconds, { holderIdentity: 'uid/pod/1' });
  const ready = () => conditions(w.state.target.status).Ready;
  renew(0);
  w.standBy(1, 'other/pod/1');
  w.standBy(2, '');
  await w.reconcile();
  assert.is(ready(), 'False SecondSyncer');
  renew(10);
  assert.equal(await w.reconcile(), { requeueAfter: 7000 });
  await w.reconcile(17);
  assert.is(ready(), 'True SyncerAtWork');
  w.standBy(20, 'other/pod/1');
  renew(318);
  await w.reconcile(319);
  assert.is(ready(), 'False SecondSyncer');
  await w.reconcile(320);
  assert.is(ready(), 'True SyncerAtWork');
});

test('who withdraws the report of another syncer hides nothing: it comes again', async () => {
  const w = world();
  for (let seconds = 0; seconds < 120; seconds += 6) {
    w.renew(seconds, { holderIdentity: 'x/y/1' });
    w.standBy(seconds + 1, 'uid/pod/1');
    for (const later of [2, 4, 5]) {
      w.standBy(seconds + later, '');
      await w.reconcile();
      assert.is(conditions(w.state.target.status).Ready, 'False SecondSyncer');
    }
  }
});

test('a pod of the same installation that stands by is named, and the SyncTarget stays ready', async () => {
  const w = world();
  w.renew(0, { holderIdentity: 'uid/pod/1' });
  w.standBy(1, 'uid/pod-2/1');
  await w.reconcile();
  assert.is(conditions(w.state.target.status).Ready, 'True SyncerAtWork');
  const message = () => w.state.target.status?.conditions?.[2]?.message;
  assert.is(message(), '"uid/pod-2/1", of the same installation, stands by');
  w.standBy(2, 'other/pod/1');
  w.standBy(3, 'uid/pod-2/1');
  await w.reconcile();
  assert.is(conditions(w.state.target.status).Ready, 'False SecondSyncer');
});

test('a Lease that is written without being renewed is no heartbeat', async () => {
  const w = world();
  w.renew(0, { renewTime: at(0) });
  w.renew(50, { renewTime: at(0) });
  await w.reconcile(60);
  assert.is(conditions(w.state.target.status).Ready, 'False SyncerSilent');
});

test('the heartbeat time is never one that is to come', async () => {
  const w = world();
  w.renew(0, { renewTime: at(100) });
  await w.reconcile();
  assert.is(w.state.target.status?.lastSyncerHeartbeatTime, '2026-03-04T05:00:00Z');
});

test('a heartbeat time that lies ahead is replaced by the next one', () => {
  const heartbeat = (seconds: number) => ({ lastSyncerHeartbeatTime: at(seconds), conditions: [] });
  assert.ok(isNews(heartbeat(0), heartbeat(86_000)));
  assert.not(isNews(heartbeat(0), heartbeat(20)));
});

test('nothing is written for a SyncTarget that is being deleted, and conditions of others do not matter', async () => {
  const w = world();
  const other = { type: 'Other', status: 'True' as const, lastTransitionTime: '' };
  const observation = {
    ...{ mailboxReady: true, lease: undefined, leaseProblem: undefined, standingBy: undefined },
    heardAt: undefined,
    now: start,
  };
  const wanted = statusOf(w.state.target, observation);
  assert.not(isNews(wanted, { ...wanted, conditions: [other, ...(wanted.conditions ?? [])] }));
  w.state.target.metadata.deletionTimestamp = at(0);
  await w.reconcile();
  assert.is(w.state.writes, 0);
});

test.run();
