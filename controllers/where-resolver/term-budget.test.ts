import type { EdgePlacement } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { placement } from './fixtures.ts';
import { TermBudget } from './term-budget.ts';

const test = suite('where-resolver: the terms of a workspace');

const sized = (name: string, selectors: number): EdgePlacement =>
  placement(name, ...Array.from({ length: selectors }, () => ({ matchLabels: { a: 'b' } })));

test('an EdgePlacement that exceeds the limit is reported once, and again when it fits', () => {
  const budget = new TermBudget();
  const [first, second] = [sized('a', 8000), sized('b', 8000)];
  for (const each of [first, second]) budget.placements.onAdd(each);
  budget.changed('wmw');
  assert.is(budget.problemOf(first), undefined);
  assert.match(budget.problemOf(second) ?? '', /this one 16001: it is not evaluated/);
  assert.equal(budget.takeChanged('wmw'), ['wmw//b']);
  assert.equal(budget.takeChanged('wmw'), []);
  budget.placements.onDelete(first);
  budget.changed('wmw');
  assert.equal(budget.takeChanged('wmw'), ['wmw//b']);
  assert.is(budget.problemOf(second), undefined);
});

test.run();
