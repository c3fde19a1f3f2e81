import type { CustomResourceDefinition } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { projectionOf } from '../copies/projection.ts';
import { apiOf, definitionOf, identityOfDefinition } from './definition.ts';

const test = suite('the CRD that stands for an export');

const HASH = 'a'.repeat(64);
const versions = [
  { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
];
const bound = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'uid-of-schema',
    uid: 'x',
    annotations: {
      'api-approved.kubernetes.io': 'https://example.test',
      'apis.kcp.io/bound-crd': '',
      'kcp.io/cluster': 'system:bound-crds',
    },
  },
  spec: {
    group: 'own.test',
    names: { plural: 'widgets', kind: 'Widget' },
    scope: 'Namespaced',
    versions,
    conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'https://tenant.test' } } },
  },
} as CustomResourceDefinition;

test('has names, scope and versions, and no webhook and no annotation of kcp', () => {
  const { metadata, spec } = definitionOf(bound, HASH);
  assert.is(metadata.name, 'widgets.own.test');
  assert.equal(metadata.annotations, {
    'edge.kubestellar.io/api': `${HASH}/uid-of-schema`,
    'api-approved.kubernetes.io': 'https://example.test',
  });
  assert.equal(spec as unknown, {
    group: 'own.test',
    names: { plural: 'widgets', kind: 'Widget' },
    scope: 'Namespaced',
    versions,
  });
});

test('says what it stands for; a CRD of a tenant stands for itself, whatever it says in its workspace', () => {
  assert.is(identityOfDefinition(definitionOf(bound, HASH).metadata.annotations), HASH);
  assert.is(identityOfDefinition({}), 'crd');
  const forged = {
    ...bound,
    metadata: { name: 'widgets.own.test', annotations: { 'edge.kubestellar.io/api': apiOf(HASH, 'x') } },
  };
  const type = {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  };
  assert.is(identityOfDefinition(projectionOf(type, 'widgets.own.test', forged).metadata.annotations), 'crd');
});

test.run();
