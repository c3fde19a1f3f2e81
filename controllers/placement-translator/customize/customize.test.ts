import type { Customizer, KubeObject, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { customize, replacementsOf } from './customize.ts';

const test = suite('the customization of an object (spec semantics 8.1 and 8.4)');

const parameters = new Map([
  ['env', 'prod'],
  ['loc-name', 'guilder'],
  ['index', '0'],
]);

function customizer(...replacements: [path: string, value: string][]): Customizer {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'Customizer',
    metadata: { name: 'c', namespace: 'n' },
    replacements: replacements.map(([path, value]) => ({ path, value })),
  };
}

function configMap(data: { [key: string]: string }, namespace: string | undefined = 'n'): Unstructured {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm', namespace }, data } as Unstructured;
}

test('the worked example: an object that expands', () => {
  const source = configMap({ message: 'Running in %(loc-name).' });
  const { object } = customize(source, { parameters, replacements: [] });
  assert.equal(object.data, { message: 'Running in guilder.' });
});

test('the worked example: a Customizer that expands', () => {
  const pod = { containers: [{ name: 'app', env: [{ name: 'ENV', value: 'none' }] }] };
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'n' },
    spec: { template: { spec: pod } },
  };
  const path = '$.spec.template.spec.containers.0.env.0.value';
  const { replacements } = replacementsOf(customizer([path, '"env is %(env)"']), parameters);
  const { object, problems } = customize(deployment, { parameters: undefined, replacements });
  assert.equal(problems, []);
  const expected = { containers: [{ name: 'app', env: [{ name: 'ENV', value: 'env is prod' }] }] };
  assert.equal(object.spec, { template: { spec: expected } });
});

test('the paths of a Customizer are expanded, too', () => {
  const { replacements } = replacementsOf(customizer(['$.data.%(env)', '"x"']), parameters);
  const { object } = customize(configMap({}), { parameters: undefined, replacements });
  assert.equal(object.data, { prod: 'x' });
});

test('values are expanded before they are read as JSON', () => {
  const { replacements } = replacementsOf(customizer(['$.data', '{"%(env)": "%(index)"}']), parameters);
  const { object } = customize(configMap({}), { parameters: undefined, replacements });
  assert.equal(object.data, { prod: '0' });
});

test('first the object is expanded, then the replacements are made in their order', () => {
  const { replacements } = replacementsOf(
    customizer(['$.data.a', '"%(env) is not expanded"'], ['$.data', '{"b": "1"}'], ['$.data.b', '"2"']),
    undefined,
  );
  const first = customize(configMap({ a: '%(env)' }), { parameters, replacements: replacements.slice(0, 1) });
  assert.equal(first.object.data, { a: '%(env) is not expanded' });
  const all = customize(configMap({ a: '%(env)' }), { parameters, replacements });
  assert.equal(all.object.data, { b: '2' });
});

test('null takes a field away once the copy is applied: it is set as null here', () => {
  const { replacements } = replacementsOf(customizer(['$.data.a', 'null']), undefined);
  assert.equal(customize(configMap({ a: '1' }), { parameters: undefined, replacements }).object.data, {
    a: null,
  });
});

test('what can not be read is told and left out, the others still apply', () => {
  const { replacements, problems } = replacementsOf(
    customizer(['$.a-[', '1'], ['$.data.ok', '"fine"'], ['$.data.secret', 'unquoted secret']),
    undefined,
  );
  assert.is(problems.length, 2);
  assert.match(problems[0] ?? '', /^replacement of \$\.a-\[: .*at character/);
  assert.match(problems[1] ?? '', /^replacement of \$\.data\.secret: the value is not JSON/);
  assert.not(problems.join().includes('unquoted'), 'a value may be a secret');
  assert.equal(customize(configMap({}), { parameters: undefined, replacements }).object.data, { ok: 'fine' });
});

test('what identifies an object can not be replaced', () => {
  for (const path of [
    '$',
    '$.kind',
    '$.apiVersion',
    '$.metadata',
    '$.metadata.name',
    '$.metadata.namespace',
    '$.*',
  ]) {
    const { replacements } = replacementsOf(
      customizer([path, '"other"'], ['$.data.ok', '"fine"']),
      undefined,
    );
    const { object, problems } = customize(configMap({}), { parameters: undefined, replacements });
    assert.is(problems.length, 1, path);
    assert.match(problems[0] ?? '', /would change apiVersion, kind, name or namespace/);
    assert.equal(object, configMap({ ok: 'fine' }), path);
  }
});

test('what identifies an object is not expanded', () => {
  const source = { ...configMap({}), metadata: { name: '%(env)', annotations: { '%(env)': '%(env)' } } };
  const { object } = customize(source, { parameters, replacements: [] });
  assert.equal(object.metadata, { name: '%(env)', annotations: { '%(env)': 'prod' } });
});

test('the source stays as it is', () => {
  const source = configMap({ a: '%(env)' });
  const { replacements } = replacementsOf(customizer(['$.data.b', '"2"']), undefined);
  customize(source, { parameters, replacements });
  assert.equal(source, configMap({ a: '%(env)' }));
});

test.run();
