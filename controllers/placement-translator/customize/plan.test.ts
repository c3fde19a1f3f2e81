import {
  CUSTOMIZER,
  type Customizer,
  EXPAND_PARAMETERS,
  type KubeObject,
  type Location,
} from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import type { CopyKey, SourceKey } from '../keys.ts';
import { Dependents } from './dependents.ts';
import { type Lookup, planFor } from './plan.ts';
import { validationErrors } from './report.ts';

const test = suite('what applies to an object (spec semantics 8.1)');

const CLUSTER = 'kcp.io/cluster';
const expanding = { [EXPAND_PARAMETERS]: 'true' };

function object(annotations: { [key: string]: string }, namespace?: string): KubeObject {
  const metadata = {
    name: 'o',
    ...(namespace ? { namespace } : {}),
    annotations: { ...annotations, [CLUSTER]: 'wmw' },
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

function customizer(namespace: string, name: string, cluster = 'wmw', annotations = {}): Customizer {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'Customizer',
    metadata: { namespace, name, resourceVersion: '7', annotations: { ...annotations, [CLUSTER]: cluster } },
    replacements: [{ path: '$.data.a', value: '"%(env)"' }],
  };
}

function location(name: string, env: string, cluster = 'imw'): Location {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'Location',
    metadata: { name, resourceVersion: '8', labels: { env }, annotations: { [CLUSTER]: cluster } },
  };
}

function known(...objects: (Customizer | Location)[]): Lookup {
  const find = (key: string) => objects.find((each) => keyOf(each) === key);
  return { customizer: find as Lookup['customizer'], location: find as Lookup['location'] };
}

const to = (locationName: string, cluster = 'imw') => ({
  cluster,
  locationName,
  syncTargetName: locationName,
  syncTargetUID: locationName,
});

const valuesOf = (plan: ReturnType<typeof planFor>) => plan?.task?.replacements.map(({ value }) => value);
const envOf = (list: readonly (readonly [string, string])[] | undefined) => new Map(list).get('env');

test('an object without the annotations is not customized', () => {
  assert.is(planFor(object({}, 'n'), [to('l')], known()), undefined);
  assert.is(planFor(object({ [EXPAND_PARAMETERS]: 'yes' }, 'n'), [to('l')], known()), undefined);
});

test('a Customizer is found in the own namespace, or in the one that is named', () => {
  const both = known(customizer('n', 'c'), customizer('other', 'c'));
  for (const [reference, namespace] of [
    ['c', 'n'],
    ['other/c', 'n'],
    ['n/c', undefined],
  ] as const) {
    const plan = planFor(object({ [CUSTOMIZER]: reference }, namespace), [], both);
    assert.equal(valuesOf(plan), ['"%(env)"'], reference);
    assert.equal(plan?.problems, []);
  }
});

test('a Customizer of another workspace is none', () => {
  const plan = planFor(object({ [CUSTOMIZER]: 'c' }, 'n'), [], known(customizer('n', 'c', 'wmw2')));
  assert.match(plan?.problems[0] ?? '', /"c": this workspace has no such Customizer; .* as it is/);
  assert.equal(
    plan?.missing.map(({ key }) => key),
    ['wmw/n/c'],
  );
});

test('a cluster-scoped object must name the namespace of its Customizer', () => {
  const plan = planFor(object({ [CUSTOMIZER]: 'c' }), [], known(customizer('n', 'c')));
  assert.match(plan?.problems[0] ?? '', /must name it as namespace\/name/);
  assert.equal(plan?.missing, [], 'no Customizer can ever be what it names');
});

test('without its Customizer an object that expands is not even expanded', () => {
  const asks = object({ ...expanding, [CUSTOMIZER]: 'no' }, 'n');
  const plan = planFor(asks, [to('l')], known(location('l', 'prod')));
  assert.is(plan?.task, undefined);
  assert.is(plan?.problems.length, 1);
});

test('the parameters of an object are those of the destination', () => {
  const plan = planFor(object(expanding, 'n'), [to('l')], known(location('l', 'prod')));
  assert.is(envOf(plan?.task?.own), 'prod');
});

