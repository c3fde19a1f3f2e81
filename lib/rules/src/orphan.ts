import {
  API_BINDINGS,
  type APIBinding,
  EDGE_GROUP,
  LOGICAL_CLUSTERS,
  parseMailboxWorkspaceName,
  SYNC_TARGET_NAME,
  SYNC_TARGETS,
  type SyncTarget,
  type Workspace,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { isNotFound } from '@kubestellar/kube';

/**
 * Checks at the server whether the SyncTarget of a mailbox workspace is deleted. A mailbox workspace contains what
 * runs in a cluster, so its deletion takes proof: an error or a watch without the object is none.
 *
 * @param everywhere a client that may read in all workspaces
 * @throws Error when the responses prove neither
 */
export async function isOrphan(everywhere: KubeClient, workspace: Workspace): Promise<boolean> {
  const { name } = workspace.metadata;
  const owner = parseMailboxWorkspaceName(name);
  if (!owner) return false;
  const inventory = everywhere.workspace(owner.cluster);
  try {
    const target = await findSyncTarget(inventory, owner.syncTargetUID, workspace);
    return target === undefined || target.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  // The type is not served there: the workspace is deleted, or no longer binds our API and so lost its objects.
  if (!(await inventory.get(LOGICAL_CLUSTERS, { name: 'cluster' }))) return true;
  const bindings = await inventory.list<APIBinding>(API_BINDINGS);
  if (!bindings.some(({ spec }) => spec?.reference.export.name === EDGE_GROUP)) return true;
  throw new Error(
    `mailbox workspace ${name} is kept: its SyncTarget cannot be read, because workspace ${owner.cluster} ` +
      `binds ${EDGE_GROUP} but does not serve it; look at the conditions of its APIBinding`,
  );
}

async function findSyncTarget(inventory: KubeClient, uid: string, workspace: Workspace) {
  const name = workspace.metadata.annotations?.[SYNC_TARGET_NAME];
  const named = name ? await inventory.get<SyncTarget>(SYNC_TARGETS, { name }) : undefined;
  if (named?.metadata.uid === uid) return named;
  // The annotation may be missing or wrong; the uid never is.
  if (name && !named) return undefined;
  const all = await inventory.list<SyncTarget>(SYNC_TARGETS);
  return all.find(({ metadata }) => metadata.uid === uid);
}
