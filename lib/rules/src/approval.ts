/** How a user approves removals of an EdgePlacement's objects: the annotation APPROVED_REMOVALS. */
import type { AwaitedRemovals, EdgePlacement } from '@kubestellar/api';

/** What was approved: as much as awaited approval then, and no more. */
export interface Approval {
  /** The generation of the EdgePlacement that its user saw. */
  generation: number;
  /** Since when the removals had been awaiting approval, which no later ones have. */
  since: string;
  /** How many they were. */
  count: number;
}

/** @returns the value of the annotation that approves what an EdgePlacement's status names */
export function formatApproval(
  { metadata: { generation = 0 } }: Pick<EdgePlacement, 'metadata'>,
  { since, count }: Pick<AwaitedRemovals, 'since' | 'count'>,
): string {
  return JSON.stringify({ generation, since, count } satisfies Approval);
}

/** @returns what the annotation's value says; undefined when that is nothing that could be understood */
export function parseApproval(text: string | undefined): Approval | undefined {
  try {
    const { generation, since, count } = JSON.parse(text ?? 'null') ?? {};
    const isComplete =
      Number.isSafeInteger(generation) && Number.isSafeInteger(count) && typeof since === 'string';
    return isComplete ? { generation, since, count } : undefined;
  } catch {
    return undefined;
  }
}
