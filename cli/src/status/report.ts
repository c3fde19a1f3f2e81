/** What `kubectl kubestellar status` tells, from the objects that tell it. */
import { CLUSTER_CLASH, type EdgePlacement, SYNC_TARGET_CONDITIONS, type SyncTarget } from '@kubestellar/api';

/** One line of the status: what it is about, and what is wrong with it, if anything. */
interface Line {
  readonly trouble?: string;
}

export interface ControllerLine extends Line {
  readonly name: string;
  readonly state: 'ready' | 'not ready' | 'not running' | 'unknown';
}

export interface LocationLine extends Line {
  readonly workspace: string;
  readonly name: string;
  /** Seconds since the syncer was last heard of. */
  readonly heartbeatAge?: number;
  /** Copies in its cluster that nobody asks for, and that are not its own. */
  readonly orphans?: { readonly count: number; readonly objects: readonly string[] };
}

export interface PlacementLine extends Line {
  readonly workspace: string;
  readonly name: string;
  /** How many Locations it selects; absent while nobody has counted. */
  readonly locations?: number;
  /** Its objects, each counted once for each cluster that it goes to, and how many of these the clusters have. */
  readonly wanted?: number;
  readonly applied?: number;
}

/** The whole status. */
export interface StatusReport {
  readonly server: string;
  readonly controllers: readonly ControllerLine[];
  readonly locations: readonly LocationLine[];
  readonly placements: readonly PlacementLine[];
}

/**
 * The mailbox-controller tells of a healthy syncer once a minute, and of a silent one after another: what is
 * older than both means that the mailbox-controller itself is silent.
 */
const STALE_SECONDS = 150;

/** @param now milliseconds since 1970 */
export function locationLine(workspace: string, target: SyncTarget, now: number): LocationLine {
  const { status, metadata } = target;
  const heard = status?.lastSyncerHeartbeatTime;
  const heartbeatAge =
    heard === undefined ? undefined : Math.max(0, Math.round((now - Date.parse(heard)) / 1000));
  const trouble = locationTrouble(target, heartbeatAge);
  const { count = 0, objects = [] } = status?.orphans ?? {};
  const orphans = count > 0 ? { count, objects } : undefined;
  return { workspace, name: metadata.name, ...defined({ heartbeatAge, orphans, trouble }) };
}

export function placementLine(workspace: string, placement: EdgePlacement): PlacementLine {
  const { status, metadata } = placement;
  const trouble = placementTrouble(placement);
  const { wanted, applied } = status?.summary ?? {};
  return {
    workspace,
    name: metadata.name,
    ...defined({ locations: status?.matchingLocationCount, wanted, applied, trouble }),
  };
}

function locationTrouble({ status, metadata }: SyncTarget, age: number | undefined): string | undefined {
  if (age === undefined)
    return `no syncer was ever heard of: use "kubectl kubestellar prep-for-syncer ${metadata.name}", and apply what it writes`;
  const clash = status?.conditions?.find(
    ({ type, status: value }) => type === CLUSTER_CLASH && value === 'True',
  );
  if (clash) return clash.message || clash.reason;
  const failing = status?.conditions?.find(
    ({ type, status: value }) =>
      Object.values(SYNC_TARGET_CONDITIONS).some((each) => each === type) && value !== 'True',
  );
  if (failing) return failing.message || failing.reason || `condition ${failing.type} is ${failing.status}`;
  if (age > STALE_SECONDS) return 'the syncer is silent, or the mailbox-controller does not run';
  return undefined;
}

function placementTrouble({ status, metadata }: EdgePlacement): string | undefined {
  if (status?.specGeneration !== metadata.generation)
    return 'not resolved yet: is the where-resolver running?';
  const failing = status?.conditions?.find((condition) => condition.status !== 'True');
  if (failing) return failing.message || failing.reason || `condition ${failing.type} is ${failing.status}`;
  if (status?.matchingLocationCount === 0) return 'its locationSelectors match no Location';
  return undefined;
}

/** Leaves out what is undefined. */
function defined<T extends object>(fields: T): { [key in keyof T]?: Exclude<T[key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [key in keyof T]?: Exclude<T[key], undefined>;
  };
}
