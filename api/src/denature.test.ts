import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import {
  DENATURED_GROUPS,
  naturalGroupOf,
  naturalNameOf,
  naturalNamesIn,
  naturalOf,
  twinGroupOf,
  twinNameOf,
  twinOf,
} from './denature.ts';

const test = suite('denatured resources');

test('a group and its denatured group map to each other', () => {
  for (const group of DENATURED_GROUPS) {
    assert.is.not(twinGroupOf(group), group);
    assert.is(naturalGroupOf(twinGroupOf(group)), group);
    assert.is(twinGroupOf(twinGroupOf(group)), twinGroupOf(group));
  }
});

test('a group that is not denatured maps to itself, whatever its name ends in', () => {
  for (const group of ['', 'apps', 'example.com', 'example.com.denatured']) {
    assert.is(twinGroupOf(group), group);
    assert.is(naturalGroupOf(group), group);
  }
});

test('a denatured resource differs in its group only', () => {
  const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles' };
  assert.equal(twinOf(roles), { ...roles, group: 'rbac.authorization.k8s.io.denatured' });
  assert.equal(naturalOf(twinOf(roles)), roles);
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
      const denatured = twinNameOf(ROLES, native);
      assert.match(denatured, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      assert.is(naturalNameOf(twinOf(ROLES), denatured), native);
      assert.is(naturalNamesIn(`"${denatured}"`), `"${native}"`);
    }),
  );
});

test('a text of unfinished escaped names is kept, and is searched without delaying other requests', () => {
  const text = 'denatured--'.repeat(20_000);
  const began = performance.now();
  assert.is(naturalNamesIn(`${text} denatured--az3abzz`), `${text} a:b`);
  assert.ok(performance.now() - began < 2_000);
});

test('plain names and those of other kinds are kept', () => {
  assert.is(twinNameOf(ROLES, 'cert-manager.edit'), 'cert-manager.edit');
  assert.is(twinNameOf(ROLES, 'system:node'), 'denatured--systemz3anodezz');
  assert.is(twinNameOf(twinOf(ROLES), 'denatured--azz'), 'denatured--azz');
  for (const each of ['a:b', 'denatured--azz']) {
    assert.is(twinNameOf({ group: 'example.com', plural: 'roles' }, each), each);
    assert.is(naturalNameOf({ group: 'example.com' }, each), each);
  }
});

test('only the quota of the core group has a denatured resource', () => {
  const quotas = { group: '', version: 'v1', plural: 'resourcequotas' };
  assert.is(twinOf(quotas).group, 'core.denatured');
  assert.equal(naturalOf(twinOf(quotas)), quotas);
  assert.is(twinOf({ ...quotas, plural: 'configmaps' }).group, '');
  assert.is(twinOf({ ...quotas, group: 'example.com' }).group, 'example.com');
});

test.run();
