/** APIs of a tenant that have the name of a native kind. */
import {
  API_BINDINGS,
  API_EXPORTS,
  API_RESOURCE_SCHEMAS,
  type APIBinding,
  CLUSTER_ROLES,
  type KubeObject,
  LOGICAL_CLUSTERS,
  type Resource,
} from '@kubestellar/api';
import { clusterOf, isApiError, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import type { Tenant } from '../tenant.ts';
import { area } from './core.ts';

export const namesakes = area();

const NATIVE: readonly Resource[] = [
  { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  CLUSTER_ROLES,
];

/** Seconds that kcp may take to bind an API. */
const PATIENCE = 60;
/** How often the virtual workspace is asked once all is settled. */
const TIMES = 20;

namesakes('exported namesakes of native kinds show no native objects of any workspace', async (core) => {
  const tenant = await core.tenant();
  await Promise.all(NATIVE.map((resource) => showsNothing(tenant, resource)));
});

namesakes(
  'a native object whose name looks like a kind with an identity is read like any other',
  async (core) => {
    const { client } = await core.tenant();
    const rules = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
    for (const name of ['clusterroles:reader', 'clusterroles:clusterroles:a']) {
      await client.create<KubeObject>(CLUSTER_ROLES, { ...rules, metadata: { name } }, USER);
      assert.is((await client.get(CLUSTER_ROLES, { name }))?.metadata.name, name);
      await client.delete(CLUSTER_ROLES, { name });
    }
  },
);

/** Exports an API of this name, and looks through its virtual workspace before, while and after it is bound. */
async function showsNothing(tenant: Tenant, resource: Resource): Promise<void> {
  const { client } = tenant;
  await exportNamesake(tenant, resource);
  const itself = await client.get(LOGICAL_CLUSTERS, { name: 'cluster' });
  assert.ok(itself);
  const base = `/services/apiexport/${clusterOf(itself)}/${resource.plural}/clusters/*`;
  const everywhere = new KubeClient(client.connection, base);
  const look = async () => {
    // What kcp does not serve, for want of a binding for instance, shows nothing either.
    const { items } = await everywhere.listPage(resource).catch((error: unknown) => {
      if (isApiError(error, 404, 500)) return { items: [] };
      throw error;
    });
    const where = items.map(clusterOf).join(', ');
    assert.is(where, '', `${resource.plural} of other workspaces are shown`);
  };
  const ref = { name: resource.plural };
  const binding = () => client.get<APIBinding>(API_BINDINGS, ref);
  // kcp refuses to bind an export that it has not seen yet.
  const bind = () => client.create(API_BINDINGS, bindingTo(tenant, resource), USER);
  await eventually('the export to be known', bind, Boolean);
  await until(look, async () => (await binding())?.status?.phase === 'Bound');
  await client.delete(API_BINDINGS, ref);
  await until(look, async () => (await binding()) === undefined);
}

async function exportNamesake({ client }: Tenant, resource: Resource): Promise<void> {
  const { group, version, plural, kind, namespaced } = resource;
  const schema = `v1.${plural}.${group || 'core'}`;
  const approved = { 'api-approved.kubernetes.io': 'https://example.test' };
  await client.create(
    API_RESOURCE_SCHEMAS,
    object(
      API_RESOURCE_SCHEMAS,
      schema,
      {
        group,
        names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
        scope: namespaced ? 'Namespaced' : 'Cluster',
        versions: [
          {
            ...{ name: version, served: true, storage: true, subresources: {} },
            schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        ],
      },
      approved,
    ),
    USER,
  );
  const resources = [{ group, name: plural, schema, storage: { crd: {} } }];
  await client.create(API_EXPORTS, object(API_EXPORTS, plural, { resources }), USER);
}

/** Does something again and again until something else is so, and some times more. */
async function until(act: () => Promise<void>, isReached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE * 1000;
  while (!(await isReached())) {
    await act();
    assert.ok(Date.now() < deadline, `kcp has taken more than ${PATIENCE} s`);
  }
  for (let n = 0; n < TIMES; n++) await act();
}

function bindingTo({ workspace }: Tenant, { plural }: Resource): KubeObject {
  return object(API_BINDINGS, plural, { reference: { export: { path: workspace, name: plural } } });
}

function object(
  { group, version, kind }: Resource,
  name: string,
  spec: object,
  annotations = {},
): KubeObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name, annotations }, spec };
}
