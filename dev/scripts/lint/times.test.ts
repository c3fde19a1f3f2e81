import { assert, suite } from '@kubestellar/testing';
import { withTimes } from '../test/times.ts';
import { checkTimes } from './times.ts';

const test = suite('the table of times is complete');

const EMPTY = '<!-- times: npm test -- --record -->\n<!-- end of the times -->\n';
const table = (...files: string[]) => ({
  path: 'docs/testing.md',
  content: withTimes(EMPTY, new Map(files.map((file) => [file, 1]))),
});
const file = (path: string) => ({ path, content: '' });

test('a test file without a time is found, and a time without a test file', () => {
  const files = [
    table('e2e/a.test.ts', 'e2e/gone.test.ts'),
    file('e2e/a.test.ts'),
    file('e2e/b/new.test.ts'),
  ];
  const findings = checkTimes([
    ...files,
    file('lib/kube/src/unit.test.ts'),
    file('e2e/support/helper.ts'),
  ]).split('\n');
  assert.is(findings.length, 2);
  assert.match(findings[0] ?? '', 'e2e/b/new.test.ts');
  assert.match(findings[1] ?? '', 'e2e/gone.test.ts, which is not there');
});

test('a table that tells of each test file is complete', () => {
  assert.is(checkTimes([table('e2e/a.test.ts'), file('e2e/a.test.ts')]), '');
});

test.run();
