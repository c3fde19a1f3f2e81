import { assert, suite } from '@kubestellar/testing';
import { InvalidSelectorError, matchesAnySelector, matchesSelector } from './selector.ts';

const test = suite('label selectors');
const expression = (key: string, operator: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
});

test('an empty selector matches everything, an absent one nothing', () => {
  assert.ok(matchesSelector({}, { a: 'b' }));
  assert.ok(matchesSelector({ matchLabels: {}, matchExpressions: [] }, undefined));
  assert.not.ok(matchesSelector(undefined, { a: 'b' }));
  assert.not.ok(matchesSelector(null, {}));
});

test('all requirements must hold', () => {
  const selector = { matchLabels: { env: 'prod' }, ...expression('tier', 'Exists') };
  assert.ok(matchesSelector(selector, { env: 'prod', tier: 'web' }));
  assert.not.ok(matchesSelector(selector, { env: 'prod' }));
  assert.not.ok(matchesSelector(selector, { tier: 'web' }));
});

test('In needs the key, NotIn matches without it', () => {
  assert.ok(matchesSelector(expression('env', 'In', ['dev', 'prod']), { env: 'prod' }));
  assert.not.ok(matchesSelector(expression('env', 'In', ['dev']), { env: 'prod' }));
  assert.not.ok(matchesSelector(expression('env', 'In', ['dev']), {}));
  assert.ok(matchesSelector(expression('env', 'NotIn', ['dev']), {}));
  assert.not.ok(matchesSelector(expression('env', 'NotIn', ['dev']), { env: 'dev' }));
});

test('Exists and DoesNotExist check the key only', () => {
  assert.ok(matchesSelector(expression('env', 'Exists'), { env: '' }));
  assert.not.ok(matchesSelector(expression('env', 'Exists'), {}));
  assert.ok(matchesSelector(expression('env', 'DoesNotExist'), {}));
  assert.not.ok(matchesSelector(expression('env', 'DoesNotExist'), { env: '' }));
});

test('names that every JavaScript object has are not labels', () => {
  assert.not.ok(matchesSelector(expression('constructor', 'Exists'), {}));
});

test('a selector that Kubernetes would refuse is an error, even where another requirement already fails', () => {
  const refused = [
    expression('a', 'Equals', ['b']),
    expression('a', 'In'),
    expression('a', 'NotIn', []),
    expression('a', 'Exists', ['b']),
    expression('a', 'DoesNotExist', ['b']),
    expression('', 'Exists'),
    { matchLabels: { no: 'match' }, ...expression('a', 'Like', ['b']) },
  ];
  for (const selector of refused) {
    assert.throws(
      () => matchesSelector(selector, {}),
      (error: unknown) => error instanceof InvalidSelectorError,
    );
  }
});

test('one of several selectors suffices, and no selector matches nothing', () => {
  assert.ok(matchesAnySelector([{ matchLabels: { a: 'x' } }, { matchLabels: { a: 'b' } }], { a: 'b' }));
  assert.not.ok(matchesAnySelector([{ matchLabels: { a: 'x' } }], { a: 'b' }));
  assert.not.ok(matchesAnySelector([], { a: 'b' }));
  assert.not.ok(matchesAnySelector(undefined, {}));
});

test.run();
