import { assert, suite } from '@kubestellar/testing';
import { parseQuantity } from './quantity.ts';

const test = suite('quantities');

test('a quantity is multiplied by its suffix', () => {
  for (const [text, value] of [
    ['10', 10],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['2G', 2e9],
    ['100m', 0.1],
    ['1e3', 1000],
  ] as const) {
    assert.is(parseQuantity(text), value, text);
  }
});

test('a text that is no quantity is NaN', () => {
  for (const text of ['', 'big', '10Xi', '1 Gi']) assert.ok(Number.isNaN(parseQuantity(text)), text);
});

test.run();
