import { assert, suite } from '@kubestellar/testing';
import { longestFirst, timesIn, withTimes } from './times.ts';

const test = suite('times of test files');

const document = `# Tests

<!-- times: npm test -- --record -->
old
<!-- end of the times -->

More.
`;
const times = new Map([
  ['e2e/short.test.ts', 3.4],
  ['e2e/a/long.test.ts', 20],
  ['e2e/also-short.test.ts', 3],
  ['e2e/not-measured.test.ts', Number.NaN],
]);

test('a table that is written is read again, and nothing around it changes', () => {
  const written = withTimes(document, times);
  assert.equal(
    [...timesIn(written)],
    [
      ['e2e/not-measured.test.ts', Number.NaN],
      ['e2e/a/long.test.ts', 20],
      ['e2e/also-short.test.ts', 3],
      ['e2e/short.test.ts', 3],
    ],
  );
  assert.ok(written.startsWith('# Tests\n') && written.endsWith('\n\nMore.\n'));
  assert.is(withTimes(written, timesIn(written)), written);
});

test('a document without a place for the table is refused', () => {
  assert.throws(() => timesIn('# Tests\n'), /lacks the lines/);
});

test('the longest file comes first, and before it one whose time nobody knows', () => {
  const files = ['e2e/short.test.ts', 'e2e/new.test.ts', 'e2e/a/long.test.ts', 'e2e/not-measured.test.ts'];
  assert.equal(longestFirst(files, times), [
    'e2e/new.test.ts',
    'e2e/not-measured.test.ts',
    'e2e/a/long.test.ts',
    'e2e/short.test.ts',
  ]);
});

test.run();
