import { COMBINED_STATUSES, DEPLOYMENTS } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import { problem } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { loggerOf, objectOf, placementOf, resolvedOf } from '../../fixtures.ts';
import { combinedStatusOf, statusKey } from './combined-status.ts';
import type { Entry } from './entry.ts';
import { type ClusterFact, tallyOf } from './object-status.ts';
import { StatusWriter } from './status-writer.ts';

const test = suite('writing of CombinedStatuses');

const object = objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns' });
const KEY = statusKey('w', DEPLOYMENTS, 'ns', 'app');
const NAME = KEY.split('/').slice(1).join('/');
const factOf = (state: ClusterFact['state']): ClusterFact => ({
  mailbox: 'm',
  location: 'edge1',
  labels: {},
  state,
});

function entryOf(state: ClusterFact['state'], since = 0): Entry {
  const tally = tallyOf([factOf(state)]);
  return {
    resource: DEPLOYMENTS,
    object,
    statusKey: KEY,
    copyKeys: [],
    tally,
    collectors: [],
    results: [],
    since,
  };
}

/** A server that has the CombinedStatus of an object in this state. */
async function world(before?: ClusterFact['state'], { isBusy = false, isUnresolved = false } = {}) {
  const server = new FakeServer();
  if (before) {
    const { metadata, ...content } = combinedStatusOf(DEPLOYMENTS, object, tallyOf([factOf(before)]));
    const { name, ...more } = metadata;
    server.put(
      'w',
      COMBINED_STATUSES,
      objectOf(COMBINED_STATUSES, 'w', name, { ...more, uid: 'old' }, content),
    );
  }
  const events: string[] = [];
  const seen: string[] = [];
  const writer = new StatusWriter({
    everywhere: server.client,
    placements: { in: () => [resolvedOf(placementOf('w', 'p', {}), isUnresolved ? undefined : ['m'])] },
    view: server.client,
    logger: loggerOf(),
    events: { record: async (_, { reason }) => void events.push(reason) },
    backlog: { wait: () => (isBusy ? { requeueAfter: 7 } : undefined) },
    onSeen: (key) => void seen.push(key),
  });
  await writer.start();
  return { server, writer, events, seen };
}

test('what is not there is created, what says something else is replaced, the same is left alone', async () => {
  const created = await world();
  await created.writer.write('s', entryOf('applied'));
  assert.equal(created.server.log, [`create w combinedstatuses ${NAME}`]);
  const replaced = await world('pending');
  assert.equal(replaced.seen, [KEY]);
  await replaced.writer.write('s', entryOf('applied'));
  assert.equal(replaced.server.log, [`replace w combinedstatuses ${NAME}`]);
  const same = await world('applied');
  await same.writer.write('s', entryOf('applied'));
  assert.equal(same.server.log, []);
  await Promise.all([created, replaced, same].map(({ writer }) => writer.stop()));
});

test('of a new object on its way nothing is written at first, and while copies wait nothing that is not urgent', async () => {
  const fresh = await world();
  assert.ok(await fresh.writer.write('s', entryOf('pending', Date.now())));
  const busy = await world(undefined, { isBusy: true });
  assert.equal(await busy.writer.write('s', entryOf('applied')), { requeueAfter: 7 });
  for (const { server } of [fresh, busy]) assert.equal(server.log, []);
  await busy.writer.write('s', entryOf(problem('Forbidden', 'no')));
  assert.is(busy.server.log.length, 1, 'a failure is urgent');
  await Promise.all([fresh, busy].map(({ writer }) => writer.stop()));
});

test('a failure is an Event when it is new, and so is its end', async () => {
  const denied = problem('Forbidden', 'no');
  const [fresh, known, over] = [await world('pending'), await world(denied), await world(denied)];
  await fresh.writer.write('s', entryOf(denied));
  await known.writer.write('s', entryOf(denied));
  await over.writer.write('s', entryOf('applied'));
  assert.equal([fresh.events, known.events, over.events], [['NotApplied'], [], ['Applied']]);
  await Promise.all([fresh, known, over].map(({ writer }) => writer.stop()));
});

test('a workspace that is on its way out is no error, everything else is', async () => {
  const { server, writer } = await world();
  for (const code of [403, 404]) {
    server.fails = { line: /create/, error: new ApiError('POST', code, {}) };
    assert.is(await writer.write('s', entryOf('applied')), undefined);
  }
  server.fails = { line: /create/, error: new ApiError('POST', 500, {}) };
  assert.instance(await writer.write('s', entryOf('applied')).catch((error: unknown) => error), ApiError);
  await writer.stop();
});

test('that of an object which is wanted nowhere is deleted, once it is known where all EdgePlacements lead', async () => {
  const unresolved = await world('applied', { isUnresolved: true });
  assert.ok(await unresolved.writer.remove(KEY));
  const busy = await world('applied', { isBusy: true });
  assert.equal(await busy.writer.remove(KEY), { requeueAfter: 7 });
  assert.equal([...unresolved.server.log, ...busy.server.log], []);
  const gone = await world('applied');
  await gone.writer.remove(KEY);
  assert.equal(gone.server.log, [`delete old w combinedstatuses ${NAME}`]);
  const none = await world();
  assert.is(await none.writer.remove(KEY), undefined);
  assert.equal(none.server.log, []);
  await until(() => gone.seen.length > 0);
  await Promise.all([unresolved, busy, gone, none].map(({ writer }) => writer.stop()));
});

test.run();
