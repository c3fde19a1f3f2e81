import { assert, suite } from '@kubestellar/testing';
import type { FileResult } from './judge.ts';
import { Summary } from './summary.ts';

const test = suite('summary of a run');

const result = (file: string, ...failed: string[]): FileResult => ({
  file,
  passed: 1,
  failures: failed.map((name) => ({ name, message: 'expected 1' })),
  skipped: [],
});

test('a test that fails in some of its runs is flaky, one that fails in all or none of them is not', () => {
  const summary = new Summary();
  summary.add([result('a', 'sometimes', 'always'), result('b')]);
  summary.add([result('a', 'always'), result('b')]);
  summary.add([result('a', 'always', 'sometimes'), result('b')]);
  assert.equal(summary.flaky, ['a › sometimes: 2 of 3 runs']);
  assert.is(summary.failed, 5);
});

test('a file that was not run again tells nothing about its tests', () => {
  const summary = new Summary();
  summary.add([result('a', 'once')]);
  summary.add([result('b')]);
  assert.equal(summary.flaky, []);
});

test.run();
