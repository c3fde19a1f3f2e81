import type { KubeObject, ObjectMeta, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { type Actor, decideCopy as decide, decideEnd, isCopyOf } from './decide.ts';
import type { Self } from './protected.ts';

const test = suite('decisions about the WEC');

const SELF: Self = {
  user: 'system:serviceaccount:kubestellar-syncer-a:kubestellar-syncer-a',
  groups: ['system:authenticated'],
  namespace: 'kubestellar-syncer-a',
};
const WHOSE = { origin: { core: 'core', syncTarget: 'target' }, takesOver: false };
const actorFor = ({ kind }: KubeObject, more: Partial<Actor> = {}): Actor => ({
  resource: `${kind.toLowerCase()}s`,
  self: SELF,
  whose: WHOSE,
  ...more,
});
const decideCopy = (source: Unstructured, live?: Unstructured, more: Partial<Actor> = {}) =>
  decide(sourceOf(source), live, actorFor(source, more));
const end = (copy: Unstructured) => decideEnd(copy, actorFor(copy));
const ORIGIN = 'edge.kubestellar.io/origin';
/** The mark of a copy of the ConfigMap n/c of which the source has UID `uid`. */
const markOf = (uid = 'u', whose = 'core/target', id = 'configmaps/n/c') => ({
  [ORIGIN]: `${whose}/${id}/w:${uid}`,
});
const MARK = markOf();
const ADOPT = { 'edge.kubestellar.io/adopt': 'true' };
const ADOPTED = { 'edge.kubestellar.io/adopted': 'ConfigMap/n/c', ...MARK };

const OVERWRITE = 'edge.kubestellar.io/downsync-overwrite';
const OWN = { 'edge.kubestellar.io/downsynced': 'ConfigMap/n/c', ...MARK };

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

test('an object of another group whose kind and name are the same has inherited its marks, and is not ours', () => {
  const service = (annotations: ObjectMeta['annotations'], more: Partial<ObjectMeta> = {}): Unstructured => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hello', namespace: 'n', annotations, ...more },
  });
  const inherited = {
    'edge.kubestellar.io/downsynced': 'Service/n/hello',
    'edge.kubestellar.io/origin': 'core/target/services.serving.bb.test/n/hello/w:u',
  };
  const byController = { managedFields: [{ manager: 'controller', operation: 'Update' as const }] };
  for (const live of [service(inherited), service(inherited, byController)]) {
    assert.is(end(live), 'nothing');
    assert.is(decideCopy(service({}), live).do, 'leave');
  }
  const before = { 'edge.kubestellar.io/downsynced': 'Service/n/hello' };
  assert.is(end(service(before, byController)), 'nothing', 'nor does a mark of an older release, inherited');
  assert.is(decideCopy(service({}), service(before, byController)).do, 'leave');
});

const WRITTEN = { managedFields: [{ manager: 'kubestellar-syncer', operation: 'Apply' as const }] };

test('a copy of an older release is marked while it is wanted, and not deleted when it is not', () => {
  const older = configMap({ 'edge.kubestellar.io/downsynced': 'ConfigMap/n/c' }, WRITTEN);
  const action = decideCopy(configMap(), older);
  assert.equal(action.do === 'apply' && action.object.metadata.annotations, OWN);
  assert.is(end(older), 'nothing');
  const adopted = configMap({ 'edge.kubestellar.io/adopted': 'ConfigMap/n/c' }, WRITTEN);
  const kept = decideCopy(configMap(), adopted);
  assert.equal(kept.do === 'apply' && kept.object.metadata.annotations, ADOPTED);
  assert.is(end(adopted), 'nothing');
});

test('what another core or SyncTarget has marked is left alone and never deleted, and taken over only on request', () => {
  for (const whose of ['core/other', 'other/target', 'other/other']) {
    const theirs = configMap({ ...OWN, ...markOf('former', whose) }, WRITTEN);
    const action = decideCopy(configMap(), theirs);
    assert.is(action.do, 'leave', whose);
    assert.is(action.do === 'leave' && `${action.owner?.core}/${action.owner?.syncTarget}`, whose);
    assert.is(decideCopy(configMap({ ...ADOPT }), theirs).do, 'leave', 'a tenant can not ask for it');
    assert.is(end(theirs), 'nothing');
    const taken = decideCopy(configMap(), theirs, { whose: { ...WHOSE, takesOver: true } });
    assert.equal(
      taken.do === 'apply' && taken.object.metadata.annotations,
      OWN,
      'in place, whatever its source was',
    );
    assert.is(decideEnd(theirs, actorFor(theirs, { whose: { ...WHOSE, takesOver: true } })), 'nothing');
  }
});

