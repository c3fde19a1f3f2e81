/**
 * Which of the destinations that slices name are obeyed. The where-resolver writes slices; that nobody else does is
 * the server's to see to (api/src/slice-policy.ts). This is the second wall: a destination that is new is held against
 * the EdgePlacement, the Location and the SyncTarget themselves, and not obeyed when they don't agree.
 */
import { type EdgePlacement, mailboxWorkspaceName, type SinglePlacement } from '@kubestellar/api';

/** A destination that is not obeyed. */
export interface Refusal {
  destination: SinglePlacement;
  /** Why not. */
  problem: string;
  /** When it was found (milliseconds): watches may be behind one another for a moment. */
  since: number;
}

/** The destinations of one EdgePlacement. */
export interface Destinations {
  /** Those that are obeyed, by the mailbox workspaces they lead to. */
  readonly obeyed: ReadonlyMap<string, readonly SinglePlacement[]>;
  /**
   * Mailbox workspaces, to which no obeyed destination leads, of refused ones that were there at our start: an earlier
   * process may have obeyed them, so that what is there already stays.
   */
  readonly unproven: ReadonlySet<string>;
  readonly refused: readonly Refusal[];
}

interface Known {
  uid: string | undefined;
  obeyed: Set<string>;
  refused: Map<string, Refusal & { isOld: boolean }>;
}

/**
 * Remembers which destinations were obeyed: these stay until they leave the slices, whatever becomes of labels and
 * selectors meanwhile, since only the where-resolver withdraws.
 */
export class DestinationChecks {
  readonly #problemOf: (placement: EdgePlacement, destination: SinglePlacement) => string | undefined;
  readonly #known = new Map<string, Known>();

  /** @param problemOf why an EdgePlacement does not lead to a destination; undefined when it does */
  constructor(problemOf: (placement: EdgePlacement, destination: SinglePlacement) => string | undefined) {
    this.#problemOf = problemOf;
  }

  /**
   * @param key identifies the EdgePlacement
   * @param named what its slices name now
   * @param isStart whether this is what there was when we started
   */
  check(
    key: string,
    placement: EdgePlacement,
    named: Iterable<SinglePlacement>,
    { isStart = false, now = Date.now() } = {},
  ): Destinations {
    const { uid } = placement.metadata;
    const known = this.#known.get(key);
    const before = known?.uid === uid ? known : undefined;
    const next: Known = { uid, obeyed: new Set(), refused: new Map() };
    const obeyed = new Map<string, SinglePlacement[]>();
    for (const destination of named) {
      const id = idOf(destination);
      if (next.obeyed.has(id) || next.refused.has(id)) continue;
      const problem = before?.obeyed.has(id) ? undefined : this.#problemOf(placement, destination);
      if (problem === undefined) {
        next.obeyed.add(id);
        const mailbox = mailboxOf(destination);
        obeyed.set(mailbox, [...(obeyed.get(mailbox) ?? []), destination]);
      } else {
        const { since = now, isOld = isStart } = before?.refused.get(id) ?? {};
        next.refused.set(id, { destination, problem, since, isOld });
      }
    }
    this.#known.set(key, next);
    const refused = [...next.refused.values()];
    const old = refused.filter(({ isOld }) => isOld).map(({ destination }) => mailboxOf(destination));
    return { obeyed, unproven: new Set(old.filter((mailbox) => !obeyed.has(mailbox))), refused };
  }

  /** Forgets an EdgePlacement that is gone, or has no slices. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  /** @returns the keys of the EdgePlacements with destinations that are refused */
  withRefused(): string[] {
    return [...this.#known].flatMap(([key, { refused }]) => (refused.size > 0 ? [key] : []));
  }
}

/** Everything that counts, so that none of it can be another one under the same id. */
function idOf({ cluster, locationName, syncTargetName, syncTargetUID }: SinglePlacement): string {
  return [cluster, locationName, syncTargetName, syncTargetUID].join('|');
}

function mailboxOf({ cluster, syncTargetUID }: SinglePlacement): string {
  return mailboxWorkspaceName(cluster, syncTargetUID);
}
