import { CLUSTER_ROLES, CONFIG_MAPS, DEPLOYMENTS } from '@kubestellar/api';
import { formatKey, parseKey } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import {
  copiedResourceOf,
  copyKey,
  customizedKey,
  formatObjectKey,
  localResourceOf,
  parseCopyKey,
  parseCustomizedKey,
  parseObjectKey,
  parseScopeKey,
  parseSourceKey,
  scopeKey,
  sourceKey,
  sourceResourcesOf,
  typeId,
  workspaceOf,
} from './keys.ts';

const test = suite('names of objects on their way to a mailbox workspace');

test('native objects of kinds that act, and their twins, become the same copies', () => {
  const twins = { ...CLUSTER_ROLES, group: `${CLUSTER_ROLES.group}.denatured` };
  const copies = 'clusterroles.rbac.authorization.k8s.io.denatured';
  assert.is(localResourceOf({ resource: CLUSTER_ROLES, identity: '' }), copies);
  assert.is(localResourceOf({ resource: twins, identity: 'x' }), copies);
  assert.is(copiedResourceOf('clusterroles.rbac.authorization.k8s.io'), copies);
  assert.equal(sourceResourcesOf(copies), [copies, 'clusterroles.rbac.authorization.k8s.io']);
});

test('others keep their names', () => {
  for (const resource of [CONFIG_MAPS, DEPLOYMENTS]) {
    const name = localResourceOf({ resource, identity: '' });
    assert.is(copiedResourceOf(name), name);
    assert.equal(sourceResourcesOf(name), [name]);
  }
  assert.is(localResourceOf({ resource: DEPLOYMENTS, identity: '' }), 'deployments.apps');
});

/** RBAC objects may have any name without a slash or a percent sign. */
const NAMES = ['plain', 'team|reader', 'system:node', 'a#b', 'with space', '#', '|', '||', 'a.b-c'];

for (const name of NAMES) {
  test(`every key of an object that is called "${name}" is read back as it was written`, () => {
    for (const namespace of ['', 'ns']) {
      const key = formatKey({ cluster: 'w1', namespace, name });
      assert.equal(parseKey(key), { cluster: 'w1', namespace, name });
      const local = { groupResource: 'clusterroles.rbac.authorization.k8s.io', namespace, name };
      const object = formatObjectKey(local);
      assert.equal(parseObjectKey(object), local);
      const copy = copyKey('imw-mb-1', object);
      assert.equal(parseCopyKey(copy), { mailbox: 'imw-mb-1', object });
      assert.equal(parseCustomizedKey(customizedKey('w1', copy)), { workspace: 'w1', copy });
      for (const identity of ['', 'crd', 'f'.repeat(64)]) {
        const type = { resource: CLUSTER_ROLES, identity };
        const source = sourceKey({ type, key });
        assert.equal(parseSourceKey(source), { typeId: typeId(type), key });
        assert.is(workspaceOf(source), 'w1');
      }
    }
  });
}

test('keys of different objects are different, whatever separators their names have', () => {
  const pairs = ['a', 'a|b', 'b|c', 'c'].flatMap((namespace) =>
    ['a', 'b', 'b|c', '|c'].map((name) => ({ namespace, name })),
  );
  const keys = pairs.map((each) => formatObjectKey({ groupResource: 'things.g', ...each }));
  assert.is(new Set(keys).size, keys.length);
});

test('a scope is a workspace, or one of its Namespaces', () => {
  assert.equal(parseScopeKey(scopeKey('w1')), { cluster: 'w1', namespace: undefined });
  assert.equal(parseScopeKey(scopeKey('w1', 'ns')), { cluster: 'w1', namespace: 'ns' });
});

test.run();
