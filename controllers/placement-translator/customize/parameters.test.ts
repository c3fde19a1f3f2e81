import type { KubeObject, Location } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { expand, expandObject, parametersOf } from './parameters.ts';

const test = suite('parameter expansion (spec semantics 8.2)');

const parameters = new Map([
  ['env', 'prod'],
  ['loc-name', 'guilder'],
  ['nested', '%(env)%%'],
  ['empty', ''],
]);

test('the parameters of a Location are its labels and annotations, labels win', () => {
  const location = {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'Location',
    metadata: { name: 'l', labels: { env: 'prod', a: '1' }, annotations: { env: 'test', b: '2' } },
  } as Location;
  assert.equal(Object.fromEntries(parametersOf(location)), { env: 'prod', a: '1', b: '2' });
});

const cases: { [text: string]: string } = {
  'Running in %(loc-name).': 'Running in guilder.',
  '%(env)%(env)': 'prodprod',
  '%(unknown) %(env)': '%(unknown) prod',
  '%(empty)|': '|',
  '%%': '%',
  '%%(env)': '%(env)',
  '%%%(env)': '%prod',
  '100%': '100%',
  '100% of %(env)': '100% of prod',
  '%x%(env)': '%xprod',
  '%(env': '%(env',
  '%(unknown': '%(unknown',
  '%(': '%(',
  '%()': '%()',
  '%(a %(env)': '%(a %(env)',
  '%(env) %(never closed %%': 'prod %(never closed %%',
  '%(nested)': '%(env)%%',
  '': '',
};
for (const [text, expected] of Object.entries(cases)) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () =>
    assert.is(expand(text, parameters), expected));
}

/** Pieces of text, each with what becomes of it wherever it stands. */
const piece = fc.oneof(
  fc
    .string({ unit: 'binary' })
    .map((text) => text.replaceAll('%', ''))
    .map((text) => [text, text] as const),
  fc.constant(['%%', '%'] as const),
  fc.constantFrom(...parameters).map(([name, value]) => [`%(${name})`, value] as const),
  fc
    .string()
    .map((text) => text.replaceAll(')', ''))
    .filter((name) => !parameters.has(name))
    .map((name) => [`%(${name})`, `%(${name})`] as const),
  fc
    .string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 })
    .filter((character) => !'%('.includes(character))
    .map((character) => [`%${character}`, `%${character}`] as const),
);

test('property: a text is expanded piece by piece, left to right, and never twice', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom('', '%', '%(', '%(env', '%(no such'), (pieces, end) => {
      const text = pieces.map(([written]) => written).join('') + end;
      assert.is(expand(text, parameters), pieces.map(([, expanded]) => expanded).join('') + end);
    }),
    { numRuns: 1000 },
  );
});

test('property: without parameters only doubled percent signs change', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = text.replaceAll('%', '%%');
      assert.is(expand(escaped, parameters), text);
    }),
  );
});

test('hostile text takes no longer than other text', () => {
  const begin = performance.now();
  expand('%('.repeat(100_000), parameters);
  expand(`${'%(a'.repeat(100_000)})`, parameters);
  assert.ok(performance.now() - begin < 500);
});

test('every string value at any depth is expanded, map keys are not, the source stays as it is', () => {
  const source = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', labels: { env: '%(env)' }, annotations: { '%(env)': 'x' } },
    data: { list: ['%(env)', { deep: '%(loc-name)' }], number: 1, yes: true, nothing: null },
  } as KubeObject;
  const before = structuredClone(source);
  assert.equal(expandObject(source, parameters), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', labels: { env: 'prod' }, annotations: { '%(env)': 'x' } },
    data: { list: ['prod', { deep: 'guilder' }], number: 1, yes: true, nothing: null },
  });
  assert.equal(source, before);
});

test.run();
