import { groupResourceOf, type Resource } from '@kubestellar/api';
import { discover, isApiError, type KubeClient, METADATA_ONLY } from '@kubestellar/kube';

/** Every object of a cluster or workspace: `<plural>.<group> <namespace>/<name>` and its uid. */
export type Inventory = ReadonlyMap<string, string>;

/** Kinds whose objects come and go by the clock, whatever anybody does. */
const BY_THE_CLOCK = new Set(['events', 'events.events.k8s.io', 'leases.coordination.k8s.io']);

/** Reads every object of every kind that a server serves there. */
export async function inventoryOf(client: KubeClient): Promise<Inventory> {
  const found = new Map<string, string>();
  const served = (await discover(client)).filter(
    (each) => each.verbs.includes('list') && !BY_THE_CLOCK.has(groupResourceOf(each)),
  );
  for (const resource of served) {
    for (const { metadata } of await listed(client, resource)) {
      const key = `${groupResourceOf(resource)} ${metadata.namespace ?? ''}/${metadata.name}`;
      found.set(key, metadata.uid ?? '');
    }
  }
  return found;
}

/** What has gone, come, or been made anew between two inventories, one line each, sorted. */
export function difference(before: Inventory, after: Inventory): string[] {
  const lines: string[] = [];
  for (const [key, uid] of before) {
    if (!after.has(key)) lines.push(`- ${key}`);
    else if (after.get(key) !== uid) lines.push(`! ${key}`);
  }
  for (const key of after.keys()) if (!before.has(key)) lines.push(`+ ${key}`);
  return lines.sort();
}

async function listed(client: KubeClient, resource: Resource) {
  try {
    return (await client.listPage(resource, { accept: METADATA_ONLY })).items;
  } catch (error) {
    // Kinds that are on their way out, and such as only pretend that they can be listed.
    if (isApiError(error, 404, 405)) return [];
    throw error;
  }
}