test('a copy of an object that was deleted and made anew is replaced, and is no copy of the new one meanwhile', () => {
  const former = configMap({ ...OWN, ...markOf('former') });
  assert.is(decideCopy(configMap(), former).do, 'replace');
  assert.not(isCopyOf(former, sourceOf(configMap()), 'configmaps', WHOSE));
  assert.ok(isCopyOf(configMap(OWN), sourceOf(configMap()), 'configmaps', WHOSE));
  const going = configMap({ ...OWN, ...markOf('former') }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.is(decideCopy(configMap(), going).do, 'nothing', 'it is waited for');
});

test('of an object that was made anew, what was adopted or is create-only is not replaced', () => {
  const adopted = configMap({ ...ADOPTED, ...markOf('former') });
  assert.is(decideCopy(configMap(), adopted).do, 'apply');
  const spared = configMap({ ...OWN, ...markOf('former'), [OVERWRITE]: 'false' });
  assert.is(decideCopy(configMap({ [OVERWRITE]: 'false' }), spared).do, 'protect');
  assert.is(decideCopy(configMap(), spared).do, 'apply');
});

test('what we have marked as create-only is so no more once its source no longer says so', () => {
  const setBy = (manager: string) => ({
    managedFields: [
      {
        manager,
        operation: 'Update' as const,
        fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${OVERWRITE}`]: {} } } },
      },
    ],
  });
  const resumes = (source: Unstructured, live: Unstructured) => {
    const action = decideCopy(source, live);
    return action.do === 'apply' && action.resumes === true;
  };
  const copy = { ...OWN, [OVERWRITE]: 'false' };
  assert.ok(resumes(configMap(), configMap(copy, setBy('kubestellar-syncer'))));
  assert.not(resumes(configMap(), configMap(copy, setBy('kubectl'))), 'somebody in the cluster protects it');
  assert.not(resumes(configMap(), configMap(OWN, setBy('kubestellar-syncer'))));
  assert.not(resumes(configMap({ [OVERWRITE]: 'true' }), configMap(copy, setBy('kubestellar-syncer'))));
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

test('what others have written, or the syncer to a subresource alone, was not made by the syncer', () => {
  const update = { operation: 'Update' as const };
  for (const entry of [
    { manager: 'kubectl', ...update },
    { manager: 'kubestellar-syncer', subresource: 'status', ...update },
  ])
    assert.is(decideCopy(configMap(), configMap({}, { managedFields: [entry] })).do, 'leave');
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
  const made = {
    'edge.kubestellar.io/downsynced': 'ConfigMap/kube-system/c',
    ...markOf('u', 'core/target', 'configmaps/kube-system/c'),
  };
  assert.is(decideCopy(inKubeSystem(), inKubeSystem(made)).do, 'apply');
  for (const annotations of [{}, ADOPT])
    assert.is(decideCopy(inKubeSystem(annotations), inKubeSystem()).do, 'refuse');
});

test("nothing is written, nor deleted, in the syncer's own Namespace, whatever marks it carries", () => {
  const inOwn = (annotations = {}) => configMap(annotations, { namespace: 'kubestellar-syncer-a' });
  const forged = {
    'edge.kubestellar.io/downsynced': 'ConfigMap/kubestellar-syncer-a/c',
    'edge.kubestellar.io/adopted': 'ConfigMap/kubestellar-syncer-a/c',
    ...markOf('u', 'core/target', 'configmaps/kubestellar-syncer-a/c'),
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
      annotations: {
        'edge.kubestellar.io/downsynced': 'Namespace//kubestellar-syncer-a',
        [ORIGIN]: 'core/target/namespaces//kubestellar-syncer-a/',
      },
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
  const annotated = kubeSystem();
  annotated.metadata.annotations = { other: 'x' };
  assert.is(decideCopy(annotated, kubeSystem()).do, 'refuse');
});

test("what kcp and we ourselves note at a Namespace is not wanted of the cluster's own", () => {
  const kubeSystem = (annotations: ObjectMeta['annotations']): Unstructured => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', annotations },
  });
  for (const key of ['kcp.io/cluster', 'edge.kubestellar.io/projected'])
    assert.is(decideCopy(kubeSystem({ [key]: 'x' }), kubeSystem({})).do, 'nothing', key);
});

test('a Namespace that was there before gets labels but is not claimed', () => {
  const namespace: Unstructured = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
  const action = decideCopy(namespace, namespace);
  assert.is(action.do, 'apply');
  if (action.do === 'apply') assert.equal(action.object.metadata.annotations, {});
});

test('a Namespace is not claimed because the syncer has written to it; and other groups have no Namespaces', () => {
  const written = { managedFields: [{ manager: 'kubestellar-syncer', operation: 'Update' as const }] };
  const namespace: Unstructured = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
  const live = { ...namespace, metadata: { name: 'n', ...written } };
  const action = decideCopy(namespace, live);
  assert.equal(action.do === 'apply' && action.object.metadata.annotations, {});
  const other = { ...namespace, apiVersion: 'own.test/v1' };
  assert.is(decideCopy(other, other).do, 'leave');
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

/** As the mailbox workspace has it. */
function sourceOf(object: Unstructured): Unstructured {
  const annotations = { 'kcp.io/cluster': 'w', ...object.metadata.annotations };
  return { ...object, metadata: { uid: 'u', ...object.metadata, annotations } };
}

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
