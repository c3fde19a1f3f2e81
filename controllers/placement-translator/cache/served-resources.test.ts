import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONFIG_MAPS, type Resource, ROLES } from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { byVersionPriority, Catalog } from './served-resources.ts';

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
