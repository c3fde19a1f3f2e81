import { assert, suite } from '@kubestellar/testing';
import { checkPaths } from './paths.ts';

const test = suite('lint: paths in texts');

const tree = [
  { path: 'lib/pki/ca.ts', content: '' },
  { path: 'e2e/sync/matrix.test.ts', content: '' },
];

function findings(text: string): string {
  return checkPaths([...tree, { path: 'docs/page.md', content: text }]);
}

test('a text may name files, folders, and tests by what they show', () => {
  assert.is(findings('see `lib/pki/ca.ts`, `lib/pki/`, `lib/pki` and `e2e/sync/matrix`'), '');
});

test('a path that is not there is reported with the text that names it', () => {
  assert.is(findings('see `lib/pki/leaf.ts`'), 'docs/page.md names lib/pki/leaf.ts, which is not there');
});

test('patterns, placeholders, commands and paths of other trees are no paths of the repository', () => {
  assert.is(findings('`e2e/<feature>/`, `lib/*/src`, `lib/pki and more`, `/etc/passwd`, `apps/v1`'), '');
});

test.run();
