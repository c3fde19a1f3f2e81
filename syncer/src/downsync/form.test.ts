import type { Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Role } from '../marks.ts';
import { toWecForm as form, markFor } from './form.ts';

const test = suite('WEC form');

const origin = { core: 'core', syncTarget: 'target' };
const toWecForm = (source: Unstructured, role?: Role) =>
  form(source, markFor(source, `${source.kind.toLowerCase()}s`, origin), role);

test('what the user said is copied, what a server added is not', () => {
  const source: Unstructured = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'ns1',
      uid: 'u',
      resourceVersion: '5',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['f.test/x'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'o' }],
      managedFields: [{ manager: 'm' }],
      labels: { app: 'web', 'internal.kcp.io/x': '1' },
      annotations: {
        note: 'n',
        'kcp.io/cluster': 'abc',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'edge.kubestellar.io/upsynced': 'x',
      },
    },
    spec: { replicas: 2 },
    status: { replicas: 2 },
  };
  assert.equal(toWecForm(source), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'ns1',
      labels: { app: 'web', 'edge.kubestellar.io/projected': 'yes' },
      annotations: {
        note: 'n',
        'edge.kubestellar.io/downsynced': 'Deployment/ns1/web',
        'edge.kubestellar.io/origin': 'core/target/deployments/ns1/web/abc:u',
      },
    },
    spec: { replicas: 2 },
  });
});

test('the mark names what the placement-translator made the source of, and never what it was inherited from', () => {
  const source = (annotation: string): Unstructured => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'c',
      namespace: 'n',
      uid: 'u',
      annotations: { 'kcp.io/cluster': 'mailbox', 'edge.kubestellar.io/origin': annotation },
    },
  });
  const sources = (annotation: string) => markFor(source(annotation), 'configmaps', origin).sources;
  assert.equal(sources('core/target/configmaps/n/c/w1:a,w2:b'), [
    { cluster: 'w1', uid: 'a' },
    { cluster: 'w2', uid: 'b' },
  ]);
  for (const inherited of ['', 'core/target/secrets/n/c/w1:a', 'core/target/configmaps/n/other/w1:a'])
    assert.equal(sources(inherited), [{ cluster: 'mailbox', uid: 'u' }], inherited);
});

test('a definition gets back the conversion that its user wrote, and the annotation that kept it stays behind', () => {
  const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } };
  const definition = (kept: string): Unstructured => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'a.b', annotations: { 'edge.kubestellar.io/conversion': kept } },
    spec: { group: 'b', conversion: { strategy: 'None' } },
  });
  const copy = toWecForm(definition(JSON.stringify(conversion)));
  assert.equal(copy.spec, { group: 'b', conversion });
  assert.not('edge.kubestellar.io/conversion' in (copy.metadata.annotations ?? {}));
  for (const broken of ['', '{', 'null', '[]', '"x"'])
    assert.equal(toWecForm(definition(broken)).spec, { group: 'b', conversion: { strategy: 'None' } });
  const other = { ...definition(JSON.stringify(conversion)), kind: 'Thing' };
  assert.equal(toWecForm(other).spec, other.spec);
});

test('content outside of spec is copied', () => {
  const copy = toWecForm({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'n' },
    type: 'Opaque',
    data: { a: 'YQ==' },
  });
  assert.is(copy.type, 'Opaque');
  assert.equal(copy.data, { a: 'YQ==' });
});

test('of a Namespace only metadata goes down, without the label that every server sets', () => {
  const copy = toWecForm({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'n', labels: { 'kubernetes.io/metadata.name': 'n', team: 'a' } },
    spec: { finalizers: ['kubernetes'] },
  });
  assert.is(copy.spec, undefined);
  assert.equal(copy.metadata.labels, { team: 'a', 'edge.kubestellar.io/projected': 'yes' });
});

test('a ServiceAccount goes without its token Secrets', () => {
  const copy = toWecForm({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'sa', namespace: 'n' },
    secrets: [{ name: 'token' }],
    imagePullSecrets: [{ name: 'pull' }],
  });
  assert.is('secrets' in copy, false);
  assert.equal(copy.imagePullSecrets, [{ name: 'pull' }]);
});

test('a create-only source makes a copy that says "false", however the source puts it', () => {
  const copy = toWecForm({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'n', annotations: { 'edge.kubestellar.io/downsync-overwrite': 'no' } },
  });
  assert.is(copy.metadata.annotations?.['edge.kubestellar.io/downsync-overwrite'], 'false');
});

test('an unclaimed copy lacks the identity', () => {
  const copy = toWecForm({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }, 'foreign');
  assert.equal(copy.metadata.annotations, {});
});

test('a twin becomes what it stands for', () => {
  const twin = {
    apiVersion: 'rbac.authorization.k8s.io.denatured/v1',
    kind: 'ClusterRole',
    metadata: { name: 'reader' },
  };
  assert.is(toWecForm(twin).apiVersion, 'rbac.authorization.k8s.io/v1');
});

test.run();
