import {
  type ClusterScopedObjects,
  groupResourceOf,
  type NamespacedObjects,
  type Resource,
  reachOf,
  SYNCER_CONFIG_NAME,
  SYNCER_CONFIGS,
  type SyncerConfig,
  type SyncerConfigSpec,
  twinOf,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { isProjected } from './projection.ts';
import { isProvenUnwanted, type Reevaluate } from './proof.ts';
import type { State } from './state.ts';
import { type LocalObject, localObject, parseLocal } from './types.ts';
import { upsyncOf } from './upsync.ts';

/**
 * Keeps the SyncerConfig `the-one` of a mailbox workspace equal to what is wanted there (spec semantics
 * 6.5). An object leaves it, and with that the cluster, only when it is proven unwanted. A resource stays
 * listed, without objects, as long as unwanted copies of it are left: that is how a restarted translator
 * knows what else to watch.
 * @param onHeld called when something stays listed only because it is not proven unwanted, as soon as that is
 *   found: what becomes known from then on brings us back
 */
export async function reconcileSyncerConfig(
  state: State,
  reevaluate: Reevaluate,
  mailboxName: string,
  onHeld: () => void,
): Promise<void> {
  const mailbox = state.mailboxes.get(mailboxName);
  if (!mailbox) return;
  const key = formatKey({ cluster: mailbox.cluster, namespace: '', name: SYNCER_CONFIG_NAME });
  const live = state.syncerConfigs.get(key);
  const isUnwanted = ({ local }: Listed) => state.desired.in(mailboxName, local).length === 0;
  if (listedIn(live).some(isUnwanted) && (await mailbox.isOrphan())) return;
  const unproven = listedIn(live).filter(
    (each) => isUnwanted(each) && !isProvenUnwanted(state, reevaluate, mailboxName, each.local),
  );
  const spec = specOf(state, mailboxName, mailbox.cluster, unproven);
  if (unproven.length > 0) onHeld();
  if (!live && isEmptySpec(spec)) return;
  const config: SyncerConfig = {
    apiVersion: `${SYNCER_CONFIGS.group}/${SYNCER_CONFIGS.version}`,
    kind: SYNCER_CONFIGS.kind,
    metadata: { name: SYNCER_CONFIG_NAME },
    spec,
  };
  await state.applier.ensure(state.everywhere.workspace(mailbox.cluster), SYNCER_CONFIGS, config, live);
}

/** One object that a SyncerConfig names. */
interface Listed {
  resource: Resource;
  local: LocalObject;
}

/** Every object that a SyncerConfig names, one by one. */
function listedIn(config: SyncerConfig | undefined): Listed[] {
  const { namespacedObjects = [], clusterScope = [] } = config?.spec ?? {};
  const named = namespacedObjects.flatMap((entry) =>
    (entry.objectsByNamespace ?? []).flatMap(({ namespace, names = [] }) =>
      names.map((name) => listed(entry, true, namespace, name)),
    ),
  );
  return [
    ...named,
    ...clusterScope.flatMap((entry) => (entry.objects ?? []).map((name) => listed(entry, false, '', name))),
  ];
}

function listed(
  entry: { group: string; resource: string; apiVersion: string },
  namespaced: boolean,
  namespace: string,
  name: string,
): Listed {
  const resource = {
    group: entry.group,
    version: entry.apiVersion,
    plural: entry.resource,
    kind: '',
    namespaced,
  };
  return { resource, local: { groupResource: groupResourceOf(resource), namespace, name } };
}

/** @returns the resources that a SyncerConfig names, as `plural.group` */
export function resourcesOf(config: SyncerConfig): string[] {
  const { namespacedObjects = [], clusterScope = [] } = config.spec ?? {};
  return [...namespacedObjects, ...clusterScope].map(({ group, resource }) =>
    groupResourceOf({ group, plural: resource }),
  );
}

function specOf(
  state: State,
  mailboxName: string,
  cluster: string,
  unproven: readonly Listed[],
): SyncerConfigSpec {
  const named = new Map<string, { resource: Resource; names: Map<string, string[]> }>();
  const entryOf = (resource: Resource) => {
    const id = groupResourceOf(resource);
    const entry = named.get(id) ?? { resource, names: new Map<string, string[]>() };
    named.set(id, entry);
    return entry.names;
  };
  const list = (resource: Resource, { namespace, name }: LocalObject) => {
    const names = entryOf(resource);
    const known = names.get(namespace);
    if (known) known.push(name);
    else names.set(namespace, [name]);
  };
  for (const { local, wants } of state.desired.everythingIn(mailboxName)) {
    const { groupResource } = parseLocal(local);
    const source = wants[0]?.source.type.resource;
    const resource = state.catalog.typeIn(cluster, groupResource)?.resource ?? (source && twinOf(source));
    if (!resource || reachOf(resource.group, resource.plural) !== 'edge') continue;
    list(resource, parseLocal(local));
  }
  for (const { resource, local } of unproven) list(resource, local);
  for (const { watch, object } of state.watches.inCluster(cluster)) {
    const { resource } = watch.type;
    if (
      !isProjected(object) ||
      named.has(groupResourceOf(resource)) ||
      groupResourceOf(resource) === 'namespaces'
    )
      continue;
    if (reachOf(resource.group, resource.plural) !== 'edge') continue;
    if (state.desired.in(mailboxName, localObject(watch.type, object)).length === 0) entryOf(resource);
  }
  const entries = [...named.entries()].sort(([a], [b]) => compareText(a, b)).map(([, entry]) => entry);
  const upsync = upsyncOf(state.placements.to(mailboxName));
  return {
    namespaceScope: {},
    namespacedObjects: entries.filter(({ resource }) => resource.namespaced).map(namespacedEntry),
    clusterScope: entries.filter(({ resource }) => !resource.namespaced).map(clusterScopedEntry),
    ...(upsync.length > 0 ? { upsync } : {}),
  };
}

function namespacedEntry({
  resource,
  names,
}: {
  resource: Resource;
  names: Map<string, string[]>;
}): NamespacedObjects {
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

function clusterScopedEntry({
  resource,
  names,
}: {
  resource: Resource;
  names: Map<string, string[]>;
}): ClusterScopedObjects {
  return {
    group: resource.group,
    resource: resource.plural,
    apiVersion: resource.version,
    objects: (names.get('') ?? []).sort(compareText),
  };
}

function isEmptySpec(spec: SyncerConfigSpec): boolean {
  return !spec.namespacedObjects?.length && !spec.clusterScope?.length && !spec.upsync?.length;
}

/** Byte order: the same on every machine, and quicker than a locale's. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
