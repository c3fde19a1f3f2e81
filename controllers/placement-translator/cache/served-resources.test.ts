import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  API_BINDINGS,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  type Resource,
  ROLES,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { loggerOf, objectOf } from '../fixtures.ts';
import { BOUND_CRDS, byVersionPriority, Catalog } from './served-resources.ts';

const versions = suite('the preferred version of a resource');

versions('stable before beta before alpha, higher numbers first (Kubernetes convention)', () => {
  const given = ['v1alpha1', 'v1beta1', 'v10', 'v2', 'v2beta1', 'v1', 'weird', 'v1beta2'];
  const expected = ['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1beta1', 'v1alpha1', 'weird'];
  assert.equal(given.sort(byVersionPriority), expected);
});

versions.run();

const listed = suite('the types that kcp lists across workspaces');
const IDENTITY = 'a'.repeat(64);
const WIDGETS: Resource = {
  group: 'example.test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

/** Stands in for a kcp without any CRD or APIBinding, of which ConfigMaps and Roles are native kinds. */
const kcp = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://kcp');
  const path = pathname.replace(/^\/clusters\/[^/]+/, '');
  response.setHeader('Content-Type', 'application/json');
  if (path === '/api') response.end(discovery(CONFIG_MAPS));
  else if (path === '/apis') response.end(discovery(ROLES));
  else if (searchParams.get('watch') === 'true') response.flushHeaders();
  else response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
});
let catalog: Catalog;

/** An answer of aggregated discovery. */
function discovery({ group, version, plural, kind }: Resource): string {
  const verbs = ['get', 'list', 'watch'];
  const resources = [{ resource: plural, responseKind: { kind }, scope: 'Namespaced', verbs }];
  return JSON.stringify({ items: [{ metadata: { name: group }, versions: [{ version, resources }] }] });
}

listed.before(async () => {
  await new Promise<void>((resolve) => kcp.listen(0, '127.0.0.1', resolve));
  const { port } = kcp.address() as AddressInfo;
  const contents = JSON.stringify({
    clusters: [
      { name: 'kcp', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'kcp', context: { cluster: 'kcp', user: 'nobody' } }],
    'current-context': 'kcp',
  });
  const client = await KubeClient.fromKubeconfig({ contents });
  catalog = new Catalog(client, client.workspace('root'), createLogger('test', -1));
  await catalog.start();
});

listed.after(async () => {
  await catalog?.stop();
  kcp.closeAllConnections();
  kcp.close();
});

for (const [title, resource, identity, expected] of [
  ['a native kind of the core group', CONFIG_MAPS, '', true],
  ['a native kind of another group', ROLES, '', true],
  ['an exported kind of its own name', WIDGETS, IDENTITY, true],
  ['a kind of a CustomResourceDefinition', WIDGETS, 'crd', true],
  ['a namesake of a native kind by a CustomResourceDefinition', ROLES, 'crd', true],
  ['an exported namesake of a native kind of the core group', CONFIG_MAPS, IDENTITY, true],
  ['an exported namesake of a native kind of another group', ROLES, IDENTITY, false],
] as const)
  listed(`${title} is ${expected ? '' : 'not '}listed`, () => {
    assert.is(catalog.isListed({ resource, identity }), expected);
  });

listed.run();

const served = suite('what each workspace serves');

let version = 1;
const definition = (cluster: string, name: string, statuses: Record<string, string>, more: object = {}) =>
  objectOf(
    CUSTOM_RESOURCE_DEFINITIONS,
    cluster,
    name,
    { creationTimestamp: '2026-01-01T00:00:00Z', resourceVersion: `${version++}` },
    {
      spec: {
        group: WIDGETS.group,
        names: { plural: 'widgets', kind: 'Widget' },
        scope: 'Namespaced',
        versions: [
          { name: 'v1', served: true, subresources: { status: {} }, schema: { large: true } },
          { name: 'v2', served: false },
        ],
        ...more,
      },
      status: { conditions: Object.entries(statuses).map(([type, status]) => ({ type, status })) },
    },
  );
const ACCEPTED = { NamesAccepted: 'True', Established: 'True' };
const binding = (cluster: string, identityHash: string) =>
  objectOf(
    API_BINDINGS,
    cluster,
    'bind',
    { creationTimestamp: '2026-02-02T00:00:00Z' },
    {
      status: {
        boundResources: [
          { group: WIDGETS.group, resource: 'widgets', schema: { UID: 'uid-1', identityHash } },
        ],
      },
    },
  );

