/** The Lease by which the syncer shows that it lives, and which decides who writes (design.md, API). */
import { hostname } from 'node:os';
import { FIELD_MANAGERS, SYNCER_LEASE, SYNCER_LEASE_RENEW_SECONDS } from '@kubestellar/api';
import { type KubeClient, LeaseHolder } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';

/** `<sync target uid>/<pod or host>/<pid>`: tells one process from all others. */
export function holderIdentity(syncTargetUID: string, host = hostname(), pid = process.pid): string {
  return `${syncTargetUID}/${host}/${pid}`;
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
  onAcquired: () => void;
  logger: Logger;
}

/** @returns the holder of the syncer's Lease in the mailbox workspace, not started yet */
export function heartbeat({ client, holder, onAcquired, logger }: HeartbeatOptions): LeaseHolder {
  return new LeaseHolder({
    ...SYNCER_LEASE,
    client,
    holder,
    isDead: isDeadHolder,
    fieldManager: FIELD_MANAGERS.syncer,
    renewEvery: SYNCER_LEASE_RENEW_SECONDS * 1000,
    logger,
    onAcquired: () => {
      logger.info({ holder }, 'holding the Lease: at work');
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
