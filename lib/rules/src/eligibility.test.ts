import { readFile } from 'node:fs/promises';
import { assert, suite } from '@kubestellar/testing';
import { isSystemObject, NEVER_PROPAGATED, reachOf, whyNot } from './eligibility.ts';

const test = suite('eligibility');

test('workload propagates, custom and cluster-scoped kinds included', () => {
  assert.is(reachOf('apps', 'deployments'), 'edge');
  assert.is(reachOf('', 'namespaces'), 'edge');
  assert.is(reachOf('apiextensions.k8s.io', 'customresourcedefinitions'), 'edge');
  assert.is(reachOf('example.com', 'nodes'), 'edge');
});

test('machinery of the core does not propagate', () => {
  assert.is(reachOf('edge.kubestellar.io', 'edgeplacements'), 'none');
  assert.is(reachOf('tenancy.kcp.io', 'workspaces'), 'none');
  assert.is(reachOf('apis.kcp.io', 'apiexports'), 'none');
  assert.is(reachOf('apis.kcp.io', 'apibindings'), 'none');
  assert.is(reachOf('apps', 'controllerrevisions'), 'none');
  assert.is(reachOf('coordination.k8s.io', 'leases'), 'none');
  assert.is(reachOf('', 'events'), 'none');
  assert.is(reachOf('events.k8s.io', 'events'), 'none');
  assert.is(reachOf('', 'nodes'), 'none');
});

test('kinds that cannot be supported are reported as such', () => {
  assert.is(reachOf('apis.kcp.io', 'apiconversions'), 'unsupported');
});

test('docs/kinds.md lists what never propagates, with the message that its user sees', async () => {
  const text = await readFile(new URL('../../../docs/kinds.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` \| (?:[^|]+ \| )?`([^`]+)` \|$/gm)].map(
    ([, name, message]) => [name, message],
  );
  const wanted = [...NEVER_PROPAGATED].map(([name, reason]) => [
    name,
    `${name.replace(/^\*/, '…')} never propagate, each is ${reason}`,
  ]);
  assert.equal(rows.sort(), wanted.sort());
});

test('the message names the resource and the reason', () => {
  assert.is(whyNot('', 'nodes'), 'nodes never propagate, each is created by each cluster itself');
  assert.match(whyNot('tenancy.kcp.io', 'workspaces') ?? '', /^workspaces.tenancy.kcp.io never propagate/);
  assert.is(whyNot('', 'configmaps'), undefined);
});

const object = (apiVersion: string, kind: string, name: string, rest: { type?: string } = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'ns' },
  ...rest,
});

test('objects that every cluster creates itself never match', () => {
  assert.ok(isSystemObject(object('v1', 'ConfigMap', 'kube-root-ca.crt')));
  assert.ok(isSystemObject(object('v1', 'ServiceAccount', 'default')));
  assert.ok(isSystemObject(object('v1', 'Secret', 's', { type: 'kubernetes.io/service-account-token' })));
  assert.ok(isSystemObject(object('v1', 'Secret', 's', { type: 'bootstrap.kubernetes.io/token' })));
});

test('other objects of the same kinds match', () => {
  assert.not.ok(isSystemObject(object('v1', 'ConfigMap', 'default')));
  assert.not.ok(isSystemObject(object('v1', 'ServiceAccount', 'app')));
  assert.not.ok(isSystemObject(object('v1', 'Secret', 'default', { type: 'Opaque' })));
  assert.not.ok(isSystemObject(object('example.com/v1', 'ServiceAccount', 'default')));
});

test('a denatured resource propagates like its native one', () => {
  assert.is(reachOf('rbac.authorization.k8s.io.denatured', 'roles'), 'edge');
});

test.run();
