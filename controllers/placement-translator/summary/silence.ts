import {
  mailboxWorkspaceName,
  SYNC_TARGET_CONDITIONS,
  SYNC_TARGETS,
  SYNCER_SILENT,
  type SyncTarget,
} from '@kubestellar/api';
import { clusterOf, Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';

/**
 * The clusters whose syncers were at work and have fallen silent, as the mailbox-controller tells in the conditions of
 * SyncTargets: it has seen their Leases expire.
 */
export class Silence {
  readonly #targets: Informer<SyncTarget>;
  readonly #mailboxes = new Set<string>();

  /**
   * @param view a client at the view of the APIExport edge.kubestellar.io
   * @param onChange called with the mailbox workspace's name of a cluster that has fallen silent, or is heard again
   */
  constructor(view: KubeClient, logger: Logger, onChange: (mailbox: string) => void) {
    this.#targets = new Informer<SyncTarget>({
      client: view,
      resource: SYNC_TARGETS,
      logger,
      transform: conditionsOnly,
    });
    const seen = (target: SyncTarget, isThere: boolean) => {
      const mailbox = mailboxWorkspaceName(clusterOf(target), target.metadata.uid ?? '');
      const isSilent = isThere && hasFallenSilent(target);
      if (isSilent === this.#mailboxes.has(mailbox)) return;
      if (isSilent) this.#mailboxes.add(mailbox);
      else this.#mailboxes.delete(mailbox);
      onChange(mailbox);
    };
    this.#targets.addHandler({
      onAdd: (target) => seen(target, true),
      onUpdate: (target) => seen(target, true),
      onDelete: (target) => seen(target, false),
    });
  }

  /** @returns when all SyncTargets have been read */
  async start(): Promise<void> {
    await this.#targets.start().whenSynced();
  }

  async stop(): Promise<void> {
    await this.#targets.stop();
  }

  /** @returns whether nothing is heard any more of the cluster behind a mailbox workspace (its name) */
  has(mailbox: string): boolean {
    return this.#mailboxes.has(mailbox);
  }
}

/** Whether a SyncTarget tells that its syncer was at work and is not heard any more. */
export function hasFallenSilent({ status }: SyncTarget): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason }) => type === SYNC_TARGET_CONDITIONS.syncerReady && reason === SYNCER_SILENT,
  );
}

function conditionsOnly({ apiVersion, kind, metadata, status }: SyncTarget): SyncTarget {
  const { managedFields: _, ...kept } = metadata;
  return { apiVersion, kind, metadata: kept, status: { conditions: status?.conditions ?? [] } };
}
