import {
  type Condition,
  LEASE_REFUSED,
  type Lease,
  SYNC_TARGET_CONDITIONS,
  SYNCER_LEASE,
  SYNCER_SILENT,
  type SyncTarget,
  type SyncTargetStatus,
} from '@kubestellar/api';

/** A syncer is taken for dead when it has not renewed its Lease for so long: four renewals (milliseconds). */
export const SILENCE_LIMIT = 60_000;
/** While nothing changes, the heartbeat time in the status is renewed no more often (milliseconds). */
const REPORT_EVERY = 60_000;

/** What is known about a cluster's connection to the core. */
export interface Observation {
  mailboxReady: boolean;
  lease: Lease | undefined;
  /** Why the Lease is refused; undefined when it is not. */
  leaseProblem: string | undefined;
  /** When a renewal was last seen, by our own clock (milliseconds); undefined before the first. */
  heardAt: number | undefined;
  now: number;
}

type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

/** @returns true when the syncer was heard of recently enough */
export function isBeating({ heardAt, now }: Observation): boolean {
  return heardAt !== undefined && now - heardAt < SILENCE_LIMIT;
}

/** The part of a SyncTarget's status that the mailbox-controller writes. */
export function statusOf(target: SyncTarget, observation: Observation): SyncTargetStatus {
  const previous = target.status;
  const { lease, leaseProblem } = observation;
  const heartbeat = (leaseProblem ? undefined : timeOf(lease)) ?? previous?.lastSyncerHeartbeatTime;
  const findings = judge(observation, heartbeat);
  const conditions = Object.entries(findings).map(([type, finding]): Condition => {
    const before = previous?.conditions?.find((condition) => condition.type === type);
    const unchanged = before?.status === finding.status;
    return {
      type,
      ...finding,
      lastTransitionTime: unchanged ? before.lastTransitionTime : rfc3339(observation.now),
    };
  });
  return { ...(heartbeat ? { lastSyncerHeartbeatTime: heartbeat } : {}), conditions };
}

/** @returns true when the status misses news: a changed condition at once, a heartbeat once a minute */
export function isNews(wanted: SyncTargetStatus, previous: SyncTargetStatus | undefined): boolean {
  const told = (wanted.conditions ?? []).every((condition) =>
    previous?.conditions?.some(
      ({ type, status, reason, message }) =>
        type === condition.type &&
        status === condition.status &&
        reason === condition.reason &&
        (message ?? '') === (condition.message ?? ''),
    ),
  );
  if (!told) return true;
  const before = Date.parse(previous?.lastSyncerHeartbeatTime ?? '');
  const now = Date.parse(wanted.lastSyncerHeartbeatTime ?? '');
  // Either way: a time ahead of all that follow must not stay for ever.
  return Number.isFinite(now) && !(Math.abs(now - before) < REPORT_EVERY);
}

function judge(observation: Observation, heartbeat: string | undefined): { [type: string]: Finding } {
  const { ready, syncerReady, heartbeatHealthy } = SYNC_TARGET_CONDITIONS;
  const syncer = judgeSyncer(observation, heartbeat);
  const good = syncer.status === 'True';
  const mailbox: Finding = {
    status: 'False',
    reason: 'MailboxNotReady',
    message: 'the mailbox workspace does not exist, is not ready, or has not bound the API yet',
  };
  return {
    [heartbeatHealthy]: good
      ? { status: 'True', reason: 'HeartbeatSeen', message: '' }
      : { ...syncer, reason: 'ErrorHeartbeat' },
    [syncerReady]: syncer,
    [ready]: observation.mailboxReady ? syncer : mailbox,
  };
}

function judgeSyncer(observation: Observation, heartbeat: string | undefined): Finding {
  if (isBeating(observation)) return { status: 'True', reason: 'SyncerAtWork', message: '' };
  const { leaseProblem } = observation;
  if (leaseProblem) {
    const { namespace, name } = SYNCER_LEASE;
    return {
      status: 'False',
      reason: LEASE_REFUSED,
      message:
        `the Lease ${namespace}/${name} in the mailbox workspace is not believed: ${leaseProblem}; no syncer writes that. ` +
        'Who did has the credentials of a syncer: make others by "kubectl kubestellar prep-for-syncer"',
    };
  }
  if (heartbeat === undefined) {
    return {
      status: 'False',
      reason: 'SyncerNotSeen',
      message: 'no syncer has connected yet; "kubectl kubestellar prep-for-syncer" makes its manifest',
    };
  }
  return {
    status: 'False',
    reason: SYNCER_SILENT,
    message: `no heartbeat since ${heartbeat}; check that the syncer runs in its cluster and reaches the core`,
  };
}

/** The syncer's own time of its last renewal, in whole seconds as Kubernetes times are. */
function timeOf(lease: Lease | undefined): string | undefined {
  const time = Date.parse(lease?.spec?.renewTime ?? '');
  return Number.isFinite(time) ? rfc3339(time) : undefined;
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '');
}
