import type { ObjectMeta, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { decideCopy as decide, decideEnd } from './decide.ts';
import type { Self } from './protected.ts';

const test = suite('decisions about the WEC');

const SELF: Self = {
  user: 'system:serviceaccount:kubestellar-syncer-a:kubestellar-syncer-a',
  groups: ['system:authenticated'],
  namespace: 'kubestellar-syncer-a',
};
const decideCopy = (source: Unstructured, live?: Unstructured) => decide(source, live, SELF);
const end = (copy: Unstructured) => decideEnd(copy, SELF);
const ADOPT = { 'edge.kubestellar.io/adopt': 'true' };
const ADOPTED = { 'edge.kubestellar.io/adopted': 'ConfigMap/n/c' };

const OVERWRITE = 'edge.kubestellar.io/downsync-overwrite';
const OWN = { 'edge.kubestellar.io/downsynced': 'ConfigMap/n/c' };

test('what is missing is created, what is ours is kept like the source', () => {
  assert.is(decideCopy(configMap(), undefined).do, 'apply');
  assert.is(decideCopy(configMap(), configMap(OWN)).do, 'apply');
});

test('what somebody else made is left alone, unless the user says adopt', () => {
  assert.is(decideCopy(configMap(), configMap()).do, 'leave');
  assert.is(decideCopy(configMap(ADOPT), configMap()).do, 'apply');
  assert.is(decideCopy(configMap({ 'edge.kubestellar.io/adopt': 'yes' }), configMap()).do, 'leave');
});

test('an identity inherited from an owner is not ours', () => {
  const inherited = configMap({ 'edge.kubestellar.io/downsynced': 'Service/n/c' });
  assert.is(decideCopy(configMap(), inherited).do, 'leave');
  assert.is(end(inherited), 'nothing');
  const adopted = configMap({ 'edge.kubestellar.io/adopted': 'Service/n/c' });
  assert.is(decideCopy(configMap(), adopted).do, 'leave');
  assert.is(end(adopted), 'nothing');
});

test('what we have applied is ours although someone took the annotation away', () => {
  const managedFields = [{ manager: 'kubestellar-syncer', operation: 'Apply' as const }];
  assert.is(decideCopy(configMap(), configMap({}, { managedFields })).do, 'apply');
  assert.is(end(configMap({}, { managedFields })), 'nothing', 'deletion needs the annotation');
});

test('what is being deleted in the WEC is not written to', () => {
  const going = configMap(OWN, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.is(decideCopy(configMap(), going).do, 'nothing');
  assert.is(end(going), 'nothing');
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
  assert.is(end(configMap(OWN)), 'delete');
  assert.is(end(configMap({ ...OWN, [OVERWRITE]: 'true' })), 'delete');
  assert.is(end(configMap({ ...OWN, [OVERWRITE]: 'false' })), 'nothing');
  assert.is(end(configMap()), 'nothing');
});

test('what is adopted is marked as adopted, kept like the source, and let go of at the end, also when create-only', () => {
  const first = decideCopy(configMap(ADOPT), configMap());
  assert.equal(first.do === 'apply' && first.object.metadata.annotations, { ...ADOPT, ...ADOPTED });
  // As long as it is kept, it does not matter what the source says of adoption now.
  const later = decideCopy(configMap(), configMap(ADOPTED));
  assert.equal(later.do === 'apply' && later.object.metadata.annotations, ADOPTED);
  assert.is(end(configMap(ADOPTED)), 'release');
  assert.is(end(configMap({ ...ADOPTED, [OVERWRITE]: 'false' })), 'release');
  assert.is(end(configMap({ ...ADOPTED, ...OWN })), 'release');
  assert.is(end(configMap(ADOPTED, { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'nothing');
});

test('what the syncer made is not adopted when its source asks for that later', () => {
  const action = decideCopy(configMap(ADOPT), configMap(OWN));
  assert.equal(action.do === 'apply' && action.object.metadata.annotations, { ...ADOPT, ...OWN });
});

test('a source can not give its copy the mark of an adopted object, nor that of one that was made', () => {
  const forged = configMap({ ...ADOPTED, ...OWN, other: 'kept' });
  const action = decideCopy(forged, configMap(OWN));
  assert.equal(action.do === 'apply' && action.object.metadata.annotations, { other: 'kept', ...OWN });
});

test('a copy that lost its mark is taken for made by the syncer only if it surely was', () => {
  const marksOf = (live: Unstructured) => {
    const action = decideCopy(configMap(), live);
    return action.do === 'apply' ? action.object.metadata.annotations : action.do;
  };
  const written = (operation: 'Apply' | 'Update') => ({
    managedFields: [{ manager: 'kubestellar-syncer', operation }],
  });
  assert.equal(marksOf(configMap({}, written('Update'))), OWN);
  assert.equal(marksOf(configMap({ 'edge.kubestellar.io/created-fields': 'x' }, written('Apply'))), OWN);
  assert.equal(marksOf(configMap({}, written('Apply'))), ADOPTED);
});

test("a cluster's own things are not adopted, and nothing is said of adoption where it would not help", () => {
  const inKubeSystem = (annotations = {}) => configMap(annotations, { namespace: 'kube-system' });
  assert.is(decideCopy(inKubeSystem(), undefined).do, 'apply', 'what is new may be placed there');
  const made = { 'edge.kubestellar.io/downsynced': 'ConfigMap/kube-system/c' };
  assert.is(decideCopy(inKubeSystem(), inKubeSystem(made)).do, 'apply');
  for (const annotations of [{}, ADOPT])
    assert.is(decideCopy(inKubeSystem(annotations), inKubeSystem()).do, 'refuse');
});

test("nothing is written, nor deleted, in the syncer's own Namespace, whatever marks it carries", () => {
  const inOwn = (annotations = {}) => configMap(annotations, { namespace: 'kubestellar-syncer-a' });
  const forged = {
    'edge.kubestellar.io/downsynced': 'ConfigMap/kubestellar-syncer-a/c',
    'edge.kubestellar.io/adopted': 'ConfigMap/kubestellar-syncer-a/c',
  };
  for (const live of [undefined, inOwn(), inOwn(forged)]) {
    assert.is(decideCopy(inOwn(ADOPT), live).do, 'refuse');
    if (live) assert.is(end(live), 'nothing');
  }
  const namespace: Unstructured = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'kubestellar-syncer-a',
      annotations: { 'edge.kubestellar.io/downsynced': 'Namespace//kubestellar-syncer-a' },
    },
  };
  assert.is(decideCopy(namespace, namespace).do, 'refuse');
  assert.is(end(namespace), 'nothing');
});

test("labels of the cluster's own Namespaces stay as they are; only who wants others is told", () => {
  const kubeSystem = (labels: ObjectMeta['labels'] = {}): Unstructured => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', labels },
  });
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  assert.is(decideCopy(kubeSystem(enforce), kubeSystem()).do, 'refuse');
  assert.is(decideCopy(kubeSystem(enforce), kubeSystem({ ...enforce, other: 'x' })).do, 'nothing');
  assert.is(decideCopy(kubeSystem(), kubeSystem()).do, 'nothing');
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

test('what is to be orphaned is released, as far as it is ours', () => {
  const orphan = { 'edge.kubestellar.io/deletion-policy': 'Orphan' };
  assert.is(end(configMap({ ...OWN, ...orphan })), 'release');
  assert.is(end(configMap({ ...OWN, 'edge.kubestellar.io/deletion-policy': 'Delete' })), 'delete');
  assert.is(end(configMap(orphan)), 'nothing');
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
