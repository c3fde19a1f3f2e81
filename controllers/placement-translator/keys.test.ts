import { CLUSTER_ROLES, CONFIG_MAPS, DEPLOYMENTS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { copiedResourceOf, localResourceOf, sourceResourcesOf } from './keys.ts';

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

test.run();
