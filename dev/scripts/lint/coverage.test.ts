import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { checkReferenceCoverage } from './coverage.ts';

const test = suite('coverage of the reference');

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const TEST = { path: 'e2e/a.test.ts', content: "test('does it', () => {});\ntest('doesn\\'t', () => {});" };
const LINES = `1 ${hash('one')}\n3 ${hash('three')}\n4 ${hash('four')}\n`;

function check(rows: string[], reference?: string): Promise<string> {
  const document = `# Title\n\n| lines | says | checked by |\n|---|---|---|\n${rows.join('\n')}\n`;
  const files = [
    TEST,
    { path: 'docs/reference-coverage.md', content: document },
    { path: 'dev/scripts/lint/reference-lines.txt', content: LINES },
  ];
  return checkReferenceCoverage(files, reference ?? '');
}

const FIRST = "| 1 | x | `e2e/a.test.ts`: does it<br>`e2e/a.test.ts`: doesn't |";
const REST = '| 3-4 | y | not checkable: advice |';

test('all lines with their tests, or a reason, pass', async () => {
  assert.is(await check([FIRST, REST]), '');
});

test('a missing line, a line twice and a line that says nothing are told', async () => {
  assert.match(
    await check([FIRST, '| 4 | y | not checkable: advice |']),
    'line 3 of the reference is not told of',
  );
  assert.match(await check([FIRST, REST, '| 4 | y | not checkable: z |']), 'line 4 is told of twice');
  assert.match(await check([FIRST, REST, '| 2 | y | not checkable: z |']), 'line 2 says nothing');
});

test('a test or file that is not there, and a row without either, are told', async () => {
  assert.match(
    await check(['| 1 | x | `e2e/a.test.ts`: do it |', REST]),
    'e2e/a.test.ts has no test "do it"',
  );
  assert.match(await check(['| 1 | x | `e2e/b.test.ts`: does it |', REST]), 'there is no e2e/b.test.ts');
  assert.match(await check(['| 1 | x | later |', REST]), 'lines 1 have neither a test nor a reason');
});

test('where the reference itself is there, its lines are compared', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-reference-'));
  try {
    const path = join(folder, 'reference');
    await writeFile(path, 'one\n\n  three\nfour\n');
    assert.is(await check([FIRST, REST], path), '');
    await writeFile(path, 'one\ntwo\nthree\nother\n');
    assert.is((await check([FIRST, REST], path)).split('\n').length, 2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
