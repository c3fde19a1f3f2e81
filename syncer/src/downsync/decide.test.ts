import type { ObjectMeta, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { decideCopy, mayDelete } from './decide.ts';

const test = suite('decisions about the WEC');

const OVERWRITE = 'edge.kubestellar.io/downsync-overwrite';
const OWN = { 'edge.kubestellar.io/downsynced': 'ConfigMap/n/c' };

test('what is missing is created, what is ours is kept like the source', () => {
  assert.is(decideCopy(configMap(), undefined).do, 'apply');
  assert.is(decideCopy(configMap(), configMap(OWN)).do, 'apply');
});

test('what somebody else made is left alone, unless the user says adopt', () => {
  assert.is(decideCopy(configMap(), configMap()).do, 'leave');
  assert.is(decideCopy(configMap({ 'edge.kubestellar.io/adopt': 'true' }), configMap()).do, 'apply');
  assert.is(decideCopy(configMap({ 'edge.kubestellar.io/adopt': 'yes' }), configMap()).do, 'leave');
});

test('an identity inherited from an owner is not ours', () => {
  const inherited = configMap({ 'edge.kubestellar.io/downsynced': 'Service/n/c' });
  assert.is(decideCopy(configMap(), inherited).do, 'leave');
  assert.is(mayDelete(inherited), false);
});

test('what we have applied is ours although someone took the annotation away', () => {
  const managedFields = [{ manager: 'kubestellar-syncer', operation: 'Apply' as const }];
  assert.is(decideCopy(configMap(), configMap({}, { managedFields })).do, 'apply');
  assert.is(mayDelete(configMap({}, { managedFields })), false, 'deletion needs the annotation');
});

test('what is being deleted in the WEC is not written to', () => {
  const going = configMap(OWN, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.is(decideCopy(configMap(), going).do, 'nothing');
  assert.is(mayDelete(going), false);
});

test('a create-only source is created, then marked once, then nothing', () => {
  for (const value of ['false', 'no', '0']) {
    const source = configMap({ [OVERWRITE]: value });
    assert.is(decideCopy(source, undefined).do, 'apply');
    assert.is(decideCopy(source, configMap(OWN)).do, 'protect');
    assert.is(decideCopy(source, configMap({ ...OWN, [OVERWRITE]: 'false' })).do, 'nothing');
  }
});

test('back from create-only, the source is applied again', () => {
  for (const value of ['', 'true']) {
    const copy = configMap({ ...OWN, [OVERWRITE]: 'false' });
    assert.is(decideCopy(configMap({ [OVERWRITE]: value }), copy).do, 'apply');
  }
});

test('deletion looks at the copy: ours, and not protected', () => {
  assert.is(mayDelete(configMap(OWN)), true);
  assert.is(mayDelete(configMap({ ...OWN, [OVERWRITE]: 'true' })), true);
  assert.is(mayDelete(configMap({ ...OWN, [OVERWRITE]: 'false' })), false);
  assert.is(mayDelete(configMap()), false);
});

test('a Namespace that was there before gets labels but is not claimed', () => {
  const namespace: Unstructured = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
  const action = decideCopy(namespace, namespace);
  assert.is(action.do, 'apply');
  if (action.do === 'apply') assert.equal(action.object.metadata.annotations, {});
});

test("the WEC's own default ServiceAccount is left alone without a word", () => {
  const account: Unstructured = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'n' },
  };
  assert.is(decideCopy(account, account).do, 'nothing');
});

test.run();

function configMap(
  annotations: ObjectMeta['annotations'] = {},
  more: Partial<ObjectMeta> = {},
): Unstructured {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'n', annotations, ...more },
  };
}
