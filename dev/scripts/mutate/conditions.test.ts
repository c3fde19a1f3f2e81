import { assert, suite } from '@kubestellar/testing';
import { conditionsIn } from './conditions.ts';

const test = suite('turning conditions');

/** @returns the text of each condition, once */
function conditions(source: string): string[] {
  const found = conditionsIn('a.ts', source).map(({ start, end }) => source.slice(start, end));
  return [...new Set(found)];
}

test('each condition becomes true, and false', () => {
  const source = 'if (a) b();';
  const turned = conditionsIn('a.ts', source).map(
    ({ start, end, replacement }) => source.slice(0, start) + replacement + source.slice(end),
  );
  assert.equal(turned, ['if (true) b();', 'if (false) b();']);
});

test('a condition of several parts is taken apart', () => {
  assert.equal(conditions('if (a && !(b || c.d)) e();'), ['a', 'b', 'c.d']);
  assert.equal(conditions('const x = a ? b : c;'), ['a']);
  assert.equal(conditions('const to = a && { b };'), ['a']);
});

test('a comparison is a condition wherever it stands', () => {
  assert.equal(conditions('return_(a > 1, b - 1);'), ['a > 1']);
});

test('what a function is asked about each element is a condition; what it makes of one is none', () => {
  assert.equal(conditions('a.filter((b) => b.isC).map((d) => d.e);'), ['b.isC']);
  assert.equal(conditions('a.some(b);'), []);
});

test('what is named as true or false is a condition, whether variable, property or function', () => {
  assert.equal(conditions('const isA = b.has(c); const d = e.has(f);'), ['b.has(c)']);
  assert.equal(conditions('const a = { isB: c(), accepts: (d) => e(d), isF: true, isG };'), ['c()', 'e(d)']);
  assert.equal(conditions('function isA(b) { const c = () => { return d; }; return b.e && c(); }'), [
    'b.e',
    'c()',
  ]);
});

test('each is found on its line, and what is unknown instead is none', () => {
  assert.equal(
    conditionsIn('a.ts', 'const a = b ?? c;\nif (d)\n  e();').map(({ line }) => line),
    [2, 2],
  );
  assert.throws(() => conditionsIn('a.ts', 'if ('), /a\.ts: /);
});

test.run();
