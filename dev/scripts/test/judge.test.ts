import { assert, suite } from '@kubestellar/testing';
import { judge } from './judge.ts';

const start = { event: 'start', suite: 's', test: 't' } as const;
const pass = { event: 'pass', suite: 's', test: 't', ms: 1 } as const;
const end = { event: 'end' } as const;

const test = suite('judging a test file');

test('results are counted', () => {
  const skip = { event: 'skip', suite: 's', test: 'u', reason: 'no Docker' } as const;
  assert.equal(judge('f', [skip, start, pass, end], 0, undefined), {
    file: 'f',
    passed: 1,
    failures: [],
    skipped: [{ name: 's: u', reason: 'no Docker' }],
  });
});

test('a file without tests fails', () => {
  assert.match(judge('f', [end], 0, undefined).failures[0]?.message ?? '', 'no tests');
});

test('a crash fails and names the test that ran', () => {
  assert.match(
    judge('f', [start], 139, undefined).failures[0]?.message ?? '',
    'during "s: t" (exit code 139)',
  );
});

test('a stopped file fails with the reason, even if all its tests passed', () => {
  assert.is(judge('f', [start, pass], undefined, 'too slow').failures[0]?.message, 'too slow');
});

test('an exit code that no test explains fails', () => {
  assert.match(judge('f', [start, pass, end], 3, undefined).failures[0]?.message ?? '', 'exit code 3');
});

test.run();
