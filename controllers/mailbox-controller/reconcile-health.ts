import type { Lease, SyncTarget, SyncTargetStatus } from '@kubestellar/api';
import type { RequeueAfter } from '@kubestellar/kube';
import { isBeating, isNews, SILENCE_LIMIT, statusOf } from './health.ts';
import type { StandingBy } from './standbys.ts';

/** What the reconcile reads and does, as functions so that tests need no server. */
export interface HealthDependencies {
  syncTarget(mailbox: string): SyncTarget | undefined;
  /** Whether the mailbox workspace is there and has bound our API. */
  isMailboxReady(mailbox: string): boolean;
  lease(mailbox: string): Lease | undefined;
  /** Why the Lease is refused; undefined when it is not. */
  leaseProblem(mailbox: string): string | undefined;
  /** Who stands by for the holder of the Lease. */
  standingBy(mailbox: string): StandingBy | undefined;
  heardAt(mailbox: string, target: SyncTarget): number | undefined;
  writeStatus(target: SyncTarget, status: SyncTargetStatus): Promise<void>;
  now(): number;
}

/**
 * Makes a SyncTarget's status tell whether its syncer is at work, and looks again when its silence would
 * have become too long, or what a syncer that stands by has reported counts no longer.
 */
export async function reconcileHealth(
  mailbox: string,
  deps: HealthDependencies,
): Promise<RequeueAfter | undefined> {
  const target = deps.syncTarget(mailbox);
  if (!target || target.metadata.deletionTimestamp) return undefined;
  const now = deps.now();
  const heardAt = deps.heardAt(mailbox, target);
  const standingBy = deps.standingBy(mailbox);
  const observation = {
    mailboxReady: deps.isMailboxReady(mailbox),
    lease: deps.lease(mailbox),
    leaseProblem: deps.leaseProblem(mailbox),
    standingBy,
    heardAt,
    now,
  };
  const status = statusOf(target, observation);
  if (isNews(status, target.status)) await deps.writeStatus(target, status);
  if (heardAt === undefined || !isBeating(observation)) return undefined;
  const next = Math.min(heardAt + SILENCE_LIMIT, standingBy?.until ?? Number.POSITIVE_INFINITY);
  return { requeueAfter: next - now };
}
