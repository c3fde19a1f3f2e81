/** What a syncer says of its cluster by its Lease in the mailbox workspace; whoever has its credentials can write anything. */
import {
  CLUSTER_CLAIMED_BY,
  CLUSTER_HELD_BY,
  CLUSTER_ID,
  type Lease,
  ORPHANS,
  type SyncTargetStatus,
} from '@kubestellar/api';
import { type Origin, parseOrigin } from '@kubestellar/rules';

/** The parts that are believed. */
export interface ClusterReport {
  clusterID?: string;
  /** For whom another syncer works in the cluster. */
  heldBy?: Origin;
  /** For whom another syncer wants to work in the cluster. */
  claimedBy?: Origin;
  orphans?: NonNullable<SyncTargetStatus['orphans']>;
}

/** As long as the name of an object may be. */
const MAX_ID = 253;
const MAX_NAMED = 20;
const MAX_NAME = 1024;

/** @returns what a Lease says of the cluster, without what no syncer writes */
export function clusterReportOf(lease: Lease | undefined): ClusterReport {
  const annotations = lease?.metadata.annotations ?? {};
  const id = annotations[CLUSTER_ID];
  const heldBy = parseOrigin(annotations[CLUSTER_HELD_BY] ?? '');
  const claimedBy = parseOrigin(annotations[CLUSTER_CLAIMED_BY] ?? '');
  const orphans = parseOrphans(annotations[ORPHANS]);
  return {
    ...(id && id.length <= MAX_ID ? { clusterID: id } : {}),
    ...(heldBy ? { heldBy } : {}),
    ...(claimedBy ? { claimedBy } : {}),
    ...(orphans ? { orphans } : {}),
  };
}

function parseOrphans(text: string | undefined): ClusterReport['orphans'] {
  if (!text) return undefined;
  try {
    const { count, objects } = JSON.parse(text) as { count?: unknown; objects?: unknown };
    if (!Number.isSafeInteger(count) || (count as number) < 1 || !Array.isArray(objects)) return undefined;
    const names = objects.filter(
      (each): each is string => typeof each === 'string' && each.length <= MAX_NAME,
    );
    return { count: count as number, objects: names.slice(0, MAX_NAMED) };
  } catch {
    return undefined;
  }
}
