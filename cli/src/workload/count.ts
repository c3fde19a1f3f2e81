import type { APIBinding } from '@kubestellar/api';
import { type KubeClient, METADATA_ONLY } from '@kubestellar/kube';

/** @returns the number of objects of a binding's kinds in its workspace */
export async function countObjects(workspace: KubeClient, binding: APIBinding): Promise<number> {
  const resources = binding.status?.boundResources ?? [];
  const counts = await Promise.all(
    resources.map(async ({ group, resource, storageVersions }) => {
      const version = storageVersions?.[0];
      if (version === undefined) return 0;
      const plural = { group, version, plural: resource, kind: '', namespaced: true };
      const { items, metadata } = await workspace.listPage(plural, { limit: 1, accept: METADATA_ONLY });
      return items.length + ((metadata as { remainingItemCount?: number }).remainingItemCount ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
