import {
  type APIBinding,
  EDGE_GROUP,
  MAILBOX_BINDING,
  newAPIBinding,
  SYNC_TARGET_NAME,
  type SyncTarget,
  WORKSPACE_TYPE,
  type Workspace,
} from '@kubestellar/api';

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface MailboxDependencies {
  /** Path of the workspace that exports our API. */
  espwPath: string;
  /** The SyncTarget whose mailbox has this name, as last seen by a complete watch. */
  syncTarget(mailbox: string): SyncTarget | undefined;
  workspace(mailbox: string): Workspace | undefined;
  /** Asks the server whether the SyncTarget of the mailbox is gone; throws when that can't be told. */
  isOrphan(workspace: Workspace): Promise<boolean>;
  applyWorkspace(desired: Workspace, live: Workspace | undefined): Promise<void>;
  deleteWorkspace(workspace: Workspace): Promise<void>;
  /** Puts the policy of mailbox workspaces into force there. */
  applyPolicy(workspace: Workspace): Promise<void>;
  applyBinding(workspace: Workspace, desired: APIBinding): Promise<void>;
}

/**
 * Makes the mailbox workspace of a SyncTarget exist, guarded by a policy, and bind our API, or deletes it when the SyncTarget is
 * gone (docs/rules.md, semantics 3). What must be waited for, readiness and the end of a deletion, comes as an event.
 * @param mailbox the workspace's name
 */
export async function reconcileMailbox(mailbox: string, deps: MailboxDependencies): Promise<void> {
  const target = deps.syncTarget(mailbox);
  const workspace = deps.workspace(mailbox);
  const isDeleting = workspace?.metadata.deletionTimestamp !== undefined;
  if (isDeleting) return;
  if (!target || target.metadata.deletionTimestamp) {
    if (workspace && (await deps.isOrphan(workspace))) await deps.deleteWorkspace(workspace);
    return;
  }
  await deps.applyWorkspace(mailboxWorkspace(mailbox, target), workspace);
  if (!workspace || !isReady(workspace)) return;
  // Before anything else: what fills the mailbox workspace waits for the binding that follows.
  await deps.applyPolicy(workspace);
  await deps.applyBinding(workspace, newAPIBinding(MAILBOX_BINDING, deps.espwPath, EDGE_GROUP));
}

/** @returns true when requests to the workspace will be served */
export function isReady(workspace: Workspace | undefined): boolean {
  return workspace?.status?.phase === 'Ready' && Boolean(workspace.spec?.cluster);
}

function mailboxWorkspace(name: string, target: SyncTarget): Workspace {
  return {
    apiVersion: 'tenancy.kcp.io/v1alpha1',
    kind: 'Workspace',
    metadata: { name, annotations: { [SYNC_TARGET_NAME]: target.metadata.name } },
    spec: { type: { ...WORKSPACE_TYPE } },
  };
}
