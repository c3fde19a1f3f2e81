import {
  type ClusterScopedObjects,
  groupResourceOf,
  type NamespacedObjects,
  type Resource,
  type SyncerConfigSpec,
} from '@kubestellar/api';
import { compareText } from '@kubestellar/kube';
import type { Named } from './named.ts';

/** Names by namespace, of one resource; the namespace of cluster-scoped objects is ''. */
interface Entry {
  resource: Resource;
  names: Map<string, string[]>;
}

/**
 * @param bare resources that are to be listed, although maybe without objects
 * @returns the spec of a SyncerConfig that names these objects, always in the same order
 */
export function specOf(named: readonly Named[], bare: readonly Resource[] = []): SyncerConfigSpec {
  const entries = new Map<string, Entry>();
  const entryOf = (resource: Resource) => {
    const id = groupResourceOf(resource);
    const entry = entries.get(id) ?? { resource, names: new Map<string, string[]>() };
    entries.set(id, entry);
    return entry.names;
  };
  for (const { resource, local } of named) {
    const names = entryOf(resource);
    const known = names.get(local.namespace);
    if (known) known.push(local.name);
    else names.set(local.namespace, [local.name]);
  }
  for (const resource of bare) entryOf(resource);
  const sorted = [...entries].sort(([a], [b]) => compareText(a, b)).map(([, entry]) => entry);
  return {
    namespaceScope: {},
    namespacedObjects: sorted.filter(({ resource }) => resource.namespaced).map(namespacedEntry),
    clusterScope: sorted.filter(({ resource }) => !resource.namespaced).map(clusterScopedEntry),
  };
}

/** Whether a spec asks for nothing. */
export function isEmptySpec(spec: SyncerConfigSpec): boolean {
  return !spec.namespacedObjects?.length && !spec.clusterScope?.length && !spec.upsync?.length;
}

function namespacedEntry({ resource, names }: Entry): NamespacedObjects {
  const byNamespace = [...names.entries()].sort(([a], [b]) => compareText(a, b));
  return {
    group: resource.group,
    resource: resource.plural,
    apiVersion: resource.version,
    objectsByNamespace: byNamespace.map(([namespace, list]) => ({
      namespace,
      names: list.sort(compareText),
    })),
  };
}

function clusterScopedEntry({ resource, names }: Entry): ClusterScopedObjects {
  return {
    group: resource.group,
    resource: resource.plural,
    apiVersion: resource.version,
    objects: (names.get('') ?? []).sort(compareText),
  };
}