/** A server with ConfigMaps everywhere; `changed` are the workspaces of which is told that something may be new. */
async function world(fill: (server: FakeServer) => unknown) {
  const server = new FakeServer();
  server.served.push(CONFIG_MAPS);
  fill(server);
  const all = new Catalog(server.client, server.client.workspace('root'), loggerOf());
  const changed: string[] = [];
  all.onChange((cluster) => changed.push(cluster));
  await all.start();
  return { server, all, changed };
}

served('native kinds are served everywhere, those of CRDs and bindings in their workspaces', async () => {
  const { all } = await world((server) =>
    server
      .put('w1', CUSTOM_RESOURCE_DEFINITIONS, definition('w1', 'widgets.example.test', ACCEPTED))
      .put('w2', API_BINDINGS, binding('w2', IDENTITY))
      .put(BOUND_CRDS, CUSTOM_RESOURCE_DEFINITIONS, definition(BOUND_CRDS, 'uid-1', ACCEPTED)),
  );
  assert.ok(all.synced);
  const name = 'widgets.example.test';
  assert.equal(
    ['w1', 'w2', 'w3'].map((cluster) => all.typeIn(cluster, name)?.identity),
    ['crd', IDENTITY, undefined],
  );
  assert.equal(
    ['w1', 'w3'].map((cluster) => all.typesIn(cluster).length),
    [2, 1],
  );
  assert.equal([all.isNative('configmaps'), all.isNative(name)], [true, false]);
  assert.equal(all.typeIn('w1', name)?.resource, WIDGETS);
  await all.stop();
});

served('who defines a kind is known, with what it defines, its schema and since when', async () => {
  const { all } = await world((server) =>
    server
      .put('w1', CUSTOM_RESOURCE_DEFINITIONS, definition('w1', 'widgets.example.test', ACCEPTED))
      .put('w2', API_BINDINGS, binding('w2', IDENTITY))
      .put(BOUND_CRDS, CUSTOM_RESOURCE_DEFINITIONS, definition(BOUND_CRDS, 'uid-1', ACCEPTED)),
  );
  const name = 'widgets.example.test';
  const [crd, bound] = [all.definerIn('w1', name), all.definerIn('w2', name)];
  assert.equal([crd?.key, bound?.key], ['w1//widgets.example.test', 'w2//bind']);
  assert.is(all.definerIn('w1', 'configmaps'), undefined);
  assert.equal(crd && all.definedBy(crd), [name]);
  assert.equal(bound && all.definedBy(bound), [name]);
  assert.is(all.schemaIn('w2', name)?.metadata.name, 'uid-1');
  assert.equal(
    [all.since('w1', name), all.since('w2', name), all.since('w1', 'configmaps')],
    ['2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z', ''],
  );
  assert.equal([all.bindingsIn('w2').length, all.definitionsIn('w1').length], [1, 1]);
  const kept = all.definition('w1', name)?.spec?.versions;
  assert.equal(
    kept,
    [
      { name: 'v1', served: true },
      { name: 'v2', served: false },
    ],
    'schemas are not kept',
  );
  await all.stop();
});

served(
  'a kind is not served before its names are accepted, nor by an identity that kcp has not made',
  async () => {
    const name = 'widgets.example.test';
    const { all, server, changed } = await world((server) =>
      server
        .put('w1', CUSTOM_RESOURCE_DEFINITIONS, definition('w1', name, { NamesAccepted: 'False' }))
        .put('w2', API_BINDINGS, binding('w2', '../invented'))
        .put(BOUND_CRDS, CUSTOM_RESOURCE_DEFINITIONS, definition(BOUND_CRDS, 'uid-1', ACCEPTED)),
    );
    assert.equal([all.typeIn('w1', name), all.typeIn('w2', name)], [undefined, undefined]);
    changed.length = 0;
    server.put('w1', CUSTOM_RESOURCE_DEFINITIONS, definition('w1', name, ACCEPTED));
    await until(() => changed.length > 0);
    assert.equal([changed, all.typeIn('w1', name)?.identity], [['w1'], 'crd']);
    await all.stop();
  },
);

served('a status that is a field as any other is known as such', async () => {
  const properties = { openAPIV3Schema: { properties: { status: {} } } };
  const versions = [{ name: 'v1', served: true, schema: properties }];
  const { all } = await world((server) =>
    server.put(
      'w1',
      CUSTOM_RESOURCE_DEFINITIONS,
      definition('w1', 'widgets.example.test', ACCEPTED, { versions }),
    ),
  );
  assert.is(all.typeIn('w1', 'widgets.example.test')?.statusWithin, true);
  await all.stop();
});

served.run();
