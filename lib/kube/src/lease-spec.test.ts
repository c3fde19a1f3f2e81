import { assert, suite } from '@kubestellar/testing';
import { leaseProblem, nextTransition } from './lease-spec.ts';

const test = suite('what a Lease may say to be believed');

const now = Date.parse('2026-03-04T05:00:00Z');
const proper = { holderIdentity: 'x', leaseDurationSeconds: 45, renewTime: '2026-03-04T05:00:00.000000Z' };
const problemOf = (more: object) => leaseProblem({ ...proper, ...more }, 45, now);

test('a Lease is believed up to three times our own duration, whatever the clocks say within a day', () => {
  assert.is(problemOf({}), undefined);
  assert.is(problemOf({ leaseDurationSeconds: 135 }), undefined);
  assert.is(problemOf({ renewTime: '2020-01-01T00:00:00Z' }), undefined);
  assert.is(problemOf({ renewTime: '2026-03-05T04:00:00Z' }), undefined);
});

for (const [what, more, expected] of [
  ['68 years', { leaseDurationSeconds: 2147483647 }, /2147483647, and not within 1 to 135/],
  ['a little more than three times our own', { leaseDurationSeconds: 136 }, /136/],
  ['no time at all', { leaseDurationSeconds: 0 }, /is 0/],
  ['a negative duration', { leaseDurationSeconds: -1 }, /is -1/],
  ['a duration that is no number', { leaseDurationSeconds: Number.NaN }, /NaN/],
  ['no duration', { leaseDurationSeconds: undefined }, /no leaseDurationSeconds/],
  ['no renewal', { renewTime: undefined }, /no renewTime/],
  ['a renewal that is no time', { renewTime: 'soon' }, /"soon" is no time/],
  ['a renewal in the far future', { renewTime: '9999-12-31T23:59:59Z' }, /more than a day ahead/],
] as const)
  test(`a Lease with ${what} is refused`, () => {
    assert.match(problemOf(more) ?? '', expected);
  });

test('a Lease that nobody holds may say anything', () => {
  assert.is(leaseProblem({ holderIdentity: '', leaseDurationSeconds: 1 }, 45, now), undefined);
  assert.is(leaseProblem({}, 45, now), undefined);
});

test('a number of transitions that a server would not take again begins anew', () => {
  assert.is(nextTransition(), 1);
  assert.is(nextTransition(7), 8);
  for (const odd of [2147483647, -1, 1.5, Number.NaN]) assert.is(nextTransition(odd), 1);
});

test.run();
