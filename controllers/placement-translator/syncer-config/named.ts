import {
  groupResourceOf,
  isOwnSyncerConfig,
  type Resource,
  type SyncerConfig,
  syncerConfigName,
} from '@kubestellar/api';
import { formatKey, type Informer } from '@kubestellar/kube';
import type { LocalObject } from '../keys.ts';

/** One object that a SyncerConfig names. */
export interface Named {
  resource: Resource;
  local: LocalObject;
}

/** @returns every object that a SyncerConfig names, one by one */
export function namedIn(config: SyncerConfig | undefined): Named[] {
  const { namespacedObjects = [], clusterScope = [] } = config?.spec ?? {};
  const namespaced = namespacedObjects.flatMap((entry) =>
    (entry.objectsByNamespace ?? []).flatMap(({ namespace, names = [] }) =>
      names.map((name) => named(entry, true, namespace, name)),
    ),
  );
  const clusterScoped = clusterScope.flatMap((entry) =>
    (entry.objects ?? []).map((name) => named(entry, false, '', name)),
  );
  return [...namespaced, ...clusterScoped];
}

/** @returns the resources that a SyncerConfig names, as `plural.group` */
export function resourcesOf(config: SyncerConfig): string[] {
  const { namespacedObjects = [], clusterScope = [] } = config.spec ?? {};
  return [...namespacedObjects, ...clusterScope].map(({ group, resource }) =>
    groupResourceOf({ group, plural: resource }),
  );
}

/**
 * Finds the SyncerConfigs that are ours in a mailbox workspace.
 * @param cluster ID of its logical cluster
 * @returns `the-one`, and its further parts by their numbers; undefined for what should be there and is not
 */
export function ownConfigsIn(
  configs: Pick<Informer<SyncerConfig>, 'get'>,
  cluster: string,
): (SyncerConfig | undefined)[] {
  return inOrder((name) => configs.get(formatKey({ cluster, namespace: '', name })));
}

/** The same of all SyncerConfigs of one mailbox workspace. */
export function ownConfigsOf(all: readonly SyncerConfig[]): (SyncerConfig | undefined)[] {
  const own = all.filter(({ metadata }) => isOwnSyncerConfig(metadata.name));
  return inOrder((name) => own.find(({ metadata }) => metadata.name === name));
}

function inOrder(find: (name: string) => SyncerConfig | undefined): (SyncerConfig | undefined)[] {
  const theOne = find(syncerConfigName(0));
  const found = [theOne];
  for (let n = 1; ; n++) {
    const part = find(syncerConfigName(n));
    if (!part && n > (theOne?.spec?.parts ?? 0)) return found;
    found.push(part);
  }
}

function named(
  entry: { group: string; resource: string; apiVersion: string },
  namespaced: boolean,
  namespace: string,
  name: string,
): Named {
  const { group, resource: plural, apiVersion: version } = entry;
  const resource = { group, version, plural, kind: '', namespaced };
  return { resource, local: { groupResource: groupResourceOf(resource), namespace, name } };
}
