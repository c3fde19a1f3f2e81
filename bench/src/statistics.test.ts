import { assert, suite } from '@kubestellar/testing';
import { median, round } from './statistics.ts';

const test = suite('statistics');

test('the median is the middle value, or the mean of the middle two', () => {
  assert.is(median([9, 1, 5]), 5);
  assert.is(median([10, 1, 2, 3]), 2.5);
  assert.is(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});

test('rounds for reports', () => {
  assert.is(round(1.005 + 1e-9), 1.01);
  assert.is(round(2.44, 1), 2.4);
});

test.run();
