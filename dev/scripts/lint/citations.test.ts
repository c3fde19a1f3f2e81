import { assert, suite } from '@kubestellar/testing';
import { checkCitations } from './citations.ts';

const test = suite('citations');
const RULES = {
  path: 'docs/rules.md',
  content: '| semantics 4.1a | all kinds | `a.ts` |\n| api 4a | keys | `a.ts` |\n',
};
const check = (comment: string) => checkCitations([RULES, { path: 'a.ts', content: `// ${comment}\n` }]);

test('a document that is not in the repository is reported', () => {
  for (const cited of [
    '(design.md, decision 9)',
    '(spec semantics 4.1)',
    'as issue 7 asks',
    '(reference, "Deploy")',
    'decision 14',
  ])
    assert.match(check(cited), /^a\.ts:1: cites /, cited);
});

test('a file or a rule that does not exist is reported', () => {
  assert.match(check('see docs/none.md'), 'a.ts:1: cites docs/none.md, which does not exist');
  assert.match(check('(docs/rules.md, semantics 4.9)'), 'cites the rule "semantics 4.9"');
  assert.match(check('(docs/rules.md, semantics 4.1, api 5)'), 'cites the rule "api 5"');
});

test('existing files, existing rules and public standards pass', () => {
  assert.is(check('(docs/rules.md, semantics 4.1 and api 4; RFC 9535; Kubernetes API conventions)'), '');
  assert.is(checkCitations([RULES, { path: 'a.ts', content: "const text = 'spec semantics 4.1';\n" }]), '');
});

test.run();
