import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { checkRules } from './rules.ts';

const test = suite('coverage of the rules');

const SCENARIOS = 'e2e/support/rules/a.ts';
const TITLES = ['semantics 1a: one', 'semantics 1b, 2.1a; syncer 1a: several'];
const ROWS = [
  `| semantics 1a | x | \`${SCENARIOS}\` |`,
  `| semantics 1b | x | \`${SCENARIOS}\`<br>\`unit.test.ts\`: does it |`,
  `| semantics 2.1a | x | \`${SCENARIOS}\` |`,
  '| semantics 2.2a | x | not testable: a heading |',
  '| semantics 3a | x | `unit.test.ts`: does it |',
  `| syncer 1a | x | \`${SCENARIOS}\` |`,
];

function check(rows: readonly string[], titles: readonly string[] = TITLES, specification = '') {
  const document = `# Title\n\n| rule | says | shown by |\n|---|---|---|\n${rows.join('\n')}\n`;
  const files = [
    { path: 'unit.test.ts', content: "test('does it', () => {});" },
    { path: SCENARIOS, content: titles.map((title) => `show('${title}', run);`).join('\n') },
    { path: 'docs/rules.md', content: document },
  ];
  return checkRules(files, specification);
}

const without = (text: string) => ROWS.filter((row) => !row.includes(text));
const replaced = (text: string, row: string) => ROWS.map((each) => (each.includes(text) ? row : each));

test('rules with their tests, or a reason, pass', async () => {
  assert.is(await check(ROWS), '');
});

test('a gap in the numbering, of letters, sections and parts, is told', async () => {
  assert.match(await check(without('semantics 1a')), 'semantics 1b stands where semantics 1a should');
  assert.match(await check(without('semantics 2.1a')), 'semantics 2.2a stands where semantics 1c should');
  const later = replaced('syncer 1a', `| syncer 2a | x | \`${SCENARIOS}\` |`);
  assert.match(await check(later), 'syncer 2a stands where syncer 1a should');
  assert.match(await check([...ROWS, ...ROWS.slice(-1)]), 'syncer 1a stands where syncer 1b should');
});

test('a rule without test or reason, and a test that is not there, are told', async () => {
  const later = replaced('semantics 3a', '| semantics 3a | x | later |');
  assert.match(await check(later), 'semantics 3a has neither a test nor a reason: later');
  const unit = replaced('semantics 3a', '| semantics 3a | x | `unit.test.ts`: does not |');
  assert.match(await check(unit), 'unit.test.ts has no test "does not"');
  const other = replaced('semantics 3a', `| semantics 3a | x | \`${SCENARIOS}\` |`);
  assert.match(await check(other), `no test of ${SCENARIOS} names semantics 3a`);
});

test('a test that names a rule which does not name it is told', async () => {
  assert.match(await check(ROWS, [...TITLES, 'semantics 3a: more']), `${SCENARIOS} names semantics 3a`);
  assert.match(await check(ROWS, [...TITLES, 'syncer 9z: more']), `${SCENARIOS} names syncer 9z`);
  assert.match(await check(ROWS, [...TITLES, 'syncer 1, b: more']), `${SCENARIOS} names syncer b`);
});

test('where the specification itself is there, its sections are compared', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-specification-'));
  try {
    await writeFile(join(folder, 'syncer.md'), '## 1. Start\n');
    await writeFile(join(folder, 'semantics.md'), '## 1. A\n## 2. B\n### 2.1 C\n### 2.2 D\n## 3. E\n');
    assert.is(await check(ROWS, TITLES, folder), '');
    await writeFile(join(folder, 'semantics.md'), '## 1. A\n## 2. B\n### 2.1 C\n## 3. E\n### 3.1 F\n');
    const findings = await check(ROWS, TITLES, folder);
    assert.match(findings, 'no section 2.2 in semantics');
    assert.match(findings, 'no rule of semantics 3.1');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
