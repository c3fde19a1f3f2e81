import type { APIExportApproval } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { effectiveApprovals, groupIn, isReservedGroup, RESERVED_GROUPS } from './mailbox-apis.ts';
import { mailboxPolicy } from './mailbox-policy.ts';

const test = suite('the policy of mailbox workspaces');

const approval = (name: string, resources: string[], creationTimestamp = '2026'): APIExportApproval => ({
  apiVersion: 'edge.kubestellar.io/v2alpha1',
  kind: 'APIExportApproval',
  metadata: { name, creationTimestamp },
  spec: { export: { path: 'root:tenant', name }, identityHash: name.repeat(64), resources },
});

test('groups of kcp, Kubernetes and KubeStellar are reserved, with all that comes by denatured kinds', () => {
  for (const group of [
    ...['', 'apps', 'networking.k8s.io', 'rbac.authorization.k8s.io', 'admissionregistration.k8s.io'],
    ...['rbac.authorization.k8s.io.denatured', 'core.denatured', 'tenancy.kcp.io', 'edge.kubestellar.io'],
  ])
    assert.ok(isReservedGroup(group), group);
  for (const group of ['gateway.networking.k8s.io', 'cert-manager.io', 'kcp.io.example.test', 'own.test'])
    assert.not(isReservedGroup(group), group);
});

test('the group of a resource is all that follows its plural', () => {
  assert.equal(['pods', 'deployments.apps', 'x.a.b.c'].map(groupIn), ['', 'apps', 'a.b.c']);
});

test('requests that the policy cannot evaluate are refused', () => {
  const { policy, binding } = mailboxPolicy('root:espw', []);
  assert.is(policy.spec?.failurePolicy, 'Fail');
  assert.equal(binding.spec, { policyName: policy.metadata.name, validationActions: ['Deny'] });
});

test('the policy names the effective approvals, and their groups with the reserved ones', () => {
  const expressions = (approvals: APIExportApproval[]) =>
    mailboxPolicy('root:espw', approvals)
      .policy.spec?.validations.map(({ expression }) => expression)
      .join('\n') ?? '';
  const without = expressions([]);
  for (const group of RESERVED_GROUPS) assert.ok(without.includes(JSON.stringify(group)), group);
  assert.not(without.includes('root:tenant'));
  const withOne = expressions([approval('a', ['widgets.own.test']), approval('b', ['pods.apps'])]);
  assert.ok(withOne.includes('"root:tenant|a"') && withOne.includes('"own.test"'));
  assert.ok(withOne.includes(`"root:tenant|a|${'a'.repeat(64)}|widgets.own.test"`));
  assert.not(withOne.includes('root:tenant|b'));
});

test('the first approval of a group is effective, and none that is being deleted', () => {
  const [first, second] = [approval('b', ['x.own.test'], '2025'), approval('a', ['y.own.test'], '2026')];
  assert.equal(effectiveApprovals([second, first]), [first]);
  const ending = { ...first, metadata: { ...first.metadata, deletionTimestamp: '2026' } };
  assert.equal(effectiveApprovals([second, ending]), [second]);
});

test.run();
