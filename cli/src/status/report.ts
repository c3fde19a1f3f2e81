/** The contents of `kubectl kubestellar status`, computed from objects of the core. */
import { type EdgePlacement, SYNC_TARGET_CONDITIONS, type SyncTarget } from '@kubestellar/api';

/** One line of the status: its subject, and the problem, if any. */
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
  /** Seconds since the syncer was last seen. */
  readonly heartbeatAge?: number;
}

export interface PlacementLine extends Line {
  readonly workspace: string;
  readonly name: string;
  /** Number of selected Locations; absent while unresolved. */
  readonly locations?: number;
  /** Its objects, each counted once per destination, and how many of these the clusters have. */
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
 * The mailbox-controller reports an active syncer once a minute, and an unreachable one after another minute: an
 * older report means that the mailbox-controller itself is not running.
 */
const STALE_SECONDS = 150;

/** @param now milliseconds since 1970 */
export function locationLine(workspace: string, target: SyncTarget, now: number): LocationLine {
  const { status, metadata } = target;
  const seen = status?.lastSyncerHeartbeatTime;
  const heartbeatAge =
    seen === undefined ? undefined : Math.max(0, Math.round((now - Date.parse(seen)) / 1000));
  const trouble = locationProblem(target, heartbeatAge);
  return { workspace, name: metadata.name, ...defined({ heartbeatAge, trouble }) };
}

export function placementLine(workspace: string, placement: EdgePlacement): PlacementLine {
  const { status, metadata } = placement;
  const trouble = placementProblem(placement);
  const { wanted, applied } = status?.summary ?? {};
  return {
    workspace,
    name: metadata.name,
    ...defined({ locations: status?.matchingLocationCount, wanted, applied, trouble }),
  };
}

function locationProblem({ status, metadata }: SyncTarget, age: number | undefined): string | undefined {
  if (age === undefined)
    return `no syncer was ever seen: run "kubectl kubestellar prep-for-syncer ${metadata.name}", and apply the manifest that it writes`;
  const failing = status?.conditions?.find(
    ({ type, status: value }) =>
      Object.values(SYNC_TARGET_CONDITIONS).some((each) => each === type) && value !== 'True',
  );
  if (failing) return failing.message || failing.reason || `condition ${failing.type} is ${failing.status}`;
  if (age > STALE_SECONDS) return 'the syncer is unreachable, or the mailbox-controller does not run';
  return undefined;
}

function placementProblem({ status, metadata }: EdgePlacement): string | undefined {
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
