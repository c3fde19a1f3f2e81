import { assert, suite } from '@kubestellar/testing';
import { checkSecurity } from './security.ts';

const test = suite('tests that docs/security.md names, and decisions');

const TESTS = { path: 'e2e/a.ts', content: "attack('reads Secrets', run);" };
const DECISION = '# One\n\n## Context\n\n## Decision\n\n## Consequences\n';
const OTHER_TABLE = '| identity | rights |\n|---|---|\n| user | none |';

function check(rows: readonly string[], decisions: Record<string, string> = {}, index = ''): string {
  const table = `| input | check | shown by |\n|---|---|---|\n${rows.join('\n')}`;
  const files = [
    TESTS,
    { path: 'docs/security.md', content: `# Security\n\n${OTHER_TABLE}\n\n${table}\n\n${OTHER_TABLE}\n` },
    { path: 'docs/decisions/README.md', content: index },
    ...Object.entries(decisions).map(([name, content]) => ({ path: `docs/decisions/${name}`, content })),
  ];
  return checkSecurity(files);
}

test('rows with their tests, or a reason, pass; other tables name none', () => {
  const rows = [
    '| x | y | `e2e/a.ts`: reads Secrets<br>`e2e/a.ts`: reads Secrets |',
    '| z | - | no test: advice |',
  ];
  assert.is(check(rows), '');
});

test('a row without a test, and a test or file that is not there, are reported', () => {
  assert.match(check(['| x | y | later |']), '"x" has neither a test nor a reason: later');
  assert.match(check(['| x | y | `e2e/a.ts` |']), '"x" has neither a test nor a reason');
  assert.match(check(['| x | y | no test: |']), '"x" has neither a test nor a reason');
  assert.match(check(['| x | y | `e2e/a.ts`: writes |']), 'e2e/a.ts has no test "writes"');
  assert.match(check(['| x | y | `e2e/b.ts`: reads Secrets |']), 'there is no e2e/b.ts');
});

test('a document without such rows, or none at all, is reported', () => {
  assert.match(check([]), 'has no table');
  assert.is(checkSecurity([TESTS]), 'docs/security.md is missing');
});

test('a decision that is not listed, lacks a part, or has the number of another or none is reported', () => {
  const rows = ['| x | y | `e2e/a.ts`: reads Secrets |'];
  const index = '[one](0001-one.md) [two](0002-two.md)';
  assert.is(check(rows, { '0001-one.md': DECISION, '0002-two.md': DECISION }, index), '');
  assert.match(check(rows, { '0001-one.md': DECISION }), 'README.md does not list 0001-one.md');
  assert.match(
    check(rows, { '0001-one.md': DECISION, '0001-two.md': DECISION }, index),
    '0001-two.md has the number of 0001-one.md',
  );
  assert.match(check(rows, { 'two.md': DECISION }, index), 'two.md is not named like 0001-two-words.md');
  const half = DECISION.replace('## Decision\n', '');
  assert.match(check(rows, { '0001-one.md': half }, index), '0001-one.md has no "## Decision"');
});

test.run();
