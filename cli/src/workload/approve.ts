import { APPROVED_REMOVALS, EDGE_PLACEMENTS, type EdgePlacement, FIELD_MANAGERS } from '@kubestellar/api';
import { isApiError, type KubeClient } from '@kubestellar/kube';
import { formatApproval } from '@kubestellar/rules';
import { CommandFailure } from '../shell/failure.ts';
import type { Output } from '../shell/output.ts';
import { printChange } from '../workspace/changes.ts';
import { missingWorkspace } from '../workspace/missing.ts';

/**
 * Approves the removals that an EdgePlacement's status says await approval: so many of this generation, and no more.
 * @returns how many they are
 * @throws CommandFailure when there is nothing that could be approved
 */
export async function approveRemovals(workspace: KubeClient, name: string, output: Output): Promise<number> {
  const placement = await workspace.get<EdgePlacement>(EDGE_PLACEMENTS, { name }).catch((error: unknown) => {
    throw isApiError(error, 404) ? missingWorkspace(workspace) : error;
  });
  const removals = removalsToApprove(placement, name, workspace.workspaceName);
  const annotations = { [APPROVED_REMOVALS]: formatApproval(placement as EdgePlacement, removals) };
  await workspace.mergePatch(
    EDGE_PLACEMENTS,
    { name },
    { metadata: { annotations } },
    { fieldManager: FIELD_MANAGERS.cli },
  );
  const { count, clusters = [], objects = [] } = removals;
  output.remark(
    `${count} removal(s) approved, such as ${objects.slice(0, 2).join(', ')} from ${clusters.join(', ')}`,
  );
  printChange(output, 'approved', workspace, EDGE_PLACEMENTS, { name });
  return count;
}

/** @throws CommandFailure when nothing awaits approval, or it is not known yet what does */
export function removalsToApprove(placement: EdgePlacement | undefined, name: string, workspace: string) {
  const called = `EdgePlacement "${name}" of the workspace "${workspace}"`;
  if (!placement)
    throw new CommandFailure(`there is no ${called}; "kubectl ws" shows and changes the workspace`);
  const { status, metadata } = placement;
  if (status?.specGeneration !== metadata.generation)
    throw new CommandFailure(`the ${called} has changed and is not resolved yet; try again in a moment`);
  if (!status?.removals)
    throw new CommandFailure(`no removals of the ${called} await approval; see "kubectl kubestellar status"`);
  return status.removals;
}
