import { assert, suite } from '@kubestellar/testing';
import {
  collectionPath,
  denaturedBody,
  denaturedGroupOf,
  denaturedPath,
  denaturedQuery,
  parsePath,
  withoutDenaturedGroups,
} from './rewrite.ts';

const test = suite('rewriting of requests and responses');
const RBAC = 'rbac.authorization.k8s.io';
const BASE = '/clusters/root:wmw1';
const below = (rest: string) => ({ base: BASE, rest, query: '' });

test('only paths in a single workspace are parsed', () => {
  const base = '/clusters/root:wmw1';
  assert.equal(parsePath({ path: `${base}/apis`, query: '?x=1' }), { base, rest: '/apis', query: '?x=1' });
  assert.equal(parsePath({ path: base, query: '' }), { base, rest: '/', query: '' });
  // A ServiceAccount need not name its workspace.
  const rest = `/apis/${RBAC}/v1/roles`;
  assert.equal(parsePath({ path: rest, query: '' }), { base: '', rest, query: '' });
  assert.equal(parsePath({ path: '/apis', query: '' }), { base: '', rest: '/apis', query: '' });
  for (const path of ['/clusters/*/apis', '/services/apiexport/root/x', '/readyz', '/apisx'])
    assert.is(parsePath({ path, query: '' }), undefined);
});

test('a denatured group is recognized by its whole name', () => {
  assert.is(denaturedGroupOf(`/apis/${RBAC}/v1/clusterroles`), RBAC);
  assert.is(denaturedGroupOf(`/apis/${RBAC}`), RBAC);
  assert.is(denaturedGroupOf(`/apis/${RBAC}.denatured/v1`), undefined);
  assert.is(denaturedGroupOf('/apis/apps/v1/deployments'), undefined);
  assert.is(denaturedGroupOf(`/openapi/v3/apis/${RBAC}/v1`), undefined);
  assert.is(denaturedPath(below(`/apis/${RBAC}/v1/roles`), RBAC), `${BASE}/apis/${RBAC}.denatured/v1/roles`);
});

test('the collection of an object is the one in which it would be created', () => {
  const roles = `/apis/${RBAC}/v1/namespaces/n/roles`;
  assert.is(collectionPath(roles), roles);
  assert.is(collectionPath(`${roles}/system:read`), roles);
  assert.is(collectionPath(`/apis/${RBAC}/v1/clusterroles/a`), `/apis/${RBAC}/v1/clusterroles`);
  assert.is(collectionPath(`${roles}/a/status`), undefined);
});

test('names that custom resources cannot have are escaped in paths, selectors and objects', () => {
  const roles = `${BASE}/apis/${RBAC}.denatured/v1/namespaces/n/roles`;
  const spelled = 'denatured--systemz3areadzz';
  for (const name of ['system:read', 'system%3Aread'])
    assert.is(
      denaturedPath(below(`/apis/${RBAC}/v1/namespaces/n/roles/${name}`), RBAC),
      `${roles}/${spelled}`,
    );
  assert.is(denaturedPath(below(`/apis/${RBAC}/v1/namespaces/n/roles`), RBAC), roles);
  const query = new URLSearchParams({ watch: 'true', fieldSelector: 'metadata.name=system:read' });
  const watch = new URLSearchParams(denaturedQuery(`?${query}`, RBAC));
  assert.is(watch.get('fieldSelector'), `metadata.name=${spelled}`);
  assert.is(denaturedQuery('?a=%2f&a=..//', RBAC), '?a=%2f&a=..//', 'any other query is left alone');
  const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: 'system:read' } };
  const made = JSON.parse(denaturedBody(Buffer.from(JSON.stringify(role)), 'application/json').toString());
  assert.is(made.metadata.name, spelled);
});

test('an object gets the denatured group and keeps its contents', () => {
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'a', managedFields: [{ apiVersion: `${RBAC}/v1` }] },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: 'r' },
  };
  const made = JSON.parse(denaturedBody(Buffer.from(JSON.stringify(binding)), 'application/json').toString());
  assert.is(made.apiVersion, `${RBAC}.denatured/v1`);
  assert.is(made.metadata.managedFields[0].apiVersion, `${RBAC}.denatured/v1`);
  assert.equal(made.roleRef, binding.roleRef);
});

test('an applied object may be YAML; JSON patches and other objects are not changed', () => {
  const yaml = Buffer.from(`apiVersion: ${RBAC}/v1\nkind: Role\n`);
  assert.is(
    JSON.parse(denaturedBody(yaml, 'application/apply-patch+yaml').toString()).apiVersion,
    `${RBAC}.denatured/v1`,
  );
  const patch = Buffer.from('[{"op":"remove","path":"/rules"}]');
  assert.is(denaturedBody(patch, 'application/json-patch+json'), patch);
  const options = { apiVersion: 'v1', kind: 'DeleteOptions' };
  assert.equal(
    JSON.parse(denaturedBody(Buffer.from(JSON.stringify(options)), 'application/json').toString()),
    options,
  );
});

test('a body that is no object reaches kcp in the size in which it was sent', () => {
  const text = 'x'.repeat(1_000);
  for (const object of [
    { metadata: text },
    { metadata: { managedFields: [text, null] } },
    { metadata: { managedFields: text } },
    { apiVersion: `${RBAC}/v1`, metadata: { name: ':'.repeat(1_000) } },
  ]) {
    const made = JSON.parse(
      denaturedBody(Buffer.from(JSON.stringify(object)), 'application/json').toString(),
    );
    assert.equal(made.metadata, object.metadata);
  }
});

test('YAML with thousands of keys is parsed without delaying other requests', () => {
  const keys = Array.from({ length: 4_000 }, (_, at) => `k${at}:`);
  const began = performance.now();
  denaturedBody(Buffer.from(keys.join('\n')), 'application/apply-patch+yaml');
  assert.throws(
    () => denaturedBody(Buffer.from('a:\n'.repeat(20_000)), 'application/apply-patch+yaml'),
    /32768/,
  );
  assert.ok(performance.now() - began < 5_000);
});

test('both formats of the list of groups are without denatured groups', () => {
  const legacy = { groups: [{ name: RBAC }, { name: `${RBAC}.denatured` }] };
  assert.equal(JSON.parse(withoutDenaturedGroups(JSON.stringify(legacy))), { groups: [{ name: RBAC }] });
  const items = [{ metadata: { name: 'apps' } }, { metadata: { name: `${RBAC}.denatured` } }];
  assert.equal(JSON.parse(withoutDenaturedGroups(JSON.stringify({ items }))), { items: [items[0]] });
});

test.run();
