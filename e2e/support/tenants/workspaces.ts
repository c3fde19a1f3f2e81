/** What no attack is needed for to be tried: the rights of a tenant end at the borders of the tenant's workspace. */
import { API_BINDINGS, CONFIG_MAPS, SECRETS, SYNC_TARGETS, SYNCER_CONFIGS } from '@kubestellar/api';
import { isApiError } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
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

/** Asserts that a request is refused for want of rights. */
async function isRefused(what: string, request: Promise<unknown>): Promise<void> {
  const answer = await request.then(
    () => 'it was allowed',
    (error: unknown) => error,
  );
  assert.ok(isApiError(answer, 401, 403), `${what}: ${String(answer)}`);
}
