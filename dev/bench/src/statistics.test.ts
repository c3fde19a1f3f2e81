import { assert, suite } from '@kubestellar/testing';
import { median, quantile, round } from './statistics.ts';

const test = suite('statistics');

test('the median is the middle value, or the mean of the middle two', () => {
  assert.is(median([9, 1, 5]), 5);
  assert.is(median([10, 1, 2, 3]), 2.5);
  assert.is(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});

test('a quantile is one of the values', () => {
  const values = Array.from({ length: 20 }, (_, n) => 20 - n);
  assert.is(quantile(values, 0.95), 19);
  assert.is(quantile(values, 1), 20);
  assert.is(quantile([3], 0.95), 3);
});

test('rounds for reports', () => {
  assert.is(round(1.005 + 1e-9), 1.01);
  assert.is(round(2.44, 1), 2.4);
});

test.run();
