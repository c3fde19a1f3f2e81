/** What no attack is needed for to be tried: the rights of a tenant end at the borders of the tenant's workspace. */
import {
  API_BINDINGS,
  CONFIG_MAPS,
  type KubeObject,
  LOGICAL_CLUSTERS,
  SECRETS,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
  WORKSPACE_TYPE,
  WORKSPACES,
} from '@kubestellar/api';
import { clusterOf, isApiError, KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { create, namespace } from '../objects.ts';
import { area } from './core.ts';

export const workspaces = area();

workspaces('a tenant reads and writes nothing in other workspaces and mailbox workspaces', async (core) => {
  const [tenant, neighbour] = [await core.tenant(), await core.tenant()];
  const own = await namespace(tenant.client);
  await create(tenant.client, SECRETS, 'mine', own);
  assert.ok(await tenant.client.get(SECRETS, { name: 'mine', namespace: own }));
  const in_ = await namespace(neighbour.client);
  await create(neighbour.client, SECRETS, 'theirs', in_);
  const others = [
    neighbour.workspace,
    core.mailboxes.edge1.workspaceName,
    'root:espw',
    'root:imw1',
    'root',
    '*',
  ];
  for (const path of others) {
    const there = tenant.client.workspace(path);
    for (const resource of [SECRETS, CONFIG_MAPS, API_BINDINGS, SYNC_TARGETS, SYNCER_CONFIGS])
      await isRefused(`${resource.plural} of ${path} are listed`, there.list(resource));
    await isRefused(`a Secret is created in ${path}`, create(there, SECRETS, 'x', 'default'));
  }
});

workspaces('a user to whom nobody has given a workspace does not get one', async ({ home }) => {
  const stranger = await KubeClient.fromKubeconfig({
    kubeconfig: `${home.path}/admin.kubeconfig`,
    context: 'system:admin',
    headers: { 'Impersonate-User': ['stranger'], 'Impersonate-Group': ['system:authenticated'] },
  });
  const root = stranger.workspace('root');
  assert.is(await root.get(WORKSPACES, { name: '~' }).catch(noRights), undefined, 'a home workspace');
  const own = { apiVersion: 'tenancy.kcp.io/v1alpha1', kind: 'Workspace', metadata: { name: 'own' } };
  await isRefused('a workspace in root', root.create<KubeObject>(WORKSPACES, own, USER));
  await stranger.connection.close();
});

workspaces('a tenant cannot give its workspace the path of another one', async (core) => {
  const { client } = await core.tenant();
  const self = { name: 'cluster' };
  for (const annotations of [
    { 'kcp.io/path': 'root:espw' },
    { 'kcp.io/path': null },
    { 'internal.tenancy.kcp.io/type': 'root:organization' },
  ])
    await isRefused(
      `the LogicalCluster gets ${JSON.stringify(annotations)}`,
      client.mergePatch(LOGICAL_CLUSTERS, self, { metadata: { annotations } }, USER),
    );
  // The rest of its annotations is the tenant's.
  const own = { metadata: { annotations: { 'example.com/team': 'a' } } };
  await client.mergePatch(LOGICAL_CLUSTERS, self, own, USER);
});

workspaces('a child workspace of a tenant cannot stand for another workspace', async (core) => {
  const { client, admin } = await core.tenant();
  const elsewhere = await core.espw.get(LOGICAL_CLUSTERS, { name: 'cluster' });
  assert.ok(elsewhere);
  const annotations = { 'internal.tenancy.kcp.io/cluster': clusterOf(elsewhere) };
  const child = (name: string): KubeObject => ({
    apiVersion: 'tenancy.kcp.io/v1alpha1',
    kind: 'Workspace',
    metadata: { name },
    spec: { type: { ...WORKSPACE_TYPE } },
  });
  const posing = child('posing');
  await isRefused(
    'a child workspace is created that poses as another one',
    client.create(WORKSPACES, { ...posing, metadata: { ...posing.metadata, annotations } }, USER),
  );
  // One of a ServiceAccount never becomes ready: it is nobody in there.
  await admin.create(WORKSPACES, child('child'), USER);
  const ref = { name: 'child' };
  const pose = () => client.mergePatch(WORKSPACES, ref, { metadata: { annotations } }, USER);
  await isRefused('a child workspace is made to pose as another one', pose());
  const phase = async () => ((await client.get(WORKSPACES, ref))?.status as { phase?: string })?.phase;
  await eventually('the child workspace', phase, (found) => found === 'Ready', 60);
  await isRefused('a ready child workspace is made to pose as another one', pose());
});

workspaces('a tenant impersonates nobody with rights that kcp keeps in extra fields', async (core) => {
  const { kubeconfig } = await core.tenant();
  const read = async (extra: Record<string, string>) => {
    const headers = { 'Impersonate-User': ['somebody'], ...extraHeaders(extra) };
    const client = await KubeClient.fromKubeconfig({ kubeconfig, headers });
    try {
      return await client.list(CONFIG_MAPS);
    } finally {
      await client.connection.close();
    }
  };
  const masters = JSON.stringify({ user: 'shard-admin', groups: ['system:masters'] });
  const reserved: Record<string, string>[] = [
    { 'authorization.kcp.io%2Fwarrant': masters },
    { 'Authorization.Kcp.Io%2fWarrant': masters },
    { 'authorization.kcp.io%2F%77arrant': masters },
    { 'authentication.kcp.io%2Fscopes': 'cluster:root' },
    { 'authentication.kcp.io%2Fcluster-name': 'root' },
  ];
  for (const extra of reserved) {
    const answer = await read(extra).catch((error: unknown) => error);
    assert.match(String(answer), /the extra field "[^"]*" cannot be impersonated/, JSON.stringify(extra));
  }
  // Others mean nothing to kcp. Whom they name has no rights here, and is told just that.
  const answer = await read({ 'example.com%2Fteam': 'a' }).catch((error: unknown) => error);
  assert.match(String(answer), /"somebody" cannot list resource "configmaps"/);
});

/** @throws what is no want of rights */
function noRights(error: unknown): undefined {
  if (!isApiError(error, 403)) throw error;
}

function extraHeaders(extra: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(extra).map(([key, value]) => [`Impersonate-Extra-${key}`, [value]]),
  );
}

/** Asserts that a request is refused for want of rights. */
async function isRefused(what: string, request: Promise<unknown>): Promise<void> {
  const answer = await request.then(
    () => 'it was allowed',
    (error: unknown) => error,
  );
  assert.ok(isApiError(answer, 401, 403), `${what}: ${String(answer)}`);
}
