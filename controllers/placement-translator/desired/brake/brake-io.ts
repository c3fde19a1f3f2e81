/** What the brake reads from the caches, and asks the servers. */
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEFINED_BY,
  DELETION_POLICY,
  groupResourceOf,
  NAMESPACES,
  PLACED_BY,
  PROTECT,
} from '@kubestellar/api';
import { clusterOf, coalesced, formatKey, type KubeClient, parseKey } from '@kubestellar/kube';
import type { Mailboxes } from '../../cache/mailboxes.ts';
import type { ObjectWatches } from '../../cache/object-informers.ts';
import type { Placements } from '../../cache/placements.ts';
import type { Catalog } from '../../cache/served-resources.ts';
import { isProjected } from '../../copies/projection.ts';
import {
  type LocalObject,
  sourceKey,
  sourceNameOf,
  sourceResourcesOf,
  type WatchedType,
} from '../../keys.ts';
import type { Desired } from '../desired-state.ts';
import { NAMESPACE_TYPE } from '../evaluate.ts';
import type { BrakeDependencies } from './brake.ts';
import { type CachedSource, type CopyRecord, type Definer, findCause } from './cause.ts';

const DEFINITIONS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);
const NAMESPACE = groupResourceOf(NAMESPACES);

/** The caches and the client that are used. */
export interface BrakeParts {
  /** A client that may read across all workspaces. */
  everywhere: Pick<KubeClient, 'workspace'>;
  placements: Pick<Placements, 'find' | 'in' | 'clusters'>;
  mailboxes: Pick<Mailboxes, 'get' | 'clusterOf'>;
  catalog: Pick<Catalog, 'typeIn' | 'definerIn' | 'isEnding' | 'isListed' | 'uidOf'>;
  watches: Pick<ObjectWatches, 'of' | 'ofResource' | 'inCluster'>;
  desired: Pick<Desired, 'countPlaced'>;
}

/** @returns what the brake reads, on the caches */
export function brakeOn(
  parts: BrakeParts,
): Omit<BrakeDependencies, 'prove' | 'onCount' | 'onRecheck' | 'onReport' | 'onStranded'> {
  const { placements, mailboxes, desired } = parts;
  const isDefinerGone = definerQuestions(parts);
  return {
    getRecord: (mailbox, local) => recordOf(parts, mailbox, local),
    hasDependents: (mailbox, local) => hasDependents(parts, mailbox, local),
    findCause: (local, record) =>
      findCause(
        {
          findWorkspace: (uid) => {
            const found = placements.find(uid);
            return found && clusterOf(found.placement);
          },
          listWorkspaces: () =>
            [...placements.clusters()].map((cluster) => ({
              cluster,
              placements: placements.in(cluster).map(({ placement }) => placement.metadata.uid ?? ''),
            })),
          getSource: (...of) => getSource(parts, ...of),
          isDefinerGone,
        },
        local,
        record,
      ),
    isOrphan: async (mailbox) => (await mailboxes.get(mailbox)?.isOrphan()) ?? false,
    findPlacement: (uid) => {
      const found = placements.find(uid);
      if (!found) return undefined;
      const { placement, destinations, refused } = found;
      // A new destination may be refused for a moment, until its Location is seen.
      return { placement, hasCluster: destinations?.size !== 0 || refused.length > 0 };
    },
    countPlaced: (uid, mailbox) => desired.countPlaced(uid, mailbox),
    now: () => Date.now(),
  };
}

/** Namespaces don't leave for want of a match: others may rely on them (copies/withdraw.ts). */
function recordOf(
  { mailboxes, catalog, watches }: BrakeParts,
  mailbox: string,
  local: LocalObject,
): CopyRecord | 'unlisted' | undefined {
  const cluster = mailboxes.clusterOf(mailbox) ?? '';
  const { groupResource, namespace, name } = local;
  const type = catalog.typeIn(cluster, groupResource);
  if (!type) return undefined;
  const watch = watches.of(type);
  const isListed = watch ? watch.informer.synced : !catalog.isListed(type);
  if (!isListed) return 'unlisted';
  const copy = watch?.informer.get(formatKey({ cluster, namespace, name }));
  if (!copy || !isProjected(copy) || copy.metadata.deletionTimestamp) return undefined;
  const { annotations = {} } = copy.metadata;
  return {
    placedBy: groupResource === NAMESPACE ? [] : uidsIn(annotations[PLACED_BY]),
    definedBy: uidsIn(annotations[DEFINED_BY]),
    isProtected: annotations[PROTECT] === 'true',
    isOrphaned: annotations[DELETION_POLICY] === 'Orphan',
  };
}

