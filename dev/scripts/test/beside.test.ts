import { assert, suite } from '@kubestellar/testing';
import { checkTestedBeside } from './beside.ts';
import type { Calls } from './calls.ts';

const test = suite('files that are run by the unit tests beside them');

const long = (code: string, lines = 41) => code + '\n'.repeat(lines);
const TWO = 'export const a = () => 1;\nexport function b() {}';

/** @returns the findings on one file, by the calls of test files */
function check(path: string, content: string, calls: Record<string, Calls>, all = Object.keys(calls)) {
  return checkTestedBeside([{ path, content }], { all, calls: new Map(Object.entries(calls)) });
}

test('a file whose functions are called by a test of its folder passes', () => {
  assert.equal(
    check('syncer/src/a.ts', long(TWO), { 'syncer/src/b.test.ts': { 'syncer/src/a.ts': [9] } }),
    [],
  );
});

test('a file that no test of its folder calls is found, whoever else calls it', () => {
  const none: Record<string, Calls>[] = [
    {},
    { 'syncer/src/a.test.ts': {} },
    { 'syncer/src/a.test.ts': {}, 'syncer/src/x/b.test.ts': { 'syncer/src/a.ts': [9, 30] } },
  ];
  for (const calls of none)
    assert.equal(check('syncer/src/a.ts', long(TWO), calls), [
      'syncer/src/a.ts: the tests in its folder call 0 of its 2 functions; at least half should be',
    ]);
});

test('several tests count together, and less than half of the functions is not enough', () => {
  const three = `${TWO}\nclass C { d() {} }`;
  const one = { 'operator/a.test.ts': { 'operator/a.ts': [9] }, 'operator/b.test.ts': {} };
  assert.is(check('operator/a.ts', long(three), one).length, 1);
  const two = { ...one, 'operator/b.test.ts': { 'operator/a.ts': [9, 30] } };
  assert.equal(check('operator/a.ts', long(three), two), []);
});

test('what is short, has no function, is of other folders, or only helps tests needs no test beside it', () => {
  assert.equal(check('proxy/a.ts', long(TWO, 38), {}), []);
  assert.equal(check('proxy/a.ts', long('export interface A { b(): void }'), {}), []);
  for (const path of ['cli/a.ts', 'proxy/fixtures.ts', 'proxy/a.test.ts', 'proxy/a.md'])
    assert.equal(check(path, long(TWO), {}), [], path);
});

test('after some of the tests only the folders are judged of which all tests have run', () => {
  const all = ['proxy/a.test.ts', 'proxy/b.test.ts', 'syncer/c.test.ts'];
  const calls = { 'proxy/a.test.ts': {}, 'syncer/c.test.ts': {} };
  assert.equal(check('proxy/a.ts', long(TWO), calls, all), []);
  assert.is(check('syncer/c.ts', long(TWO), calls, all).length, 1);
  assert.equal(check('operator/untested.ts', long(TWO), calls, all), []);
});

test.run();
