import { assert, suite } from '@kubestellar/testing';
import { formatObjectKey, parseObjectKey } from './object-key.ts';

const test = suite('keys of objects in the queues of the syncer');

for (const name of ['plain', 'team|reader', '|', 'system:node']) {
  test(`the key of an object that is called "${name}" is read back as it was written`, () => {
    const [resource, namespace] = ['clusterroles.rbac.authorization.k8s.io', ''];
    assert.equal(parseObjectKey(formatObjectKey(resource, namespace, name)), { resource, namespace, name });
  });
}

test.run();
