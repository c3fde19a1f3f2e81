import {
  CONFIG_MAPS,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  SERVICE_ACCOUNTS,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { objectOf } from '../fixtures.ts';
import type { Want } from '../keys.ts';
import { isProjected, projectionOf, withPlacements } from './projection.ts';

const test = suite('the mailbox copy of an object (spec semantics 6.1)');

test('content, labels and annotations of the user are copied; what servers and tools added is not', () => {
  const source = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'cm1',
      namespace: 'ns1',
      uid: 'u',
      resourceVersion: '7',
      generation: 3,
      creationTimestamp: 'then',
      finalizers: ['a/b'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'x' }],
      managedFields: [],
      labels: { app: 'web', 'internal.kcp.io/x': '1' },
      annotations: {
        note: 'mine',
        'kcp.io/cluster': 'abc',
        'edge.kubestellar.io/conversion': '{"strategy":"Webhook"}',
        'edge.kubestellar.io/origin': 'core/target/configmaps/ns1/cm1/w:forged',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
    },
    data: { a: 'b' },
    status: { seen: true },
  } as KubeObject;
  assert.equal(projectionOf(CONFIG_MAPS, 'cm1', source), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'cm1',
      namespace: 'ns1',
      labels: { app: 'web', 'edge.kubestellar.io/projected': 'yes' },
      annotations: { note: 'mine' },
    },
    data: { a: 'b' },
  });
});

test('of a Namespace and a ServiceAccount only what is not each server its own', () => {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'ns1', labels: { 'kubernetes.io/metadata.name': 'ns1', team: 'a' } },
    spec: { finalizers: ['kubernetes'] },
  };
  const copy = projectionOf(NAMESPACES, 'ns1', namespace);
  assert.is(copy.spec, undefined);
  assert.equal(copy.metadata.labels, { team: 'a', 'edge.kubestellar.io/projected': 'yes' });
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'a', namespace: 'n' },
    secrets: [{}],
  };
  assert.not('secrets' in projectionOf(SERVICE_ACCOUNTS, 'a', account));
});

test('a copy is recognized by its label', () => {
  assert.ok(
    isProjected(
      projectionOf(CONFIG_MAPS, 'x', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }),
    ),
  );
  assert.not(isProjected({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }));
});

test('a copy says who has led it there, what defines its kind, and what becomes of it in the end', () => {
  const want = (placements: string[], more: Partial<Want> = {}): Want => ({
    source: { type: { resource: CONFIG_MAPS, identity: '' }, key: 'w/ns/x' },
    destinations: [],
    wantReturn: false,
    placements,
    ...more,
  });
  const copy = (annotations?: ObjectMeta['annotations']) =>
    objectOf(CONFIG_MAPS, 'm', 'x', annotations ? { annotations } : {});
  const said = (object: KubeObject) =>
    ['placed-by', 'defined-by', 'deletion-policy'].map(
      (key) => object.metadata.annotations?.[`edge.kubestellar.io/${key}`],
    );
  const wants = [want(['b', 'a']), want(['b'], { isOrphaned: true })];
  assert.equal(said(withPlacements(copy(), wants, ['d', undefined, 'c', 'd'])), ['a,b', 'c,d', 'Orphan']);
  assert.equal(said(withPlacements(copy(), [want([])], [undefined])), ['', '', undefined]);
  const own = copy({ 'edge.kubestellar.io/deletion-policy': 'Delete' });
  assert.equal(said(withPlacements(own, wants, [])), ['a,b', '', 'Delete']);
  const claimed = copy({ 'edge.kubestellar.io/placed-by': 'me', 'edge.kubestellar.io/defined-by': 'me' });
  assert.equal(said(projectionOf(CONFIG_MAPS, 'x', claimed)), [undefined, undefined, undefined]);
});

test.run();