function uidsIn(list: string | undefined): string[] | undefined {
  return list?.split(',').filter((uid) => uid !== '');
}

/** @returns whether a mailbox workspace (its cluster) has copies of a resource (`plural.group`), wanted or not */
export function hasCopies(
  watches: Pick<ObjectWatches, 'ofResource'>,
  cluster: string,
  groupResource: string,
): boolean {
  for (const { informer, keysByCluster } of watches.ofResource(groupResource)) {
    for (const key of keysByCluster.get(cluster) ?? []) {
      const copy = informer.get(key);
      if (copy && isProjected(copy)) return true;
    }
  }
  return false;
}

/** What a CRD defines, and what is protected in a Namespace, would end with it. */
function hasDependents(
  { mailboxes, watches }: BrakeParts,
  mailbox: string,
  { groupResource, name }: LocalObject,
): boolean {
  const cluster = mailboxes.clusterOf(mailbox) ?? '';
  if (groupResource === DEFINITIONS) return hasCopies(watches, cluster, name);
  if (groupResource !== NAMESPACE) return false;
  for (const { object } of watches.inCluster(cluster)) {
    const { namespace, annotations } = object.metadata;
    if (namespace === name && isProjected(object) && annotations?.[PROTECT] === 'true') return true;
  }
  return false;
}

/** What a workspace has of an object's source. Whose Namespace ends has been deleted with it. */
function getSource(
  parts: BrakeParts,
  cluster: string,
  local: LocalObject,
  definedBy: CopyRecord['definedBy'],
): CachedSource {
  const { catalog, watches } = parts;
  const resources = sourceResourcesOf(local.groupResource);
  const types = resources.flatMap((resource) => catalog.typeIn(cluster, resource) ?? []);
  const states = types.map((type) => stateOf(parts, type, cluster, local));
  if (states.includes('there')) return { state: 'there' };
  if (local.namespace !== '' && isNamespaceEnding(watches, cluster, local.namespace))
    return { state: 'deleted', definers: [] };
  const definers = resources.flatMap((resource) => {
    const definer = catalog.definerIn(cluster, resource);
    return definer ? [{ source: definer, uid: catalog.uidOf(definer) ?? '' }] : [];
  });
  if (types.length === 0 || definers.some(({ source }) => catalog.isEnding(source)))
    return { state: 'unserved' };
  // With another definition of its kind an object ends as well: it is not there because that one is.
  const isOfAnother =
    definedBy && definers.length > 0 && !definers.some(({ uid }) => definedBy.includes(uid));
  if (isOfAnother) return { state: 'unserved' };
  return states.includes('unknown') ? { state: 'unknown' } : { state: 'deleted', definers };
}

function stateOf(
  { watches }: BrakeParts,
  type: WatchedType,
  cluster: string,
  local: LocalObject,
): 'there' | 'unknown' | 'deleted' {
  const informer = watches.of(type)?.informer;
  if (!informer?.synced) return 'unknown';
  const { namespace } = local;
  const object = informer.get(formatKey({ cluster, namespace, name: sourceNameOf(type, local) }));
  return object && !object.metadata.deletionTimestamp ? 'there' : 'deleted';
}

function isNamespaceEnding(watches: BrakeParts['watches'], cluster: string, name: string): boolean {
  const informer = watches.of(NAMESPACE_TYPE)?.informer;
  if (!informer?.synced) return false;
  const namespace = informer.get(formatKey({ cluster, namespace: '', name }));
  return !namespace || namespace.metadata.deletionTimestamp !== undefined;
}

/** Many objects end with one definition: those who ask together share one request. */
function definerQuestions({ everywhere }: BrakeParts): (definer: Definer) => Promise<boolean> {
  const questions = new Map<string, () => Promise<boolean>>();
  return ({ source, uid }) => {
    const id = `${sourceKey(source)} ${uid}`;
    const ask =
      questions.get(id) ??
      coalesced(async () => {
        questions.delete(id);
        const { cluster, name } = parseKey(source.key);
        const found = await everywhere.workspace(cluster).get(source.type.resource, { name });
        return found?.metadata.uid !== uid || found.metadata.deletionTimestamp !== undefined;
      });
    questions.set(id, ask);
    return ask();
  };
}
