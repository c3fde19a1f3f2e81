import {
  LEASE_REFUSED,
  mailboxWorkspaceName,
  SYNC_TARGET_CONDITIONS,
  SYNCER_SILENT,
  type SyncTarget,
} from '@kubestellar/api';
import { clusterOf, type Informer } from '@kubestellar/kube';

/**
 * The clusters whose syncers were at work and have fallen silent, as the mailbox-controller tells in the conditions of
 * SyncTargets: it has seen their Leases expire.
 */
export class Silence {
  readonly #mailboxes = new Set<string>();

  /**
   * @param targets the SyncTargets; whose watch it is starts and ends it
   * @param onChange called with the mailbox workspace's name of a cluster that has fallen silent, or is heard again
   */
  constructor(targets: Informer<SyncTarget>, onChange: (mailbox: string) => void) {
    const seen = (target: SyncTarget, isThere: boolean) => {
      const mailbox = mailboxWorkspaceName(clusterOf(target), target.metadata.uid ?? '');
      const isSilent = isThere && hasFallenSilent(target);
      if (isSilent === this.#mailboxes.has(mailbox)) return;
      if (isSilent) this.#mailboxes.add(mailbox);
      else this.#mailboxes.delete(mailbox);
      onChange(mailbox);
    };
    targets.addHandler({
      onAdd: (target) => seen(target, true),
      onUpdate: (target) => seen(target, true),
      onDelete: (target) => seen(target, false),
    });
  }

  /** @returns whether nothing is heard any more of the cluster behind a mailbox workspace (its name) */
  has(mailbox: string): boolean {
    return this.#mailboxes.has(mailbox);
  }
}

/** Whether a SyncTarget tells that its syncer was at work and is not heard any more, or can't be believed. */
export function hasFallenSilent({ status }: SyncTarget): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason }) =>
      type === SYNC_TARGET_CONDITIONS.syncerReady && (reason === SYNCER_SILENT || reason === LEASE_REFUSED),
  );
}
