import type { Customizer, KubeObject, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import type { JSONValue } from 'json-p3';
import { Budget, BudgetError } from './budget.ts';
import { customize, replacementsOf } from './customize.ts';
import { compilePath, isPlainPath } from './query.ts';
import { setAll } from './replace.ts';

const test = suite('what a customization may take');

/** 120 chains of 250 arrays, each in the one before: 60 kB in which 3.7 million pairs lie above each other. */
const CHAINS = Array.from({ length: 120 }, () => nested(250));

function nested(depth: number): JSONValue {
  let value: JSONValue = [];
  for (let n = 1; n < depth; n++) value = [value];
  return value;
}

function object(content: { [field: string]: unknown }): Unstructured {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'o', namespace: 'n' },
    ...content,
  } as never;
}

function made(source: KubeObject, replacements: Customizer['replacements'], parameters?: [string, string][]) {
  const budget = new Budget();
  const map = parameters && new Map(parameters);
  const read = replacementsOf({ replacements: replacements ?? [] }, map, budget);
  return customize(source, { parameters: map, replacements: read.replacements }, budget);
}

/** Of the processor's time: what others take of it meanwhile does not count. */
const within = (milliseconds: number, work: () => void) => {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  const took = (user + system) / 1000;
  assert.ok(took < milliseconds, `took ${Math.round(took)} ms`);
};

const bombs = [
  '$..*..*..*',
  '$..[*]..[*]..[*]',
  '$..*..*..*..*..*..*..*..*',
  '$..[0]..[0]..[0,0,0]',
  '$..[:]..[::1]..[0:1]',
  '$..[?@[0]]..[?@[0]]..[?@[0]]',
  '$..[?@==$.none]..*',
  `$${'..*'.repeat(150)}`,
  `$..[${Array.from({ length: 100 }, () => '0').join(',')}]`,
  `$${'[*]'.repeat(200)}`,
];
for (const path of bombs) {
  test(`chains of arrays and the path ${path.slice(0, 40)}: each place is visited once a step, or the budget ends it`, () => {
    within(3000, () => {
      try {
        made(object({ chains: CHAINS }), [{ path, value: '1' }]);
      } catch (error) {
        assert.instance(error, BudgetError);
      }
    });
  });
}

test('repeated descendant segments select what one selects that is deep enough', () => {
  const tree = { a: { b: { c: { d: 1 } } } };
  const set = (path: string) => setAll(tree, compilePath(path), '"x"');
  assert.equal(set('$..*..*'), { a: { b: 'x' } });
  assert.equal(set('$..*..*..*'), { a: { b: { c: 'x' } } });
  assert.equal(set('$..*..*..*..*..*'), tree);
});

test('many replacements that each visit everything are ended', () => {
  const replacements = Array.from({ length: 5000 }, (_, n) => ({ path: `$..no${n}`, value: '1' }));
  within(3000, () => assert.throws(() => made(object({ chains: CHAINS }), replacements), /visit more than/));
});

test('a large value at many places is ended', () => {
  const value = JSON.stringify('x'.repeat(100_000));
  const source = object({ list: Array.from({ length: 1000 }, () => ({ a: 1 })) });
  assert.throws(() => made(source, [{ path: '$.list[*].a', value }]), /put in more than/);
});

test('parameters that multiply are ended, in objects and in Customizers', () => {
  const parameters: [string, string][] = [['a', 'x'.repeat(60_000)]];
  const text = '%(a)'.repeat(10_000);
  assert.throws(() => made(object({ data: { text } }), [], parameters), /put in more than/);
  const replacements = [{ path: '$.data.text', value: `"${text}"` }];
  assert.throws(() => made(object({ data: {} }), replacements, parameters), /put in more than/);
});

