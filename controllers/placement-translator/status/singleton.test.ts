import { DEPLOYMENTS, EXECUTING_COUNT, type KubeObject, NAMESPACES, type Resource } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { destinationOf, objectOf } from '../fixtures.ts';
import { sourceKeyOf, type Want } from '../keys.ts';
import { decideReturn, returnState, type SingletonDependencies } from './singleton.ts';

const test = suite('return of singleton state (spec semantics 9)');

const type = { resource: DEPLOYMENTS, identity: 'x' };
const object = objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns' });
const counted = (count: string, resource: Resource = DEPLOYMENTS) =>
  objectOf(resource, 'w', 'app', { namespace: 'ns', annotations: { [EXECUTING_COUNT]: count } });

/** Wants by mailbox, each with so many destinations. */
function wantsOf(destinations: { [mailbox: string]: number }, wantReturn = true): Map<string, Want> {
  return new Map(
    Object.entries(destinations).map(([mailbox, count]) => [
      mailbox,
      {
        source: { type, key: 'w/ns/app' },
        destinations: Array.from({ length: count }, (_, n) => destinationOf(`l${n}`)),
        wantReturn,
      },
    ]),
  );
}

test('nothing is returned to an object for which nobody asks for that', () => {
  assert.equal(decideReturn({ type, object }, new Map()), {});
  assert.equal(decideReturn({ type, object }, wantsOf({ m: 1 }, false)), {});
});

test('the count is that of all destinations, and written where the object does not have it', () => {
  assert.equal(decideReturn({ type, object }, wantsOf({ m1: 1, m2: 2 })), { count: '3' });
  assert.equal(decideReturn({ type, object: counted('3') }, wantsOf({ m1: 1, m2: 2 })), {});
  assert.equal(decideReturn({ type, object: counted('1') }, wantsOf({ m1: 1, m2: 2 })), { count: '3' });
  assert.equal(decideReturn({ type, object }, wantsOf({ m: 0 })), {}, 'it goes along with others only');
});

test('the status of the only copy is returned, from the mailbox that has the destination', () => {
  assert.equal(decideReturn({ type, object: counted('1') }, wantsOf({ along: 0, m: 1 })), { from: 'm' });
  assert.equal(decideReturn({ type, object: counted('2') }, wantsOf({ m: 2 })), {});
});

test('the status of Namespaces is each server own, their count is returned', () => {
  const namespaces = { resource: NAMESPACES, identity: '' };
  assert.equal(decideReturn({ type: namespaces, object }, wantsOf({ m: 1 })), { count: '1' });
});

/** A source and its copy, in memory. */
function world(
  source: KubeObject | undefined,
  pair: Awaited<ReturnType<SingletonDependencies['readPair']>>,
  wants = wantsOf({ m: 1 }),
) {
  const log: unknown[] = [];
  const deps: SingletonDependencies = {
    getSource: () => source && { type, object: source },
    getWants: () => wants,
    readPair: async (_, mailbox) => {
      log.push(`read ${mailbox}`);
      return pair;
    },
    writeCount: async (_, count) => void log.push(count),
    writeStatus: async (_, __, status) => void log.push(status),
  };
  return { log, run: () => returnState(sourceKeyOf(type, object), deps) };
}

const withStatus = (status?: object) => objectOf(DEPLOYMENTS, 'w', 'app', {}, status ? { status } : {});

test('the count is written first, then the status where it differs', async () => {
  const pair = { source: withStatus({ a: 1 }), copy: withStatus({ a: 2 }) };
  const { log, run } = world(object, pair);
  await run();
  assert.equal(log, ['1', 'read m', { a: 2 }]);
});

test('a status that is the same, or not there, is not written', async () => {
  const same = { source: withStatus({ a: 1 }), copy: withStatus({ a: 1 }) };
  const none = { source: withStatus({ a: 1 }), copy: withStatus() };
  const gone = { source: undefined, copy: withStatus({ a: 1 }) };
  const noCopy = { source: withStatus(), copy: undefined };
  for (const pair of [same, none, gone, noCopy, undefined]) {
    const { log, run } = world(counted('1'), pair);
    await run();
    assert.equal(log, ['read m']);
  }
});

test('a source that is gone gets nothing, one with several destinations its count only', async () => {
  const gone = world(undefined, undefined);
  await gone.run();
  assert.equal(gone.log, []);
  const several = world(object, undefined, wantsOf({ m: 2 }));
  await several.run();
  assert.equal(several.log, ['2']);
});

test.run();
