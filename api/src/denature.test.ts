import { assert, suite } from '@kubestellar/testing';
import { DENATURED_GROUPS, naturalGroupOf, naturalOf, twinGroupOf, twinOf } from './denature.ts';
import { reachOf } from './eligibility.ts';

const test = suite('twins of kinds that act');

test('a group and its twin lead to each other', () => {
  for (const group of DENATURED_GROUPS) {
    assert.is.not(twinGroupOf(group), group);
    assert.is(naturalGroupOf(twinGroupOf(group)), group);
    assert.is(twinGroupOf(twinGroupOf(group)), twinGroupOf(group));
  }
});

test('other groups are their own twins, whatever their names end in', () => {
  for (const group of ['', 'apps', 'example.com', 'example.com.denatured']) {
    assert.is(twinGroupOf(group), group);
    assert.is(naturalGroupOf(group), group);
  }
});

test('only the group of a resource differs from its twin', () => {
  const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles' };
  assert.equal(twinOf(roles), { ...roles, group: 'rbac.authorization.k8s.io.denatured' });
  assert.equal(naturalOf(twinOf(roles)), roles);
});

test('of the core group only the quota has a twin', () => {
  const quotas = { group: '', version: 'v1', plural: 'resourcequotas' };
  assert.is(twinOf(quotas).group, 'core.denatured');
  assert.equal(naturalOf(twinOf(quotas)), quotas);
  assert.is(twinOf({ ...quotas, plural: 'configmaps' }).group, '');
  assert.is(twinOf({ ...quotas, group: 'example.com' }).group, 'example.com');
});

test('a twin reaches as far as what it stands for', () => {
  assert.is(reachOf('rbac.authorization.k8s.io.denatured', 'roles'), 'edge');
});

test.run();
