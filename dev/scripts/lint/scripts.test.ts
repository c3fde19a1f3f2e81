import { assert, suite } from '@kubestellar/testing';
import { checkScripts } from './scripts.ts';

const test = suite('scripts of end-to-end tests that have values');
const VALUE = ['$', '{name}'].join('');
const check = (content: string, known = {}) => checkScripts([{ path: 'e2e/sync/x.test.ts', content }], known);

test('a text with values is reported, as often as there is one', () => {
  const content = `await home.must(\`kubectl get ${VALUE}\`); await sh(\n  \`a $B \\\`c\\\` ${VALUE}\`, {});`;
  assert.match(check(content), /^e2e\/sync\/x\.test\.ts: 2 scripts have values that are not quoted/);
  assert.is(check(content, { 'e2e/sync/x.test.ts': 2 }), '');
  assert.match(check(content, { 'e2e/sync/x.test.ts': 1 }), '1 scripts');
});

test('templates, and texts without values, are not', () => {
  assert.is(check(`await must\`kubectl get ${VALUE}\`; await sh('echo $HOME'); await must(\`a $B\`);`), '');
});

test('a count that is too high is reported, so that it goes down', () => {
  assert.match(check('', { 'e2e/sync/x.test.ts': 1 }), 'has 0 unquoted scripts only');
  assert.match(checkScripts([], { 'e2e/gone.ts': 1 }), 'e2e/gone.ts: has 0');
});

test.run();
