import { assert, suite } from '@kubestellar/testing';
import { carriesOwnIdentity, identityOf } from './identity.ts';

const test = suite('identities of copies');

test('an identity names kind, namespace and name', () => {
  const metadata = { name: 'foo' };
  assert.is(identityOf({ apiVersion: 'v1', kind: 'Namespace', metadata }), 'Namespace//foo');
  const inNamespace = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n' } };
  assert.is(identityOf(inNamespace), 'Secret/n/s');
});

test('an inherited identity is not considered its own', () => {
  const annotations = { key: 'Deployment/n/web' };
  const copy = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'n', annotations },
  };
  const owned = { ...copy, kind: 'ReplicaSet', metadata: { ...copy.metadata, name: 'web-1' } };
  assert.ok(carriesOwnIdentity(copy, 'key'));
  assert.not.ok(carriesOwnIdentity(owned, 'key'));
  assert.not.ok(carriesOwnIdentity(copy, 'other'));
});

test.run();
