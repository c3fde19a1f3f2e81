import { type CollectorResult, DEPLOYMENTS, type KubeObject } from '@kubestellar/api';
import { problem } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { destinationOf, objectOf, placementOf } from '../../fixtures.ts';
import { sourceKeyOf, type Want } from '../../keys.ts';
import type { ClusterFact } from './object-status.ts';
import { ObjectStatuses, type ObjectStatusesOptions, type StatusSource } from './object-statuses.ts';

const test = suite('object statuses and the sums of EdgePlacements');

const type = { resource: DEPLOYMENTS, identity: 'x' };
const object = objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns' });
const key = sourceKeyOf(type, object);
const factOf = (mailbox: string, state: ClusterFact['state'] = 'applied'): ClusterFact => ({
  ...{ mailbox, state },
  ...{ location: `at-${mailbox}`, labels: {} },
});
const wantsIn = (...mailboxes: string[]) =>
  new Map(
    mailboxes.map((mailbox): [string, Want] => [
      mailbox,
      { source: { type, key: 'w/ns/app' }, destinations: [], wantReturn: false },
    ]),
  );

/** An object that goes to these clusters, by an EdgePlacement with these StatusCollectors. */
function world(facts: ClusterFact[], collectors: string[] = []) {
  const state: { source: StatusSource | undefined; facts: ClusterFact[]; results: CollectorResult[] } = {
    source: { type, object, isPartial: false, wants: wantsIn(...facts.map(({ mailbox }) => mailbox)) },
    ...{ facts, results: [] },
  };
  const log: string[] = [];
  const forgotten: string[] = [];
  const options: ObjectStatusesOptions = {
    getSource: () => state.source,
    readSource: async () => object as KubeObject,
    listPlacements: () => [
      {
        placement: placementOf('w', 'p', {}),
        destinations: new Map(state.facts.map(({ mailbox }) => [mailbox, [destinationOf(mailbox)]])),
        collectors,
      },
    ],
    clusters: { list: async () => state.facts, forget: (keys) => void forgotten.push(...keys) },
    collectors: {
      collect: async () => state.results,
      forget: (source) => void forgotten.push(source),
    },
    onChange: (_, isNews) => log.push(isNews ? 'change (news)' : 'change'),
    onCollect: () => log.push('collect'),
    onGone: () => log.push('gone'),
    onPlacement: (placement, isNews) => log.push(`${placement}${isNews ? ' (news)' : ''}`),
  };
  const statuses = new ObjectStatuses(options);
  const update = async () => {
    log.length = 0;
    await statuses.update(key);
    return log;
  };
  return { statuses, state, log, forgotten, update };
}

test('what is known is added up, for the object and for the EdgePlacement', async () => {
  const { statuses, update } = world([factOf('m1'), factOf('m2', 'pending')]);
  assert.equal(await update(), ['change', 'w//p']);
  const entry = statuses.entry(key);
  assert.equal([entry?.tally.wanted, entry?.tally.applied], [2, 1]);
  assert.equal(entry?.copyKeys, ['m1/deployments.apps/ns/app', 'm2/deployments.apps/ns/app']);
  assert.is(statuses.ownerOf(entry?.statusKey ?? ''), key);
  const { wanted, applied, objects } = statuses.totals.of('w//p');
  assert.equal([objects, wanted, applied], [1, 2, 1]);
});

test('what has not changed is not reported', async () => {
  const { update } = world([factOf('m1')]);
  await update();
  assert.equal(await update(), []);
});

test('a failure that was not there before is news, the same one again is not', async () => {
  const { update, state } = world([factOf('m1'), factOf('m2')]);
  await update();
  state.facts = [factOf('m1', problem('Forbidden', 'no')), factOf('m2')];
  assert.equal(await update(), ['change (news)', 'w//p (news)']);
  state.facts = state.facts.map(({ mailbox }) => factOf(mailbox, problem('Forbidden', 'no')));
  assert.equal(await update(), ['change', 'w//p']);
});

test('another object of the same name is a change', async () => {
  const { update, state } = world([factOf('m1')]);
  await update();
  if (state.source)
    state.source = {
      ...state.source,
      object: objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns', uid: 'new' }),
    };
  assert.equal(await update(), ['change']);
});

test('what is gone, or wanted nowhere, is forgotten with its sums', async () => {
  for (const source of [undefined, { type, object, isPartial: false, wants: wantsIn() }]) {
    const { update, state, statuses, forgotten } = world([factOf('m1')]);
    await update();
    state.source = source;
    assert.equal(await update(), ['w//p', 'gone']);
    assert.is(statuses.entry(key), undefined);
    assert.equal(forgotten, ['m1/deployments.apps/ns/app', key]);
    assert.is(statuses.totals.of('w//p').objects, 0);
    assert.equal(await update(), []);
  }
});

test('tables are made where StatusCollectors are named, and a change of them is reported', async () => {
  const { update, state, statuses, log } = world([factOf('m1')], ['c']);
  assert.ok((await update()).includes('collect'));
  assert.equal([...statuses.using('w', 'c')], [key]);
  assert.equal([...statuses.using('other', 'c')], []);
  state.results = [{ name: 'c', columnNames: [], rows: [] } as unknown as CollectorResult];
  log.length = 0;
  await statuses.collect(key);
  await statuses.collect(key);
  assert.equal(log, ['change']);
  assert.is(statuses.entry(key)?.results.length, 1);
  const without = world([factOf('m1')]);
  await without.update();
  without.log.length = 0;
  await without.statuses.collect(key);
  assert.equal(without.log, []);
});

test.run();
