import type { EdgePlacement, SinglePlacement } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { DestinationChecks } from './destinations.ts';

const test = suite('destinations are checked before they are obeyed');

const KEY = 'wmw//demo';
const at = (syncTargetUID: string, locationName = 'edge1'): SinglePlacement => ({
  cluster: 'imw',
  locationName,
  syncTargetName: 'edge1',
  syncTargetUID,
});
const placement = (uid = 'p1'): EdgePlacement => ({
  apiVersion: 'edge.kubestellar.io/v2alpha1',
  kind: 'EdgePlacement',
  metadata: { name: 'demo', uid },
});

/** What holds is changed by the test; destinations are known by the SyncTarget's uid. */
function checks(...holding: string[]) {
  const holds = new Set(holding);
  const checks = new DestinationChecks((_, { syncTargetUID }) =>
    holds.has(syncTargetUID) ? undefined : 'it is not selected',
  );
  const check = (
    named: SinglePlacement[],
    options: { isStart?: boolean; now?: number; uid?: string } = {},
  ) => {
    const { obeyed, unproven, refused } = checks.check(KEY, placement(options.uid), named, options);
    return {
      obeyed: [...obeyed.keys()],
      unproven: [...unproven],
      refused: refused.map(({ destination }) => destination.syncTargetUID),
      since: refused.map(({ since }) => since),
    };
  };
  return { holds, checks, check };
}

test('a new destination that does not hold is refused, and the others are obeyed', () => {
  const { checks: all, check } = checks('a');
  assert.equal(check([at('a'), at('b')], { now: 5 }), {
    obeyed: ['imw-mb-a'],
    unproven: [],
    refused: ['b'],
    since: [5],
  });
  assert.equal(all.withRefused(), [KEY]);
  assert.equal(check([at('a')]).refused, []);
  assert.equal(all.withRefused(), []);
});

test('a refused destination is obeyed as soon as it holds, and keeps the time of its first refusal until then', () => {
  const { holds, check } = checks();
  check([at('a')], { now: 5 });
  assert.equal(check([at('a')], { now: 9 }).since, [5]);
  holds.add('a');
  assert.equal(check([at('a')]).obeyed, ['imw-mb-a']);
});

test('a destination that was obeyed stays when it ceases to hold, until it leaves the slices', () => {
  const { holds, check } = checks('a');
  check([at('a')]);
  holds.clear();
  assert.equal(check([at('a')]).obeyed, ['imw-mb-a']);
  check([]);
  assert.equal(check([at('a')]).obeyed, []);
});

test('another SyncTarget or Location under a destination that was obeyed is checked anew', () => {
  const { holds, check } = checks('a');
  check([at('a')]);
  holds.clear();
  assert.equal(check([at('a', 'edge2')]).refused, ['a']);
  assert.equal(check([{ ...at('a'), syncTargetName: 'other' }]).refused, ['a']);
});

test('an EdgePlacement made anew under its name inherits nothing', () => {
  const { holds, check } = checks('a');
  check([at('a')], { uid: 'p1' });
  holds.clear();
  assert.equal(check([at('a')], { uid: 'p2' }).obeyed, []);
});

test('a destination refused at the start leaves open what an earlier process did there, a later one does not', () => {
  const { holds, check } = checks();
  assert.equal(check([at('a')], { isStart: true }).unproven, ['imw-mb-a']);
  const { obeyed, unproven, refused } = check([at('a'), at('b')]);
  assert.equal([obeyed, unproven, refused], [[], ['imw-mb-a'], ['a', 'b']]);
  holds.add('a');
  assert.equal(check([at('a'), at('b')]).unproven, []);
});

test('a mailbox workspace to which another destination leads is not in doubt', () => {
  const all = new DestinationChecks((_, { locationName }) => (locationName === 'good' ? undefined : 'no'));
  const named = [at('a', 'bad'), at('a', 'good')];
  assert.is(all.check(KEY, placement(), named, { isStart: true }).unproven.size, 0);
});

test.run();
