import {
  type Condition,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type EdgePlacementStatus,
  FIELD_MANAGERS,
  VALIDATION_ERROR_PREFIX,
} from '@kubestellar/api';
import { compareOwned, type KubeClient } from '@kubestellar/kube';
import { checkUpsync } from '@kubestellar/rules';
import { downsyncProblems } from './downsync-problems.ts';
import type { Resolution } from './resolve.ts';

/** This many problems are reported one by one; of more, only the number. */
const MAX_PROBLEMS = 10;
/** Condition of an EdgePlacement: all selectors involved could be evaluated. */
const RESOLVED = 'Resolved';
const fieldManager = FIELD_MANAGERS.whereResolver;

/** The status of an EdgePlacement, keeping the transition time while the condition stays the same. */
export function statusOf(placement: EdgePlacement, resolution: Resolution, now: Date): EdgePlacementStatus {
  const { problems, matchingLocations } = resolution;
  const previous = placement.status?.conditions?.find(({ type }) => type === RESOLVED);
  const status = problems.length === 0 ? 'True' : 'False';
  const unchanged = previous?.status === status;
  const condition: Condition = {
    type: RESOLVED,
    status,
    reason: problems.length === 0 ? 'SelectorsEvaluated' : 'InvalidSelector',
    message:
      problems.length === 0
        ? ''
        : `${limited(problems).join('; ')}. Destinations that these may have selected before are kept until corrected.`,
    lastTransitionTime: unchanged ? previous.lastTransitionTime : now.toISOString().replace(/\.\d+/, ''),
  };
  return {
    specGeneration: placement.metadata.generation ?? 0,
    matchingLocationCount: matchingLocations,
    conditions: [condition],
  };
}

/** @returns whether the status already reports what `wanted` says */
export function isReported(status: EdgePlacementStatus | undefined, wanted: EdgePlacementStatus): boolean {
  if (status?.specGeneration !== wanted.specGeneration) return false;
  if (status?.matchingLocationCount !== wanted.matchingLocationCount) return false;
  return (wanted.conditions ?? []).every((condition) =>
    status?.conditions?.some(
      ({ type, status, reason, message = '' }) =>
        type === condition.type &&
        status === condition.status &&
        reason === condition.reason &&
        message === condition.message,
    ),
  );
}

/** One annotation for each problem of the spec. */
export function validationErrors(problems: readonly string[]): { [key: string]: string } {
  return Object.fromEntries(
    limited(problems).map((problem, n) => [`${VALIDATION_ERROR_PREFIX}${n}`, problem]),
  );
}

/** Writes status and annotations of the EdgePlacement where they do not report the resolution yet. */
export async function report(
  client: KubeClient,
  placement: EdgePlacement,
  resolution: Resolution,
): Promise<void> {
  const { apiVersion, kind, metadata } = placement;
  // With the uid, a late write cannot recreate an EdgePlacement that was deleted.
  const { name, uid } = metadata;
  const status = statusOf(placement, resolution, new Date());
  if (!isReported(placement.status, status)) {
    const patch = { apiVersion, kind, metadata: { name }, status };
    await client.apply(EDGE_PLACEMENTS, patch, { fieldManager, subresource: 'status' });
  }
  const problems = [
    ...resolution.problems,
    ...downsyncProblems(placement.spec),
    ...checkUpsync(placement.spec?.upsync).problems,
  ];
  const annotations = validationErrors(problems);
  const wanted = {
    apiVersion,
    kind,
    metadata: { name, ...(problems.length > 0 ? { annotations } : {}) },
  };
  const owns = metadata.managedFields?.some((entry) => entry.manager === fieldManager && !entry.subresource);
  if (problems.length === 0 && !owns) return;
  if (compareOwned(wanted, placement, fieldManager).differences.length === 0) return;
  await client.apply(
    EDGE_PLACEMENTS,
    { ...wanted, metadata: { ...wanted.metadata, ...(uid ? { uid } : {}) } },
    { fieldManager },
  );
}

function limited(problems: readonly string[]): string[] {
  const more = problems.length - MAX_PROBLEMS;
  return more > 0 ? [...problems.slice(0, MAX_PROBLEMS), `and ${more} more problems`] : [...problems];
}
