import {
  type Condition,
  LEASE_REFUSED,
  type Lease,
  SECOND_SYNCER,
  SYNC_TARGET_CONDITIONS,
  SYNCER_LEASE,
  SYNCER_SILENT,
  type SyncTarget,
  type SyncTargetStatus,
} from '@kubestellar/api';
import type { StandingBy } from './standbys.ts';

/** A syncer is taken for dead when it has not renewed its Lease for so long: four renewals (milliseconds). */
export const SILENCE_LIMIT = 60_000;
/** While nothing changes, the heartbeat time in the status is renewed no more often (milliseconds). */
const REPORT_EVERY = 60_000;
/** Holders are what somebody wrote into a Lease: so many characters of one are shown. */
const SHOWN = 200;

/** What is known about a cluster's connection to the core. */
export interface Observation {
  mailboxReady: boolean;
  lease: Lease | undefined;
  /** Why the Lease is refused; undefined when it is not. */
  leaseProblem: string | undefined;
  /** Who stands by for the holder of the Lease; undefined when nobody does. */
  standingBy: StandingBy | undefined;
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
  const heartbeat =
    (leaseProblem ? undefined : timeOf(lease, observation.now)) ?? previous?.lastSyncerHeartbeatTime;
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
  const mailbox: Finding = {
    status: 'False',
    reason: 'MailboxNotReady',
    message: 'the mailbox workspace does not exist, is not ready, or has not bound the API yet',
  };
  return {
    [heartbeatHealthy]: isBeating(observation)
      ? { status: 'True', reason: 'HeartbeatSeen', message: '' }
      : { ...syncer, reason: 'ErrorHeartbeat' },
    [syncerReady]: syncer,
    [ready]: observation.mailboxReady ? syncer : mailbox,
  };
}

function judgeSyncer(observation: Observation, heartbeat: string | undefined): Finding {
  if (isBeating(observation)) return judgeStandby(observation);
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

/** Of syncers that renew: a second one that nobody wanted is shown, as nothing that the first one writes would. */
function judgeStandby({ lease, standingBy }: Observation): Finding {
  const atWork = { status: 'True', reason: 'SyncerAtWork', message: '' } as const;
  if (!standingBy) return atWork;
  const [standby, holder] = [standingBy.standby, standingBy.holder].map((name) => name.slice(0, SHOWN));
  const isHeld = lease?.spec?.holderIdentity !== standingBy.standby;
  if (standingBy.isWanted)
    return isHeld ? { ...atWork, message: `"${standby}", of the same installation, stands by` } : atWork;
  const name = `the Lease ${SYNCER_LEASE.namespace}/${SYNCER_LEASE.name} in the mailbox workspace`;
  return {
    status: 'False',
    reason: SECOND_SYNCER,
    message:
      `two syncers of different installations use one SyncTarget: "${standby}" ` +
      (isHeld ? `stands by while "${holder}" holds ${name}` : `waited until "${holder}" lost ${name}`) +
      '; end the one that you do not want: each cluster needs a SyncTarget of its own. If you do not know one of them, ' +
      'somebody has the credentials of a syncer: delete its ServiceAccount in the mailbox workspace, and make others by ' +
      '"kubectl kubestellar prep-for-syncer"',
  };
}

/** The syncer's own time of its last renewal, in whole seconds as Kubernetes times are; never one that is to come. */
function timeOf(lease: Lease | undefined, now: number): string | undefined {
  const time = Date.parse(lease?.spec?.renewTime ?? '');
  return Number.isFinite(time) ? rfc3339(Math.min(time, now)) : undefined;
}

function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '');
}
