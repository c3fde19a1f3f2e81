import { type APIBinding, EDGE_GROUP, ESPW_PATH, IMW_BINDING } from '@kubestellar/api';
import { isApiError, type KubeClient } from '@kubestellar/kube';
import type { Output } from '../shell/output.ts';
import { ensureBindings, imports, readBindings } from '../workspace/bindings.ts';
import { missingWorkspace } from '../workspace/missing.ts';

const WANTED = { name: IMW_BINDING, path: ESPW_PATH, exportName: EDGE_GROUP };

/**
 * Makes sure that an inventory workspace, which exists, has our API. A binding of another name counts:
 * a second one for the same API could never be bound.
 * @returns whether our API was there before
 */
export async function ensureInventoryWorkspace(
  workspace: KubeClient,
  existing: ReadonlyMap<string, APIBinding>,
  output: Output,
): Promise<boolean> {
  const other = [...existing.values()].find((binding) => imports(binding, WANTED));
  const name = other?.metadata.name ?? WANTED.name;
  const missing = await ensureBindings(workspace, [{ ...WANTED, name }], existing, output);
  return missing.length === 0;
}

/**
 * Reads the bindings of a workspace that the user has named; the first thing done there.
 * @throws CommandFailure when there is no such workspace, or the user may not enter it
 */
export async function enterInventory(workspace: KubeClient): Promise<Map<string, APIBinding>> {
  try {
    return await readBindings(workspace);
  } catch (error) {
    if (isApiError(error, 403, 404)) throw missingWorkspace(workspace);
    throw error;
  }
}