test('replacements that double what the one before has made are ended', () => {
  const replacements = Array.from({ length: 40 }, () => ({
    path: '$..[?@==1]',
    value: '{"a":1,"b":1}',
  }));
  within(3000, () =>
    assert.throws(
      () => made(object({ data: { b: 1 } }), replacements),
      (e: unknown) => e instanceof BudgetError,
    ),
  );
});

test('objects and values that are nested too deep are refused, and do not overflow the stack', () => {
  const parameters: [string, string][] = [['a', 'b']];
  assert.throws(() => made(object({ deep: nested(9000) }), [], parameters), /nested deeper/);
  const value = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  assert.throws(() => made(object({}), [{ path: '$.data', value }]), /nested deeper/);
});

test('a usual Customizer takes a small part of its budget', () => {
  const container = (name: string) => ({ name, image: 'a', env: [{ name: 'A', value: '1' }] });
  const containers = Array.from({ length: 50 }, (_, n) => container(`c${n}`));
  const replacements = Array.from({ length: 100 }, (_, n) => ({
    path: `$..containers[?@.name=='c${n}'].image`,
    value: '"%(env)"',
  }));
  const { problems } = made(object({ spec: { containers } }), replacements, [['env', 'prod']]);
  assert.equal(problems, []);
});

test('plain are paths of names and indices, and no others', () => {
  for (const path of ['$', '$.a.b', "$['a','b'][0]", '$.a[3:4]']) assert.ok(isPlainPath(path), path);
  for (const path of ['$..a', '$.*', '$[*]', '$[0:2]', "$[?@.a=='b']", '$[-1]', 'a', `$${'.a'.repeat(3000)}`])
    assert.not(isPlainPath(path), path);
});

const { tree } = fc.letrec<{ tree: JSONValue }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<JSONValue>(null, 1, 'text'),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('tree')),
  ),
}));
const step = fc.constantFrom(
  '..*',
  '.*',
  '..a',
  '.b',
  '[0]',
  '[0:2]',
  '[1,0]',
  "['a','b']",
  '[?@.a]',
  '..[0]',
);

test('property: a path selects the same places as the library has them, each once', () => {
  fc.assert(
    fc.property(tree, fc.array(step, { maxLength: 4 }), (generated, steps) => {
      const value = JSON.parse(JSON.stringify(generated)) as JSONValue;
      const path = compilePath(`$${steps.join('')}`);
      const selected = path.query.query(value).nodes;
      const places = new Set(selected.map(({ location }) => JSON.stringify(location)));
      const marked = setAll(value, { ...path, definite: false }, '"set"');
      const isOutermost = (place: string) =>
        ![...places].some((other) => other !== place && place.startsWith(`${other.slice(0, -1)},`));
      const expected = structuredClone({ root: value });
      for (const place of places) {
        if (place === '[]') expected.root = 'set';
        else if (!places.has('[]') && isOutermost(place)) put(expected.root, JSON.parse(place), 'set');
      }
      assert.equal(marked, expected.root);
    }),
    { numRuns: 2000 },
  );
});

test('property: whatever the paths and values, a budget ends them by its own error', () => {
  const replacement = fc.record({
    path: fc.array(step, { maxLength: 8 }).map((steps) => `$${steps.join('')}`),
    value: tree.map((value) => JSON.stringify(value)),
  });
  fc.assert(
    fc.property(tree, fc.array(replacement, { maxLength: 20 }), (content, replacements) => {
      const budget = new Budget({ visits: 3000, written: 1000 });
      const read = replacementsOf({ replacements }, undefined);
      try {
        customize(object({ content }), { parameters: undefined, ...read }, budget);
      } catch (error) {
        assert.instance(error, BudgetError);
      }
    }),
    { numRuns: 500 },
  );
});

function put(root: unknown, place: (string | number)[], value: unknown): void {
  let at = root as { [key: string | number]: unknown };
  for (const key of place.slice(0, -1)) at = at[key] as typeof at;
  at[place.at(-1) ?? ''] = value;
}

test.run();
