import { CONFIG_MAPS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { BudgetError } from '../customize/budget.ts';
import { objectOf } from '../fixtures.ts';
import type { ClusterFact } from '../status/combined/object-status.ts';
import { type Job, runCustomize, runJob } from './jobs.ts';

const test = suite('jobs of the workers');

const object = (content: object) => objectOf(CONFIG_MAPS, 'w', 'o', { namespace: 'ns' }, content);
const run = <J extends Job>(job: J, steps: number[] = []) => runJob(job, (step) => steps.push(step));
const clusters: ClusterFact[] = ['edge1', 'edge2'].map((location) => ({
  ...{ mailbox: `at-${location}`, location, labels: {}, state: 'applied' },
}));

test('an object is customized, with its own parameters and those of the replacements', () => {
  const { object: made, problems } = run({
    kind: 'customize',
    object: object({ data: { a: '%(env)', b: 'x' } }),
    own: [['env', 'test']],
    replacements: [{ path: '$.data.b', value: '"%(name)"' }],
    parameters: [['name', 'edge1']],
  });
  assert.equal((made as { data?: object }).data, { a: 'test', b: 'edge1' });
  assert.equal(problems, []);
});

test('what becomes too large, or is too deep, is over its budget', () => {
  const value = JSON.stringify('x'.repeat(100_000));
  const replacements = Array.from({ length: 60 }, (_, n) => ({ path: `$.data.k${n}`, value }));
  const data = Object.fromEntries(replacements.map((_, n) => [`k${n}`, '']));
  assert.throws(
    () => runCustomize({ kind: 'customize', object: object({ data }), replacements }),
    (error: unknown) => error instanceof BudgetError,
  );
  let deep: object = {};
  for (let n = 0; n < 100_000; n++) deep = { deep };
  assert.throws(
    () => run({ kind: 'customize', object: object({ data: deep }), replacements: [] }),
    (error: unknown) => error instanceof BudgetError,
  );
});

test('the replacements of a Customizer are read once for each Location', () => {
  const replacements = [
    { path: '$.data.a', value: '1' },
    { path: '$.%(x)', value: '1' },
  ];
  const parameters = [null, [['x', 'data.a']], [['x', '[[']]] as const;
  const { problems } = run({ kind: 'read-customizer', replacements, parameters });
  assert.equal(
    problems.map((each) => each.length > 0),
    [true, false, true],
  );
});

test('whether a StatusCollector can be read, and why not', () => {
  const problemOf = (def: string) =>
    run({ kind: 'read-collector', spec: { select: [{ name: 'x', def }] } }).problem;
  assert.is(problemOf('obj.metadata.name'), '');
  assert.is.not(problemOf('obj.('), '');
});

test('each StatusCollector has its table, and one that fails does not keep the others from theirs', () => {
  const steps: number[] = [];
  const collectors = ['inventory.name', 'obj.('].map((def, n) => ({
    name: `c${n}`,
    spec: { select: [{ name: 'x', def }] },
  }));
  const { tables } = run({ kind: 'collect', object: object({}), clusters, collectors }, steps);
  assert.equal(steps, [0, 1]);
  assert.equal(
    tables[0]?.rows?.map(({ columns }) => columns[0]?.string),
    ['edge1', 'edge2'],
  );
  assert.is(tables[1]?.errors?.[0]?.count, 2, 'the error counts for all clusters');
  assert.is(tables[1]?.over, undefined);
});

test.run();
