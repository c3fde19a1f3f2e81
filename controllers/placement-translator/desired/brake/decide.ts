/** Whether removals that no user asked for are made, wait for others, or await approval; pure (docs/decisions/0016). */

/** More copies than this, and a larger share than this of what an EdgePlacement has in one cluster, await approval. */
export const THRESHOLD = { copies: 10, share: 0.2 } as const;
/** Removals come one by one: they are counted together until none has come for so long (milliseconds). */
export const QUIET = 5_000;
/** So long one waits for others at the most (milliseconds). */
export const LONGEST = 60_000;
/** Removals without approval count along for so long (milliseconds). */
export const RECENT = 10 * 60_000;
/** An approval is held against the count only when that has not grown for so long (milliseconds). */
const COUNTED = 1_000;

/** Copies that an EdgePlacement has, or had, in one cluster. */
export interface ClusterCount {
  /** Those that wait for being removed. */
  pending: number;
  /** Those that were removed without approval lately. */
  recent: number;
  /** Those that it wants there. */
  placed: number;
}

/** What is decided on: the indirect removals of one EdgePlacement that have not been permitted yet. */
export interface Situation {
  /** The EdgePlacement asks for removals without approval. */
  isImmediate: boolean;
  /** Some cluster is left to it, or it is not known which are. */
  hasCluster: boolean;
  /** Its clusters with pending removals. */
  clusters: readonly ClusterCount[];
  /** Removals of it await approval already. */
  isHeld: boolean;
  /** How many removals its user has approved, for the time being; undefined when none. */
  approved: number | undefined;
  /** How many of them have been made. */
  spent: number;
  /** Pending ones in all, protected ones among them. */
  total: number;
  /** For how long none has come (milliseconds). */
  quietFor: number;
  /** For how long the first has been waiting (milliseconds). */
  waitedFor: number;
}

export type BrakeDecision =
  | { do: 'remove'; why: 'immediate' | 'approved' | 'few' }
  /** Others may follow: look again after so long. */
  | { do: 'wait'; after: number }
  /** They await approval; with `after`, look again after so long. */
  | { do: 'hold'; after?: number };

/**
 * Once removals await approval, all that follow do, until none is pending any more: whoever undoes a mistake object by
 * object must not lose the last ones, which would be few enough.
 */
export function decideBrake(situation: Situation): BrakeDecision {
  const { isImmediate, isHeld, hasCluster, clusters, approved, spent, total, quietFor } = situation;
  if (isImmediate) return { do: 'remove', why: 'immediate' };
  if (approved !== undefined && spent + total <= approved) {
    if (quietFor >= COUNTED) return { do: 'remove', why: 'approved' };
    return { do: 'hold', after: COUNTED - quietFor };
  }
  if (isHeld) return { do: 'hold' };
  const isPending = clusters.some(({ pending }) => pending > 0);
  if (isPending && (!hasCluster || clusters.some(exceeds))) return { do: 'hold' };
  const after = Math.min(QUIET - quietFor, LONGEST - situation.waitedFor);
  return after > 0 ? { do: 'wait', after } : { do: 'remove', why: 'few' };
}

/** Whether so many removals in one cluster await approval. */
export function exceeds({ pending, recent, placed }: ClusterCount): boolean {
  const removed = pending + recent;
  return pending > 0 && removed > THRESHOLD.copies && removed > THRESHOLD.share * (placed + removed);
}
