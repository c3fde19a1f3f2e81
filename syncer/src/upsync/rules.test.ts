import type { EdgeSyncConfig, Resource, SyncerConfig, UpsyncSet } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { allServed, byResource, matches, rulesOf, type UpsyncRule } from './rules.ts';

const test = suite('upsync rules');

const things: Resource = {
  group: 'g.test',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};
const others: Resource = { ...things, plural: 'others', kind: 'Other', namespaced: false };

test('an object is in the set if resource, namespace and name are listed', () => {
  const rule = only(rules({ apiGroup: 'g.test', resources: ['things'], namespaces: ['n'], names: ['a'] }));
  assert.is(matches(rule, 'n', 'a'), true);
  assert.is(matches(rule, 'm', 'a'), false);
  assert.is(matches(rule, 'n', 'b'), false);
});

test('absent lists mean nothing, * means all', () => {
  assert.equal(rules({ resources: ['things'] }), []);
  assert.equal(rules({ resources: [], names: ['*'] }), []);
  const rule = only(rules({ resources: ['things'], names: ['*'] }));
  assert.is(matches(rule, 'n', 'a'), false, 'no namespace is listed');
  assert.is(matches(rule, '', 'a'), true, 'cluster-scoped objects have none');
});

test('rules are sorted out by what the WEC serves', () => {
  const all = rules(
    { apiGroup: 'g.test', resources: ['*'], names: ['a'] },
    { apiGroup: 'g.test', resources: ['things'], names: ['b'] },
    { apiGroup: 'h.test', resources: ['things'], names: ['c'] },
  );
  const found = byResource(all, [things, others]);
  assert.equal([...found.keys()].sort(), ['others.g.test', 'things.g.test']);
  assert.is(found.get('things.g.test')?.rules.length, 2);
  assert.is(allServed(all, [things, others]), false);
  assert.is(allServed(all.slice(0, 2), [things]), true);
});

test('nothing is upsynced that would act in the mailbox workspace, whoever wrote the set', () => {
  const roles: Resource = { ...things, group: 'rbac.authorization.k8s.io', plural: 'roles', kind: 'Role' };
  const leases: Resource = { ...things, group: 'coordination.k8s.io', plural: 'leases', kind: 'Lease' };
  const all = rules(
    { apiGroup: roles.group, resources: ['*', 'roles'], namespaces: ['*'], names: ['*'] },
    { apiGroup: leases.group, resources: ['*'], namespaces: ['*'], names: ['*'] },
    { apiGroup: '*', resources: ['*'], namespaces: ['*'], names: ['*'] },
  );
  const item = { kind: 'Role', group: roles.group, version: 'v1', namespace: 'n', name: '*' };
  const own = rulesOf([], [edgeSyncConfig(item)]);
  assert.is(byResource([...all, ...own], [roles, leases, things]).size, 0);
  assert.ok(allServed(all, []), 'and nobody waits for it');
});

test('a set with an empty list of names is followed, and matches nothing', () => {
  const all = rules({ apiGroup: 'g.test', resources: ['things'], namespaces: ['*'], names: [] });
  assert.is(byResource(all, [things]).size, 1);
  assert.not(matches(only(all), 'n', ''));
  assert.ok(allServed(all, []), 'nobody waits for it');
});

test('an EdgeSyncConfig tells the kind', () => {
  const edge = edgeSyncConfig({ kind: 'Thing', group: 'g.test', version: 'v1', namespace: 'n', name: '*' });
  const rule = only(rulesOf([], [edge]));
  assert.equal([...byResource([rule], [things, others]).keys()], ['things.g.test']);
  assert.is(matches(rule, 'n', 'any'), true);
});

test.run();

function rules(...upsync: UpsyncSet[]): UpsyncRule[] {
  const config: SyncerConfig = {
    apiVersion: 'x',
    kind: 'SyncerConfig',
    metadata: { name: 'c' },
    spec: { upsync },
  };
  return rulesOf([config], []);
}

function edgeSyncConfig(item: object): EdgeSyncConfig {
  return {
    apiVersion: 'x',
    kind: 'EdgeSyncConfig',
    metadata: { name: 'e' },
    spec: { upSyncedResources: [item] },
  };
}

function only(list: readonly UpsyncRule[]): UpsyncRule {
  const [rule, ...rest] = list;
  if (!rule || rest.length > 0) throw new Error(`expected one rule, found ${list.length}`);
  return rule;
}
