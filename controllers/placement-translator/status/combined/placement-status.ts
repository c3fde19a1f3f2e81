/** What the status of an EdgePlacement tells of its objects. */
import {
  type AwaitedRemovals,
  type Condition,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  FIELD_MANAGERS,
  type PlacementSummary,
} from '@kubestellar/api';
import { type KubeClient, timestamp } from '@kubestellar/kube';
import { type Problem, problem } from '@kubestellar/rules';
import { dequal } from 'dequal/lite';
import type { Refusal } from '../../cache/destinations.ts';
import type { ReportedRemovals } from './removals.ts';

/** Conditions of an EdgePlacement: all objects are on all clusters as wanted; all of them are available. */
const PLACEMENT_CONDITIONS = { applied: 'Applied', available: 'Available' } as const;

/** The part of the status that is ours; the where-resolver writes the rest. */
export interface OwnStatus {
  summary: PlacementSummary;
  removals?: AwaitedRemovals;
  conditions: Condition[];
}

type Verdict = Required<Pick<Condition, 'status' | 'reason' | 'message'>>;

/** @returns what is to be told of destinations that are not obeyed; undefined when there are none */
export function refusalProblem(refused: readonly Refusal[]): Problem | undefined {
  const [first] = refused;
  if (!first) return undefined;
  const more = refused.length > 1 ? ` (and ${refused.length - 1} more)` : '';
  return problem(
    'DestinationsRefused',
    `a slice names a destination that this EdgePlacement does not lead to${more}: ${first.problem}. ` +
      'Nothing new is placed there. The where-resolver corrects slices: check that it runs, and who else writes them',
  );
}

/**
 * @param more what is wrong with its destinations, and what is about to leave them
 * @returns what to tell; transition times are kept while a condition stays the same
 */
export function placementStatusOf(
  placement: EdgePlacement,
  summary: PlacementSummary,
  now: Date,
  { refused, removals }: { refused?: Problem | undefined; removals?: ReportedRemovals | undefined } = {},
): OwnStatus {
  const problem = refused ?? removals?.problem;
  const condition = (type: string, verdict: Verdict): Condition => {
    const before = placement.status?.conditions?.find((each) => each.type === type);
    const time = timestamp(now);
    return {
      type,
      ...verdict,
      lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : time,
      observedGeneration: placement.metadata.generation ?? 0,
    };
  };
  return {
    summary,
    ...(removals?.awaited ? { removals: removals.awaited } : {}),
    conditions: [
      condition(
        PLACEMENT_CONDITIONS.applied,
        problem ? verdict('False', problem.reason, problem.message) : judgeApplied(summary),
      ),
      condition(PLACEMENT_CONDITIONS.available, judgeAvailable(summary)),
    ],
  };
}

function judgeApplied(summary: PlacementSummary): Verdict {
  const { wanted, applied, failures: [worst] = [] } = summary;
  if (wanted === 0) return verdict('True', 'NothingToApply');
  if (worst) {
    const message = `${worst.count} of ${wanted} (${named(worst)}): ${worst.message}`;
    return verdict('False', 'Failing', message);
  }
  if (applied >= wanted) return verdict('True', 'AllApplied');
  return (
    judgeSilence(summary, wanted - applied) ??
    verdict('False', 'OnTheWay', `${wanted - applied} of ${copiesIn(summary)}, were not applied yet`)
  );
}

function judgeAvailable(summary: PlacementSummary): Verdict {
  const { wanted, available } = summary;
  if (wanted === 0) return verdict('True', 'NothingToApply');
  if (available >= wanted) return verdict('True', 'AllAvailable');
  return (
    judgeSilence(summary, wanted - available) ??
    verdict('False', 'NotAllAvailable', `${wanted - available} of ${copiesIn(summary)}, are not available`)
  );
}

/** @returns a verdict when all that is lacking is on clusters of which nothing is known */
function judgeSilence(summary: PlacementSummary, lacking: number): Verdict | undefined {
  const { unknown = 0, silent = [] } = summary;
  if (lacking > unknown) return undefined;
  const message = `of ${unknown} of ${copiesIn(summary)}, nothing is known: no heartbeat from ${silent.join(', ')}`;
  return verdict('Unknown', 'ClustersSilent', message);
}

function copiesIn({ objects, wanted }: PlacementSummary): string {
  return `${objects} object(s) on the clusters that they go to, ${wanted} in all`;
}

function verdict(status: Condition['status'], reason: string, message = ''): Verdict {
  return { status, reason, message };
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
    dequal(told?.removals, status.removals) &&
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
