import {
  API_BINDINGS,
  API_EXPORTS,
  type APIBinding,
  EDGE_GROUP,
  EDGE_SYNC_CONFIGS,
  ESPW_PATH,
  LOGICAL_CLUSTER,
  MAILBOX_BINDING,
  mailboxWorkspaceName,
  SYNC_TARGETS,
  type SyncTarget,
} from '@kubestellar/api';
import { isApiError, isNotFound, type KubeClient } from '@kubestellar/kube';
import { enterInventory } from '../inventory/workspace.ts';
import { CommandFailure, EXIT } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { waitUntilReady } from '../workspace/create.ts';
import { watchUntil } from '../workspace/watch.ts';

/** How long to wait for the mailbox-controller, as docs/commands.md says. */
const LIMIT_MS = 70_000;

/** @returns the name of the mailbox workspace of a SyncTarget. @throws CommandFailure when there is none */
export async function mailboxNameOf(imw: KubeClient, syncTargetName: string): Promise<string> {
  const target = await readSyncTarget(imw, syncTargetName);
  const cluster = target?.metadata.annotations?.[LOGICAL_CLUSTER];
  const uid = target?.metadata.uid;
  if (cluster && uid) return mailboxWorkspaceName(cluster, uid);
  throw new CommandFailure(
    `there is no SyncTarget "${syncTargetName}" in the workspace "${imw.workspaceName}"; create it with "kubectl kubestellar ensure location"`,
  );
}

/** @throws CommandFailure, exit code 2, unless the workspace exports our API */
export async function requireEspw(espw: KubeClient): Promise<void> {
  const found = await espw.get(API_EXPORTS, { name: EDGE_GROUP });
  if (found) return;
  throw new CommandFailure(
    `"${espw.workspaceName}" is no edge service provider workspace: it has no APIExport ${EDGE_GROUP}; the usual one is ${ESPW_PATH}`,
    2,
  );
}

/**
 * Waits until a mailbox workspace is Ready and has our API.
 * @throws CommandFailure, exit code 5 when the workspace never appears
 */
export async function waitForMailbox(
  espw: KubeClient,
  mailbox: KubeClient,
  name: string,
  output: Output,
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  try {
    await waitUntilReady(espw, name, LIMIT_MS, output);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const message = `did not find the mailbox workspace ${name}; is the mailbox controller running?`;
    throw new CommandFailure(`${message} (${error.message})`, EXIT.noMailbox);
  }
  const watched = { client: mailbox, resource: API_BINDINGS, name: MAILBOX_BINDING };
  const wait = {
    what: `the mailbox workspace ${name} to have our API`,
    limitMs: Math.max(deadline - Date.now(), 1_000),
    output,
  };
  await watchUntil<APIBinding>(watched, wait, (bindings) => {
    const binding = bindings.get(MAILBOX_BINDING);
    if (!binding) return `it has no APIBinding ${MAILBOX_BINDING}; is the mailbox controller running?`;
    return binding.status?.phase === 'Bound'
      ? undefined
      : `its APIBinding ${MAILBOX_BINDING} is not bound yet`;
  });
  // kcp serves the API a moment after it reports it as bound.
  await watchUntil({ client: mailbox, resource: EDGE_SYNC_CONFIGS }, wait, () => undefined);
}

async function readSyncTarget(imw: KubeClient, name: string): Promise<SyncTarget | undefined> {
  try {
    return await imw.get<SyncTarget>(SYNC_TARGETS, { name });
  } catch (error) {
    if (!isApiError(error, 403, 404)) throw error;
    // The bindings show whether the workspace or our API is missing.
    await enterInventory(imw);
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
