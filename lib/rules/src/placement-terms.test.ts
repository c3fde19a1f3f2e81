import type { EdgePlacement, EdgePlacementSpec } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { MAX_TERMS, overBudgetMessage, placementsOverBudget, termsOf } from './placement-terms.ts';

const test = suite('the terms of EdgePlacements');

const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);
const selectors = (count: number) => names(count).map((name) => ({ matchLabels: { name } }));

function placement(name: string, second: number, spec: EdgePlacementSpec): EdgePlacement {
  const creationTimestamp = `2026-01-01T00:00:0${second}Z`;
  return {
    apiVersion: 'v',
    kind: 'EdgePlacement',
    metadata: { name, creationTimestamp },
    spec,
  } as EdgePlacement;
}

test('each list, label and value counts as a term', () => {
  assert.is(termsOf(undefined), 1);
  assert.is(termsOf({}), 1);
  assert.is(termsOf({ locationSelectors: selectors(3) }), 7);
  assert.is(
    termsOf({ locationSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In', values: names(5) }] }] }),
    8,
  );
  assert.is(
    termsOf({ downsync: [{ apiGroup: '', objectNames: names(4), labelSelectors: selectors(2) }] }),
    10,
  );
  assert.is(
    termsOf({
      downsync: [{ apiGroup: '', namespaceSelectors: selectors(2) }],
      upsync: [{ resources: [], names: names(3) }],
    }),
    10,
  );
});

test('ordinary EdgePlacements are far from the limit', () => {
  const spec = {
    locationSelectors: selectors(10),
    downsync: Array(50).fill({ apiGroup: '', namespaces: names(5), labelSelectors: selectors(3) }),
  };
  assert.is(placementsOverBudget(names(30).map((name) => placement(name, 0, spec))).size, 0);
});

test('the oldest EdgePlacements fit first, and smaller ones while there is room', () => {
  const half = { locationSelectors: selectors(MAX_TERMS / 4) };
  const all = [
    placement('third', 3, half),
    placement('first', 1, half),
    placement('small', 4, {}),
    placement('second', 2, { locationSelectors: selectors(10) }),
  ];
  assert.equal(
    [...placementsOverBudget(all)].map(({ metadata }) => metadata.name),
    ['third'],
  );
  assert.match(
    overBudgetMessage(all[0] as EdgePlacement),
    /more than 20000 terms .*, this one 10001: it is not evaluated/,
  );
});

test('an EdgePlacement that is too large alone is not evaluated', () => {
  const large = placement('large', 1, { downsync: [{ apiGroup: '', objectNames: names(MAX_TERMS) }] });
  const other = placement('other', 2, { locationSelectors: selectors(5) });
  assert.equal([...placementsOverBudget([large, other])], [large]);
});

test.run();
