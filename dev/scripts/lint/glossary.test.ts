import { assert, suite } from '@kubestellar/testing';
import { checkGlossary } from './glossary.ts';

const test = suite('glossary');
const check = (path: string, content: string, unconverted: string[] = []) =>
  checkGlossary([{ path, content }], unconverted);

test('a word of the list is reported in comments, messages and docs with the word to use', () => {
  assert.match(check('a.ts', '// It tells why.\n'), /^a\.ts:1: not "tells", but report/);
  assert.match(
    check('a.ts', "\nthrow new Error('no authority of ours');\n"),
    /^a\.ts:2: not "authority", but CA/,
  );
  assert.match(check('a.ts', 'log(`the twin of it`);\n'), 'denatured resource');
  assert.match(
    check('docs/a.md', '# A\n\nOnce a second at the most.\n'),
    /^docs\/a\.md:3: not "at the most"/,
  );
});

test('a part of an identifier is reported, whatever its case', () => {
  assert.match(check('a.ts', 'const tellChange = 1;\n'), 'not "tellChange"');
  assert.match(check('a.ts', 'interface LeafWish {}\n'), 'not "LeafWish"');
  assert.match(check('a.ts', 'const MEND_FOREIGN = 1;\n'), 'not "MEND_FOREIGN"');
});

test('a method that is a bare preposition is reported in classes, interfaces and objects', () => {
  for (const code of [
    'class A { of() {} }',
    'class A { #in() {} }',
    'interface A { to(b: string): void }',
    'f({ for() {} })',
  ])
    assert.match(check('a.ts', code), 'is no verb with an object', code);
  assert.is(check('a.ts', 'for (const a of list.of(1)) listByName(a);'), '');
});

test('published names, blocks of code and unconverted folders pass', () => {
  assert.is(check('a.ts', "const field = 'certificate-authority-data of a cluster';\n"), '');
  assert.is(check('a.ts', 'const { authorityOverlap } = settings;\n'), '');
  assert.is(check('docs/a.md', '```text\nIt tells why.\n```\n'), '');
  assert.is(check('syncer/a.ts', '// It tells why.\n', ['syncer/']), '');
});

test('a listed folder without such words is reported, so that the list shrinks', () => {
  assert.match(check('syncer/a.ts', '// It reports why.\n', ['syncer/']), 'syncer/ has none of these words');
});

test.run();
