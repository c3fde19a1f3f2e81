import { FIELD_MANAGERS, WORKSPACE_TYPE, WORKSPACES, type Workspace } from '@kubestellar/api';
import { isAlreadyExists, type KubeClient } from '@kubestellar/kube';
import type { Output } from '../shell/output.ts';
import { recordChange } from './changes.ts';
import { watchUntil } from './watch.ts';

/** How our workspaces' type is written. */
export const TYPE = `${WORKSPACE_TYPE.path}:${WORKSPACE_TYPE.name}`;

const READY_LIMIT_MS = 120_000;
/** kcp deletes the contents first, and takes minutes when it is busy: it backs off after each check. */
const DELETED_LIMIT_MS = 300_000;

/**
 * Makes sure that a workspace exists and is Ready.
 * @param parent a client at the parent workspace
 * @param known the workspace, where the caller has just read it
 * @returns whether it was created now
 * @throws CommandFailure when it is not Ready within two minutes
 */
export async function ensureWorkspace(
  parent: KubeClient,
  name: string,
  output: Output,
  known?: Workspace,
): Promise<boolean> {
  const found = known ?? (await parent.get<Workspace>(WORKSPACES, { name }));
  if (found && isReady(found)) return false;
  const created = !found && (await create(parent, name));
  if (created) {
    output.result(`Workspace "${name}" (type ${TYPE}) created. Waiting for it to be ready...`);
    recordChange(output, 'created', parent, WORKSPACES, { name });
  }
  await waitUntilReady(parent, name, READY_LIMIT_MS, output);
  if (created) output.result(`Workspace "${name}" (type ${TYPE}) is ready to use.`);
  return created;
}

/** Waits until a workspace exists and is Ready. @throws CommandFailure when the limit (ms) has passed */
export async function waitUntilReady(
  parent: KubeClient,
  name: string,
  limitMs: number,
  output: Output,
): Promise<void> {
  const what = `workspace ${name} of ${parent.workspaceName} to be ready`;
  await watchUntil<Workspace>(
    { client: parent, resource: WORKSPACES, name },
    { what, limitMs, output },
    (all) => {
      const workspace = all.get(name);
      if (!workspace) return 'it does not exist';
      return isReady(workspace) ? undefined : reasonOf(workspace);
    },
  );
}

function isReady({ metadata, status }: Workspace): boolean {
  return status?.phase === 'Ready' && metadata.deletionTimestamp === undefined;
}

function reasonOf({ metadata, status }: Workspace): string {
  if (metadata.deletionTimestamp) return 'it is being deleted';
  const failing = status?.conditions?.find((condition) => condition.status === 'False' && condition.message);
  return failing?.message ?? `its phase is ${status?.phase ?? 'unknown'}`;
}

async function create(parent: KubeClient, name: string): Promise<boolean> {
  const workspace: Workspace = {
    apiVersion: 'tenancy.kcp.io/v1alpha1',
    kind: 'Workspace',
    metadata: { name },
    spec: { type: { ...WORKSPACE_TYPE } },
  };
  try {
    await parent.create(WORKSPACES, workspace, { fieldManager: FIELD_MANAGERS.cli });
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}

/** Waits until a workspace is deleted. @throws CommandFailure with the blocker when that takes five minutes */
export async function waitUntilDeleted(parent: KubeClient, name: string, output: Output): Promise<void> {
  const wait = {
    what: `workspace ${name} of ${parent.workspaceName} to be deleted`,
    limitMs: DELETED_LIMIT_MS,
    output,
  };
  await watchUntil<Workspace>({ client: parent, resource: WORKSPACES, name }, wait, (all) => {
    const workspace = all.get(name);
    if (!workspace?.metadata.deletionTimestamp) return undefined;
    const failing = workspace.status?.conditions?.find(
      ({ status, message }) => status === 'False' && message,
    );
    return failing?.message ?? 'its contents are being deleted';
  });
}
