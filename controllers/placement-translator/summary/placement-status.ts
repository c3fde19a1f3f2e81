/** What the status of an EdgePlacement tells of its objects. */
import {
  type Condition,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  FIELD_MANAGERS,
  type PlacementSummary,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { dequal } from 'dequal/lite';

/** Conditions of an EdgePlacement: all objects are on all clusters as wanted; all of them are available. */
const PLACEMENT_CONDITIONS = { applied: 'Applied', available: 'Available' } as const;

/** The part of the status that is ours; the where-resolver writes the rest. */
export interface OwnStatus {
  summary: PlacementSummary;
  conditions: Condition[];
}

/** @returns what to tell; transition times are kept while a condition stays the same */
export function placementStatusOf(placement: EdgePlacement, summary: PlacementSummary, now: Date): OwnStatus {
  const { objects, wanted, applied, available, failures = [] } = summary;
  const condition = (type: string, isTrue: boolean, reason: string, message: string): Condition => {
    const status = isTrue ? 'True' : 'False';
    const before = placement.status?.conditions?.find((each) => each.type === type);
    const time = now.toISOString().replace(/\.\d+/, '');
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : time,
      observedGeneration: placement.metadata.generation ?? 0,
    };
  };
  const [worst] = failures;
  const nothing = wanted === 0;
  const copies = `${objects} object(s) on the clusters that they go to, ${wanted} in all`;
  const isApplied = worst === undefined && applied >= wanted;
  return {
    summary,
    conditions: [
      condition(
        PLACEMENT_CONDITIONS.applied,
        isApplied,
        nothing ? 'NothingToApply' : worst ? 'Failing' : isApplied ? 'AllApplied' : 'OnTheWay',
        worst
          ? `${worst.count} of ${wanted} (${named(worst)}): ${worst.message}`
          : isApplied
            ? ''
            : `${wanted - applied} of ${copies}, were not applied yet`,
      ),
      condition(
        PLACEMENT_CONDITIONS.available,
        available >= wanted,
        nothing ? 'NothingToApply' : available >= wanted ? 'AllAvailable' : 'NotAllAvailable',
        available >= wanted ? '' : `${wanted - available} of ${copies}, are not available`,
      ),
    ],
  };
}

/** @returns some of the objects and clusters of a group of failures, in words */
export function named({
  objects = [],
  clusters = [],
}: NonNullable<PlacementSummary['failures']>[number]): string {
  return `${objects.slice(0, 2).join(', ')}${objects.length > 2 ? ', …' : ''} on ${clusters.join(', ')}`;
}

/** Writes what the EdgePlacement's status does not tell yet. @returns whether it was written */
export async function writePlacementStatus(
  client: KubeClient,
  placement: EdgePlacement,
  status: OwnStatus,
): Promise<boolean> {
  const told = placement.status;
  const isTold =
    dequal(told?.summary, status.summary) &&
    status.conditions.every((condition) =>
      told?.conditions?.some((each) => dequal({ message: '', ...each }, condition)),
    );
  if (isTold) return false;
  const { apiVersion, kind, metadata } = placement;
  await client.apply(
    EDGE_PLACEMENTS,
    // With the uid, a late write can't bring back an EdgePlacement that is gone.
    {
      apiVersion,
      kind,
      metadata: { name: metadata.name, ...(metadata.uid ? { uid: metadata.uid } : {}) },
      status,
    },
    { fieldManager: FIELD_MANAGERS.placementTranslator, subresource: 'status' },
  );
  return true;
}
