import type { EdgeSyncConfig, SyncerConfig, SyncerConfigSpec } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { changedNames, flatten, type ResourcesOf, type Wanted } from './wanted.ts';

const test = suite('what the configs want');

const nothingKnown: ResourcesOf = () => undefined;

test('names of namespacedObjects add up, and their namespaces must exist', () => {
  const wanted = flatten(
    [config('the-one', namespaced('ns1', ['a'])), config('x', namespaced('ns1', ['b']))],
    [],
    nothingKnown,
  );
  assert.equal(names(wanted, 'configmaps', 'ns1'), ['a', 'b']);
  assert.equal([...wanted.namespaces], ['ns1']);
});

test('the further parts of the-one are the same as it; only other configs are those of people', () => {
  const wanted = flatten(
    [
      config('the-one', namespaced('ns1', ['a'])),
      config('the-one-1', namespaced('ns1', ['b'])),
      config('x', namespaced('ns1', ['c'])),
    ],
    [],
    nothingKnown,
  );
  const byPeople = (name: string) => wanted.includesByPeople('configmaps', 'ns1', name);
  assert.equal(['a', 'b', 'c'].map(byPeople), [false, false, true]);
});

test('an entry without names wants nothing, not even the namespace', () => {
  const wanted = flatten([config('the-one', namespaced('ns1', []))], [], nothingKnown);
  assert.is(wanted.includes('configmaps', 'ns1', 'a'), false);
  assert.is(wanted.namespaces.size, 0);
});

test('namespaceScope is the product of namespaces and resources', () => {
  const resources = [
    { group: '', resource: 'secrets', apiVersion: 'v1' },
    { group: 'apps', resource: 'deployments', apiVersion: 'v1' },
  ];
  const wanted = flatten(
    [config('the-one', { namespaceScope: { namespaces: ['a', 'b'], resources } })],
    [],
    nothingKnown,
  );
  for (const namespace of ['a', 'b']) {
    assert.ok(wanted.includes('secrets', namespace, 'any'));
    assert.ok(wanted.includes('deployments.apps', namespace, 'any'));
  }
  assert.is(wanted.includes('secrets', 'c', 'any'), false);
});

test('clusterScope: objects absent means all, empty means none', () => {
  const entry = { group: 'g.test', resource: 'things', apiVersion: 'v1' };
  const wants = (objects: string[] | undefined, name: string) => {
    const clusterScope = [objects ? { ...entry, objects } : entry];
    return flatten([config('the-one', { clusterScope })], [], nothingKnown).includes(
      'things.g.test',
      '',
      name,
    );
  };
  assert.is(wants(undefined, 'a'), true);
  assert.is(wants([], 'a'), false);
  assert.is(wants(['*'], 'a'), true);
  assert.is(wants(['b'], 'a'), false);
});

test('a wildcard names nothing by itself', () => {
  const wanted = flatten([config('the-one', namespaced('ns1', ['*', 'b']))], [], nothingKnown);
  assert.is(wanted.includes('configmaps', 'ns1', 'a'), true);
  assert.is(wanted.includesByName('configmaps', 'ns1', 'a'), false);
  assert.is(wanted.includesByName('configmaps', 'ns1', 'b'), true);
});

test('of two versions of a resource the one of the-one wins, whatever the order', () => {
  const one = config('the-one', {
    clusterScope: [{ group: 'g.test', resource: 'things', apiVersion: 'v2' }],
  });
  const other = config('a', { clusterScope: [{ group: 'g.test', resource: 'things', apiVersion: 'v1' }] });
  for (const configs of [
    [one, other],
    [other, one],
  ]) {
    assert.is(flatten(configs, [], nothingKnown).resources.get('things.g.test')?.version, 'v2');
  }
});

test('an EdgeSyncConfig tells the kind, which is looked up', () => {
  const item = { kind: 'Thing', group: 'g.test', version: 'v1', namespace: 'ns1', name: 'a' };
  const edge: EdgeSyncConfig = {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgeSyncConfig',
    metadata: { name: 'old' },
    spec: { downSyncedResources: [item, { ...item, namespace: '*' }, { kind: 'Thing' }] },
  };
  const unknown = flatten([], [edge], nothingKnown);
  assert.equal(unknown.unresolved, [{ group: 'g.test', version: 'v1' }]);
  assert.is(unknown.includes('things.g.test', 'ns1', 'a'), false);

  const known = flatten([], [edge], () => [{ plural: 'things', kind: 'Thing', namespaced: true }]);
  assert.equal(known.unresolved, []);
  assert.is(known.includes('things.g.test', 'ns1', 'a'), true);
  assert.equal([...known.namespaces], ['ns1']);
});

test('resource * means all resources of that scope', () => {
  const clusterScope = [{ group: 'g.test', resource: '*', apiVersion: 'v1', objects: ['a'] }];
  const wanted = flatten([config('the-one', { clusterScope })], [], () => [
    { plural: 'things', kind: 'Thing', namespaced: false },
    { plural: 'locals', kind: 'Local', namespaced: true },
  ]);
  assert.is(wanted.includes('things.g.test', '', 'a'), true);
  assert.is(wanted.resources.has('locals.g.test'), false);
});

test('a twin is known by what it stands for, and read where it is', () => {
  const group = 'rbac.authorization.k8s.io.denatured';
  const clusterScope = [
    { group, resource: 'clusterroles', apiVersion: 'v1', objects: ['a', 'denatured--az3abzz'] },
  ];
  const wanted = flatten([config('the-one', { clusterScope })], [], nothingKnown);
  for (const name of ['a', 'a:b'])
    assert.ok(wanted.includes('clusterroles.rbac.authorization.k8s.io', '', name));
  assert.is(wanted.resources.get('clusterroles.rbac.authorization.k8s.io')?.group, group);
});

test('changed names are those in one of two versions only', () => {
  const before = flatten([config('c', namespaced('ns1', ['a', 'b']))], [], nothingKnown);
  const after = flatten([config('c', namespaced('ns1', ['b', 'c']))], [], nothingKnown);
  const changed = changedNames(before.resources.get('configmaps'), after.resources.get('configmaps'));
  assert.equal(changed?.sort(), [
    ['ns1', 'a'],
    ['ns1', 'c'],
  ]);
  const all = flatten([config('c', namespaced('ns1', ['*']))], [], nothingKnown);
  assert.is(changedNames(after.resources.get('configmaps'), all.resources.get('configmaps')), undefined);
});

test.run();

function config(name: string, spec: SyncerConfigSpec): SyncerConfig {
  return { apiVersion: 'edge.kubestellar.io/v2alpha1', kind: 'SyncerConfig', metadata: { name }, spec };
}

function namespaced(namespace: string, objects: string[]): SyncerConfigSpec {
  const objectsByNamespace = [{ namespace, names: objects }];
  return { namespacedObjects: [{ group: '', resource: 'configmaps', apiVersion: 'v1', objectsByNamespace }] };
}

function names(wanted: Wanted, resource: string, namespace: string): string[] {
  return [...(wanted.resources.get(resource)?.names.get(namespace) ?? [])].sort();
}