test('a Customizer that expands gets the parameters, the object does not', () => {
  const all = known(customizer('n', 'c', 'wmw', expanding), location('l', 'prod'));
  const plan = planFor(object({ [CUSTOMIZER]: 'c' }, 'n'), [to('l')], all);
  assert.is(envOf(plan?.task?.parameters), 'prod');
  assert.is(plan?.task?.own, undefined);
});

test('a Location is needed only where something is expanded', () => {
  const without = planFor(object({ [CUSTOMIZER]: 'c' }, 'n'), [to('l')], known(customizer('n', 'c')));
  assert.equal(without?.problems, []);
  const plan = planFor(object(expanding, 'n'), [to('l')], known());
  assert.match(
    plan?.problems[0] ?? '',
    /Location "l" in workspace imw is not found; the object goes there as it is/,
  );
});

test('of several Locations at one mailbox the first by cluster and name counts (semantics 2.3)', () => {
  const all = known(location('b', '2'), location('a', '1'), location('z', '0', 'earlier'));
  const plan = (...names: string[]) =>
    planFor(
      object(expanding, 'n'),
      names.map((name) => to(name)),
      all,
    );
  assert.is(envOf(plan('b', 'a')?.task?.own), '1');
  assert.is(envOf(plan('a', 'b')?.task?.own), '1');
  assert.is(envOf(plan('b', 'gone')?.task?.own), '2');
  const earlier = planFor(object(expanding, 'n'), [to('a'), to('z', 'earlier')], all);
  assert.is(envOf(earlier?.task?.own), '0');
});

test('the version of a plan changes with all that it is made of', () => {
  const place = location('l', 'prod');
  const change = customizer('n', 'c', 'wmw', expanding);
  const version = (...objects: (Customizer | Location)[]) =>
    planFor(object({ [CUSTOMIZER]: 'c' }, 'n'), [to('l')], known(...objects))?.version;
  const other = { ...change, replacements: [{ path: '$.data.b', value: '1' }] };
  const literal = customizer('n', 'c');
  const versions = [version(), version(change), version(change, place), version(literal, place)];
  const all = [...versions, version(other, place), version(change, location('l', 'test'))];
  assert.is(new Set(all).size, all.length);
  const touched = { ...change, metadata: { ...change.metadata, resourceVersion: '9' } };
  assert.is(version(touched, place), version(change, place), 'and with nothing else');
});

test('only the dependents of what changes are found, and only as long as they depend on it', () => {
  const dependents = new Dependents();
  const [s1, s2] = ['s1', 's2'] as [SourceKey, SourceKey];
  const [a1, b1, b2] = ['a/1', 'b/1', 'b/2'] as [CopyKey, CopyKey, CopyKey];
  dependents.set(
    s1,
    new Map([
      ['location a', new Set([a1])],
      ['location b', new Set([b1])],
    ]),
  );
  dependents.set(s2, new Map([['location b', new Set([b2])]]));
  assert.equal([...dependents.of('location a')], [[s1, new Set([a1])]]);
  assert.equal([...dependents.of('location b').keys()], [s1, s2]);
  dependents.set(s1, new Map([['location b', new Set([b1])]]));
  dependents.set(s2, new Map());
  assert.equal([...dependents.of('location a')], []);
  assert.equal([...dependents.of('location b')], [[s1, new Set([b1])]]);
  assert.equal([...dependents.dependenciesOf(s2)], []);
});

test('problems are told once each, in numbered annotations, and not without bound (spec api 4)', () => {
  assert.equal(validationErrors(['b', 'a', 'b']), {
    'validation-error.kubestellar.io/0': 'a',
    'validation-error.kubestellar.io/1': 'b',
  });
  const many = validationErrors(Array.from({ length: 300 }, (_, n) => `problem ${n} ${'x'.repeat(5000)}`));
  assert.is(Object.keys(many).length, 11);
  assert.is(many['validation-error.kubestellar.io/10'], 'and 290 more');
  assert.ok(JSON.stringify(many).length < 10_000);
});

test.run();
