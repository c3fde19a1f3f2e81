/** Slices decide to which clusters objects go: a tenant who writes one places where no EdgePlacement leads. */
import {
  API_BINDINGS,
  API_EXPORT_ENDPOINT_SLICES,
  API_EXPORTS,
  type APIBinding,
  type APIExport,
  type APIExportEndpointSlice,
  apiVersionOf,
  CLUSTER_ROLE_BINDINGS,
  CONFIG_MAPS,
  EDGE_GROUP,
  EDGE_PLACEMENTS,
  type KubeObject,
  SINGLE_PLACEMENT_SLICES,
  type SinglePlacement,
  type SinglePlacementSlice,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { clusterOf, isApiError, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import {
  arrives,
  create,
  fresh,
  leadsTo,
  leaves,
  namespace,
  ONE,
  place,
  placementIs,
  read,
} from '../objects.ts';
import type { Tenant } from '../tenant.ts';
import { area, type TenantsCore } from './core.ts';

export const slices = area();

const COLLECTION = `/apis/${apiVersionOf(SINGLE_PLACEMENT_SLICES)}/${SINGLE_PLACEMENT_SLICES.plural}`;
const WHERE_RESOLVER = 'kubestellar:where-resolver';

slices(
  'a tenant who writes slices by hand, also as the where-resolver that the tenant impersonates, is refused',
  async (core) => {
    const tenant = await core.tenant();
    const name = fresh();
    await place(tenant.client, name, []);
    await leadsTo(tenant.client, name, ['edge1 edge1']);
    await allow(tenant, WHERE_RESOLVER);
    const before = await sliceOf(tenant.client, name);
    const destinations = [await destinationAt(core, 'edge2')];
    const as = (...groups: string[]) => ({
      'Impersonate-User': [WHERE_RESOLVER],
      ...(groups.length > 0 ? { 'Impersonate-Group': groups } : {}),
    });
    const { kubeconfig } = tenant;
    for (const [who, headers] of [
      ['the tenant', undefined],
      ['the tenant as the where-resolver', as()],
      ['the tenant as the where-resolver, administrator of kcp', as('system:kcp:admin')],
      ['the tenant as the where-resolver, administrator of the server', as('system:masters')],
    ] as const) {
      const client = await KubeClient.fromKubeconfig({ kubeconfig, headers });
      await cannotWriteSlices(who, client, name, destinations);
      await client.connection.close();
    }
    assert.equal(await sliceOf(tenant.client, name), before);
  },
);

slices(
  'a tenant who claims slices by an APIExport is refused to write them through its virtual workspace',
  async (core) => {
    const tenant = await core.tenant();
    const name = fresh();
    await place(tenant.client, name, []);
    await leadsTo(tenant.client, name, ['edge1 edge1']);
    const { status } = (await core.espw.get<APIExport>(API_EXPORTS, { name: EDGE_GROUP })) ?? {};
    const claim = {
      group: EDGE_GROUP,
      resource: SINGLE_PLACEMENT_SLICES.plural,
      identityHash: status?.identityHash,
      verbs: ['*'],
    };
    const exports = newObject('APIExport', name, { permissionClaims: [claim] });
    await tenant.client.create(API_EXPORTS, exports, USER);
    const binding = newObject('APIBinding', name, {
      reference: { export: { path: tenant.workspace, name } },
      permissionClaims: [{ ...claim, state: 'Accepted', selector: { matchAll: true } }],
    });
    await eventually(
      'kcp to find the export',
      () => tenant.client.create(API_BINDINGS, binding, USER),
      (created) => created !== undefined,
      60,
    );
    await eventually(
      'the binding with the claim',
      () => tenant.client.get<APIBinding>(API_BINDINGS, { name }),
      (found) => found?.status?.phase === 'Bound',
      60,
    );
    const endpoints = await eventually(
      'the virtual workspace of the export',
      () => tenant.client.get<APIExportEndpointSlice>(API_EXPORT_ENDPOINT_SLICES, { name }),
      (found) => (found?.status?.endpoints?.length ?? 0) > 0,
      60,
    );
    const { pathname } = new URL(endpoints?.status?.endpoints?.[0]?.url ?? '');
    const slice = await tenant.client.get(SINGLE_PLACEMENT_SLICES, { name });
    assert.ok(slice);
    const claimed = new KubeClient(tenant.client.connection, `${pathname}/clusters/${clusterOf(slice)}`);
    await eventually(
      'the claimed slices to be served',
      () => claimed.list(SINGLE_PLACEMENT_SLICES).catch(() => []),
      (found) => found.length > 0,
      60,
    );
    const before = await sliceOf(tenant.client, name);
    await cannotWriteSlices('the claim', claimed, name, [await destinationAt(core, 'edge2')]);
    assert.equal(await sliceOf(tenant.client, name), before);
  },
);

slices(
  'a destination that somebody could write into a slice by hand is not obeyed, and is reported',
  async (core) => {
    const { home, edge1, edge2, mailboxes } = core;
    const tenant = await core.tenant();
    const in_ = await namespace(tenant.client);
    await create(tenant.client, CONFIG_MAPS, 'smuggled', in_);
    // What a selector that can not be evaluated may select, the where-resolver keeps.
    const like = { matchExpressions: [{ key: 'ring', operator: 'Like' }] };
    const rings = (...locationSelectors: object[]) =>
      place(tenant.client, in_, [{ resources: ['configmaps'], namespaces: [in_] }], { locationSelectors });
    await rings(like);
    await leadsTo(tenant.client, in_, []);
    // kcp itself, which the policy lets pass: the policy is not what protects here.
    const everywhere = await KubeClient.fromKubeconfig({
      kubeconfig: `${home.path}/admin.kubeconfig`,
      context: 'shard-base',
    });
    const destinations = [await destinationAt(core, 'edge2')];
    const kcp = everywhere.workspace(tenant.workspace);
    await kcp.mergePatch(SINGLE_PLACEMENT_SLICES, { name: in_ }, { destinations }, USER);
    const refused = await placementIs(
      tenant.client,
      in_,
      ({ status }) =>
        status?.conditions?.some(
          ({ type, reason }) => type === 'Applied' && reason === 'DestinationsRefused',
        ) ?? false,
    );
    const applied = refused.status?.conditions?.find(({ type }) => type === 'Applied');
    assert.is(applied?.status, 'False');
    assert.match(applied?.message ?? '', /none of its locationSelectors matches the Location "edge2"/);
    await leadsTo(tenant.client, in_, ['edge2 edge2']);
    // It does not come late, either: what is placed rightly comes after it.
    await rings(...ONE, like);
    await arrives(edge1, CONFIG_MAPS, 'smuggled', in_);
    for (const server of [mailboxes.edge2, edge2])
      assert.is(await read(server, CONFIG_MAPS, 'smuggled', in_), undefined);
    await rings(...ONE);
    await leadsTo(tenant.client, in_, ['edge1 edge1']);
    await placementIs(
      tenant.client,
      in_,
      ({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Applied' && status === 'True') ?? false,
    );
    await everywhere.connection.close();
  },
);

slices(
  'slices end with the workspace, the binding or the EdgePlacement that they belong to',
  async (core) => {
    const tenant = await core.tenant();
    const name = fresh();
    await place(tenant.client, name, []);
    await leadsTo(tenant.client, name, ['edge1 edge1']);
    await tenant.client.request(
      'DELETE',
      `/apis/${EDGE_GROUP}/v2alpha1/edgeplacements/${name}?propagationPolicy=Foreground`,
    );
    await leaves(tenant.client, SINGLE_PLACEMENT_SLICES, name);
    // Its slices leave first: what is written to it until it is gone, too, goes with it.
    await leaves(tenant.client, EDGE_PLACEMENTS, name);
    await place(tenant.client, name, []);
    await leadsTo(tenant.client, name, ['edge1 edge1']);
    await tenant.client.delete(API_BINDINGS, { name: 'bind-espw' });
    await leaves(tenant.client, API_BINDINGS, 'bind-espw');
  },
);

/** Asserts that all ways to write slices are closed. */
async function cannotWriteSlices(
  who: string,
  client: KubeClient,
  name: string,
  destinations: readonly SinglePlacement[],
): Promise<void> {
  const own = { ...newObject('SinglePlacementSlice', fresh()), destinations };
  const forged = { ...newObject('SinglePlacementSlice', name), destinations };
  const ways: [string, () => Promise<unknown>][] = [
    ['created', () => client.create(SINGLE_PLACEMENT_SLICES, own, USER)],
    ['applied', () => client.apply(SINGLE_PLACEMENT_SLICES, forged, USER)],
    ['patched', () => client.mergePatch(SINGLE_PLACEMENT_SLICES, { name }, { destinations }, USER)],
    ['deleted', () => client.delete(SINGLE_PLACEMENT_SLICES, { name })],
    ['deleted with all others', () => client.request('DELETE', COLLECTION)],
  ];
  for (const [what, write] of ways) {
    const answer = await write().then(
      () => 'it was allowed',
      (error: unknown) => error,
    );
    assert.ok(isApiError(answer, 403), `${who}: a slice is ${what}: ${String(answer)}`);
  }
}

/** Gives a user all rights in the tenant's workspace, as the tenant may. */
async function allow(tenant: Tenant, user: string): Promise<void> {
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: fresh('all') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
  await tenant.client.create(CLUSTER_ROLE_BINDINGS, binding as KubeObject, USER);
}

function newObject(kind: string, name: string, spec?: object): KubeObject {
  const isOurs = kind === SINGLE_PLACEMENT_SLICES.kind;
  const apiVersion = isOurs ? apiVersionOf(SINGLE_PLACEMENT_SLICES) : 'apis.kcp.io/v1alpha2';
  return { apiVersion, kind, metadata: { name }, ...(spec ? { spec } : {}) };
}

async function sliceOf(client: KubeClient, name: string): Promise<SinglePlacementSlice | undefined> {
  return client.get<SinglePlacementSlice>(SINGLE_PLACEMENT_SLICES, { name });
}

/** The destination that the cluster of this name is. */
async function destinationAt({ imw }: TenantsCore, name: string): Promise<SinglePlacement> {
  const target = await imw.get(SYNC_TARGETS, { name });
  assert.ok(target);
  const { uid = '' } = target.metadata;
  return { cluster: clusterOf(target), locationName: name, syncTargetName: name, syncTargetUID: uid };
}
