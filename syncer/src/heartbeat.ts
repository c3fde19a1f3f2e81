/** The Lease by which the syncer shows that it lives, and which decides who writes. */
import { hostname } from 'node:os';
import { FIELD_MANAGERS, SYNCER_LEASE, SYNCER_LEASE_RENEW_SECONDS } from '@kubestellar/api';
import { type KubeClient, LeaseHolder } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { isSameInstallation } from '@kubestellar/rules';
import type { Standby } from './standby.ts';

/** `<sync target uid>/<pod or host>/<pid>`: tells one process from all others. */
export function holderIdentity(syncTargetUID: string, host = hostname(), pid = process.pid): string {
  return `${syncTargetUID}/${host}/${pid}`;
}

/**
 * What is to be told of a syncer that does not hold the Lease.
 * @param own the holder that it would be
 * @returns why it is not ready, or what to note although it is; neither while it holds the Lease
 */
export function standbyOf(
  { held, holder, problem }: Pick<LeaseHolder, 'held' | 'holder' | 'problem'>,
  own: string,
): { notReady?: string; note?: string } {
  if (held) return {};
  const lease = `the Lease ${SYNCER_LEASE.namespace}/${SYNCER_LEASE.name} in the mailbox workspace`;
  if (holder === undefined) return { notReady: `${lease} was not read yet${problem ? `: ${problem}` : ''}` };
  if (holder === '' || holder === own)
    return { notReady: `${lease} is not held yet${problem ? `: ${problem}` : ''}` };
  if (isSameInstallation(holder, own)) return { note: `standing by: "${holder}" holds ${lease}` };
  return {
    notReady:
      `another syncer, "${holder}", holds ${lease} and is not of this installation; each cluster needs a SyncTarget ` +
      'of its own: end the other syncer, or install this one anew by "kubectl kubestellar prep-for-syncer"',
  };
}

/** Whether a holder was a process of this host that has ended: then nobody needs to wait for its Lease to expire. */
export function isDeadHolder(holder: string, isAlive: (pid: number) => boolean = isRunning): boolean {
  const [, host, pid] = holder.split('/');
  return host === hostname() && /^\d+$/.test(pid ?? '') && !isAlive(Number(pid));
}

/** Where the Lease is, and what to do once it is held. */
export interface HeartbeatOptions {
  client: KubeClient;
  holder: string;
  /** Whether a holder is known to be none of our pods, although it says so. */
  isMissing?: ((holder: string) => Promise<boolean>) | undefined;
  /** Reports that this syncer stands by. */
  standby: Pick<Standby, 'waits' | 'acquired'>;
  onAcquired: () => void;
  logger: Logger;
}

/** @returns the holder of the syncer's Lease in the mailbox workspace, not started yet */
export function heartbeat({
  client,
  holder,
  isMissing,
  standby,
  onAcquired,
  logger,
}: HeartbeatOptions): LeaseHolder {
  return new LeaseHolder({
    ...SYNCER_LEASE,
    client,
    holder,
    isDead: async (other) => isDeadHolder(other) || ((await isMissing?.(other)) ?? false),
    fieldManager: FIELD_MANAGERS.syncer,
    renewEvery: SYNCER_LEASE_RENEW_SECONDS * 1000,
    logger,
    onStandby: (other) => {
      const isWanted = isSameInstallation(other, holder);
      const log = isWanted ? logger.info.bind(logger) : logger.warn.bind(logger);
      log(
        { holder: other, self: holder },
        `standing by: another syncer holds the Lease${isWanted ? '' : ', of another installation'}`,
      );
    },
    onWait: (other) => standby.waits(other),
    onAcquired: (how) => {
      logger.info({ holder, how }, 'holding the Lease: at work');
      standby.acquired(how);
      onAcquired();
    },
    onLost: () => logger.warn({ holder }, 'the Lease is lost: standing by'),
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
