import { assert, suite } from '@kubestellar/testing';
import { crds, espwManifests } from './espw.ts';
import type { KindDefinition } from './kinds/definition.ts';
import type { EdgePlacement } from './kinds/edge-placement.ts';
import { EDGE_KINDS } from './kinds/index.ts';
import { apiResourceSchema } from './manifests.ts';

const test = suite('manifests');

const widget: KindDefinition = {
  resource: { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true },
  singular: 'widget',
  listKind: 'WidgetList',
  shortNames: [],
  categories: [],
  printerColumns: [],
  subresources: {},
  schema: { type: 'object', properties: { size: { type: 'integer' } } },
};

test('the name of a schema changes exactly when its contents do', () => {
  const name = apiResourceSchema(widget).metadata.name;
  assert.match(name, /^v1-[0-9a-f]{8}\.widgets\.example\.com$/);
  assert.is(apiResourceSchema(structuredClone(widget)).metadata.name, name);
  assert.is.not(apiResourceSchema({ ...widget, shortNames: ['w'] }).metadata.name, name);
  assert.is.not(apiResourceSchema({ ...widget, subresources: { status: {} } }).metadata.name, name);
});

test('the schema of a kind of a protected group has the approval annotation', () => {
  const inGroup = (group: string) =>
    Object.keys(
      apiResourceSchema({ ...widget, resource: { ...widget.resource, group } }).metadata.annotations ?? {},
    );
  assert.equal(inGroup('node.k8s.io'), ['api-approved.kubernetes.io']);
  assert.equal(inGroup('x.kubernetes.io'), ['api-approved.kubernetes.io']);
  assert.equal(inGroup('apps'), []);
  assert.equal(inGroup('notk8s.io'), []);
});

test('a core kind has "core" for the empty group in its schema name only', () => {
  const { metadata, spec } = apiResourceSchema({ ...widget, resource: { ...widget.resource, group: '' } });
  assert.match(metadata.name, /\.widgets\.core$/);
  assert.is(spec.group, '');
});

test('an export refers to its schemas', () => {
  const { schemas, exports } = espwManifests();
  const offered = exports.flatMap((entry) => entry.spec?.resources ?? []);
  assert.equal(
    offered.map(({ schema }) => schema),
    schemas.map(({ metadata }) => metadata.name),
  );
});

test('all nine kinds exist as CRDs, and those with a status have the subresource', () => {
  const withStatus = [
    'edgeplacements',
    'edgesyncconfigs',
    'locations',
    'statuscollectors',
    'syncerconfigs',
    'synctargets',
  ];
  assert.is(crds().length, 9);
  assert.equal(
    EDGE_KINDS.filter((kind) => kind.subresources.status).map((kind) => kind.resource.plural),
    withStatus,
  );
});

test('a type that is derived from a schema admits the documented object', () => {
  const documented: EdgePlacement = {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name: 'ep1' },
    spec: {
      locationSelectors: [{ matchLabels: { env: 'prod' } }],
      downsync: [{ apiGroup: 'apps', resources: ['deployments'], namespaces: ['ns1'], objectNames: ['*'] }],
      upsync: [{ apiGroup: 'g.test', resources: ['widgets'], names: ['*'] }],
    },
    status: { specGeneration: 1, matchingLocationCount: 2 },
  };
  // @ts-expect-error: a test without an API group is invalid
  documented.spec?.downsync?.push({ resources: ['pods'] });
  assert.is(documented.spec?.downsync?.length, 2);
});

test.run();
