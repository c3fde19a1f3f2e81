import { CONFIG_MAPS, type KubeObject } from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { objectOf } from '../fixtures.ts';
import { scopeKey, sourceKeyOf, type Want } from '../keys.ts';
import { Desired } from './desired-state.ts';
import {
  reconcileScope,
  reconcileSource,
  type SourceChange,
  type SourceDependencies,
} from './reconcile-source.ts';

const test = suite('evaluation of sources');

const type = { resource: CONFIG_MAPS, identity: '' };
const object = objectOf(CONFIG_MAPS, 'w', 'x', { namespace: 'ns' });
const key = sourceKeyOf(type, object);
const local = { groupResource: 'configmaps', namespace: 'ns', name: 'x' };

/** A workspace with an object, which is wanted in mailboxes as long as it is there. */
function world(...mailboxes: string[]) {
  const state: { found: KubeObject | 'unlisted' | 'unwatched' | undefined; mailboxes: string[] } = {
    found: object,
    mailboxes,
  };
  const changes: SourceChange[] = [];
  const log: string[] = [];
  const desired = new Desired();
  const deps: SourceDependencies = {
    getObject: () => (typeof state.found === 'object' ? { type, object: state.found } : state.found),
    evaluate: (_, found) => {
      const want: Want = { source: { type, key: keyOf(found) }, destinations: [], wantReturn: false };
      return new Map(state.mailboxes.map((mailbox) => [mailbox, want]));
    },
    desired,
    followCustomization: () => log.push(`follow ${desired.in('m', local).length}`),
    forgetCustomization: () => log.push('forget'),
    onChange: (change) => changes.push(change),
  };
  return { deps, state, changes, log, desired, reconcile: () => reconcileSource(key, deps) };
}

test('what is wanted is put into the desired state, then its customization is followed', () => {
  const { reconcile, desired, changes, log } = world('m');
  assert.is(reconcile(), undefined);
  assert.is(desired.in('m', local).length, 1);
  const [change] = changes;
  assert.equal([change?.key, change?.cluster, change?.object], [key, 'w', local]);
  assert.equal([...(change?.turned ?? [])], ['m']);
  assert.equal(log, ['follow 1']);
});

test('what concerns nobody changes nothing', () => {
  const { reconcile, changes, log } = world();
  reconcile();
  assert.equal(changes, []);
  assert.equal(log, ['follow 0']);
});

test('what is evaluated again is reported again, since the object may be another now', () => {
  const { reconcile, changes } = world('m');
  reconcile();
  reconcile();
  assert.equal(
    changes.map(({ mailboxes, turned }) => [[...mailboxes], [...turned]]),
    [
      [['m'], ['m']],
      [['m'], []],
    ],
  );
});

test('what is wanted no more, or is gone, leaves the desired state', () => {
  for (const isGone of [false, true]) {
    const { reconcile, state, desired, changes, log } = world('m');
    reconcile();
    if (isGone) state.found = undefined;
    else state.mailboxes = [];
    reconcile();
    assert.is(desired.in('m', local).length, 0);
    assert.equal([...(changes[1]?.turned ?? [])], ['m']);
    assert.is(log[1], isGone ? 'forget' : 'follow 0');
    reconcile();
    assert.is(changes.length, 2, 'and that is over');
  }
});

test('an object whose type is not listed yet keeps what it had, and is looked at again', () => {
  const { reconcile, state, desired } = world('m');
  reconcile();
  state.found = 'unlisted';
  assert.ok(reconcile()?.requeueAfter);
  assert.is(desired.in('m', local).length, 1);
});

test('an object of which nothing is known, since its type is not watched, keeps what it had', () => {
  const { reconcile, state, desired, log } = world('m');
  reconcile();
  state.found = 'unwatched';
  assert.is(reconcile(), undefined, 'the watch of its type brings it back');
  assert.is(desired.in('m', local).length, 1);
  assert.equal(log, ['follow 1']);
});

test('all of a scope are evaluated, and others have their turn before each', async () => {
  const log: unknown[] = [];
  const scope = scopeKey('w', 'ns');
  await reconcileScope(scope, {
    listSources: (cluster, namespace) => {
      log.push([cluster, namespace]);
      return [key, key];
    },
    reconcile: () => log.push('evaluate'),
    slices: { next: async () => void log.push('turn') },
  });
  assert.equal(log, [['w', 'ns'], 'turn', 'evaluate', 'turn', 'evaluate']);
});

test.run();
