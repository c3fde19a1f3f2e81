import {
  API_BINDINGS,
  type APIBinding,
  COMPUTE_EXPORTS,
  COMPUTE_PATH,
  computeBindingName,
  EDGE_GROUP,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  ESPW_PATH,
  ROOT_PATH,
  WMW_BINDING,
} from '@kubestellar/api';
import { isApiError, type KubeClient } from '@kubestellar/kube';
import type { Output } from '../shell/output.ts';
import { ensureBindings, readBindings, waitUntilDeleted } from '../workspace/bindings.ts';
import { printChange } from '../workspace/changes.ts';
import { countObjects } from './count.ts';

const EDGE_BINDING = { name: WMW_BINDING, path: ESPW_PATH, exportName: EDGE_GROUP };
const KUBE_BINDINGS = COMPUTE_EXPORTS.map((exportName) => ({
  name: computeBindingName(exportName),
  path: COMPUTE_PATH,
  exportName,
}));

/**
 * Makes sure that a workload management workspace, which exists, has our API, and the Kubernetes subset
 * exactly when `withKube`; everything is bound and served, or deleted, on return.
 * @param existing its bindings, as just read
 */
export async function ensureWorkloadWorkspace(
  workspace: KubeClient,
  existing: ReadonlyMap<string, APIBinding>,
  options: { readonly withKube: boolean },
  output: Output,
): Promise<void> {
  const wanted = options.withKube ? [EDGE_BINDING, ...KUBE_BINDINGS] : [EDGE_BINDING];
  await ensureBindings(workspace, wanted, existing, output);
  if (!options.withKube) await removeKube(workspace, existing, output);
}

/**
 * Deletes all bindings but kcp's own from a workspace that is about to be deleted, and waits until they are deleted
 * with their objects. Otherwise each deletion makes kcp retry the deletion of the workspace, and wait longer before
 * the next try, up to minutes. Without permission nothing is done: kcp deletes the workspace all the same.
 * @throws CommandFailure with what blocks when that takes more than a minute
 */
export async function emptyWorkspace(workspace: KubeClient, output: Output): Promise<void> {
  try {
    await removeBindings(workspace, output);
  } catch (error) {
    if (!isApiError(error, 403)) throw error;
  }
}

async function removeBindings(workspace: KubeClient, output: Output): Promise<void> {
  const bindings = await readBindings(workspace);
  const ours = [...bindings.values()].filter(({ spec }) => spec?.reference.export?.path !== ROOT_PATH);
  await Promise.all(ours.map(({ metadata: { name } }) => workspace.delete(API_BINDINGS, { name })));
  await waitUntilDeleted(
    workspace,
    ours.map(({ metadata }) => metadata.name),
    output,
  );
}

/** Deleting a binding deletes all objects of its kinds, so their number is printed first. */
async function removeKube(
  workspace: KubeClient,
  existing: ReadonlyMap<string, APIBinding>,
  output: Output,
): Promise<void> {
  const present = KUBE_BINDINGS.flatMap(({ name }) => existing.get(name) ?? []);
  const counts = await Promise.all(present.map((binding) => countObjects(workspace, binding)));
  // Before the objects go, and with them what the EdgePlacements count.
  const placing = counts.some((count) => count > 0) ? await placingIn(workspace) : [];
  for (const [index, count] of counts.entries()) {
    if (count > 0)
      output.remark(`Deleting ${present[index]?.metadata.name} and with it ${count} object(s) of its kinds`);
  }
  for (const { metadata } of present) {
    await workspace.delete(API_BINDINGS, { name: metadata.name });
    printChange(output, 'deleted', workspace, API_BINDINGS, { name: metadata.name });
  }
  await waitUntilDeleted(
    workspace,
    present.map(({ metadata }) => metadata.name),
    output,
  );
  if (placing.length === 0) return;
  output.remark(
    'What was placed of them stays in the clusters, where it is much, until you approve its removal:',
  );
  for (const name of placing) output.remark(`  kubectl kubestellar approve edgeplacement/${name}`);
}

/**
 * What ends with its kind nobody has deleted, so that its removal from clusters may await approval (docs/rules.md).
 * @returns the EdgePlacements that have placed something, and don't remove it at once
 */
async function placingIn(workspace: KubeClient): Promise<string[]> {
  const placements = await workspace.list<EdgePlacement>(EDGE_PLACEMENTS);
  const placing = placements.filter(
    ({ status, spec }) => status?.summary?.objects && spec?.removals !== 'Immediate',
  );
  return placing.map(({ metadata }) => metadata.name);
}
