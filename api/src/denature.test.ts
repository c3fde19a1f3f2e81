import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import {
  DENATURED_GROUPS,
  denaturedGroup,
  denaturedName,
  denaturedResource,
  nativeGroup,
  nativeName,
  nativeResource,
  restoreNativeNames,
} from './denature.ts';

const test = suite('denatured resources');

test('a group and its denatured group map to each other', () => {
  for (const group of DENATURED_GROUPS) {
    assert.is.not(denaturedGroup(group), group);
    assert.is(nativeGroup(denaturedGroup(group)), group);
    assert.is(denaturedGroup(denaturedGroup(group)), denaturedGroup(group));
  }
});

test('a group that is not denatured maps to itself, whatever its name ends in', () => {
  for (const group of ['', 'apps', 'example.com', 'example.com.denatured']) {
    assert.is(denaturedGroup(group), group);
    assert.is(nativeGroup(group), group);
  }
});

test('a denatured resource differs in its group only', () => {
  const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles' };
  assert.equal(denaturedResource(roles), { ...roles, group: 'rbac.authorization.k8s.io.denatured' });
  assert.equal(nativeResource(denaturedResource(roles)), roles);
});

const ROLES = { group: 'rbac.authorization.k8s.io', plural: 'roles' };

test('a name becomes valid for custom resources and can be restored, alone and in a text', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[a-z0-9]([a-z0-9.:-]{0,20}[a-z0-9])?$/),
    fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.constantFrom('denatured--azz', 'denatured--', 'zz', 'a--zz:', 'Z'),
  );
  fc.assert(
    fc.property(name, (native) => {
      const denatured = denaturedName(ROLES, native);
      assert.match(denatured, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      assert.is(nativeName(denaturedResource(ROLES), denatured), native);
      assert.is(restoreNativeNames(`"${denatured}"`), `"${native}"`);
    }),
  );
});

test('a text of unfinished escaped names is kept, and is searched without delaying other requests', () => {
  const text = 'denatured--'.repeat(20_000);
  const began = performance.now();
  assert.is(restoreNativeNames(`${text} denatured--az3abzz`), `${text} a:b`);
  assert.ok(performance.now() - began < 2_000);
});

test('plain names and those of other kinds are kept', () => {
  assert.is(denaturedName(ROLES, 'cert-manager.edit'), 'cert-manager.edit');
  assert.is(denaturedName(ROLES, 'system:node'), 'denatured--systemz3anodezz');
  assert.is(denaturedName(denaturedResource(ROLES), 'denatured--azz'), 'denatured--azz');
  for (const each of ['a:b', 'denatured--azz']) {
    assert.is(denaturedName({ group: 'example.com', plural: 'roles' }, each), each);
    assert.is(nativeName({ group: 'example.com' }, each), each);
  }
});

test('only the quota of the core group has a denatured resource', () => {
  const quotas = { group: '', version: 'v1', plural: 'resourcequotas' };
  assert.is(denaturedResource(quotas).group, 'core.denatured');
  assert.equal(nativeResource(denaturedResource(quotas)), quotas);
  assert.is(denaturedResource({ ...quotas, plural: 'configmaps' }).group, '');
  assert.is(denaturedResource({ ...quotas, group: 'example.com' }).group, 'example.com');
});

test.run();
