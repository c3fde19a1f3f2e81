import { CLUSTER_CLAIMED_BY, CLUSTER_HELD_BY, CLUSTER_ID, ORPHANS } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { formatOrigin } from '@kubestellar/rules';
import { ClusterClaim } from './claim.ts';
import { readClusterId } from './cluster-id.ts';
import type { OrphanReport } from './orphans.ts';

/** Which cluster, and whom to tell. */
export interface ClusterOptions {
  wec: KubeClient;
  /** What identifies it; undefined to ask it. */
  id: string | undefined;
  /** Called when this syncer may work in it, or may no more. */
  onChange: () => void;
  /** @returns what others have left in it; undefined while that is not known */
  listOrphans: () => OrphanReport | undefined;
  logger: Logger;
}

/** Which cluster the syncer is in, whether it may work there, and what it says of that in the mailbox workspace. */
export class Cluster {
  readonly claim: ClusterClaim;
  readonly #options: ClusterOptions;
  readonly #ended = new AbortController();
  #id: string | undefined;

  constructor(options: ClusterOptions) {
    const { wec, onChange, logger } = options;
    this.#options = options;
    this.#id = options.id;
    this.claim = new ClusterClaim({ wec, onChange, logger });
  }

  start(): void {
    const { wec, logger } = this.#options;
    if (this.#id !== undefined) return;
    void readClusterId(wec, logger, this.#ended.signal).then((id) => {
      this.#id = id;
    });
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.claim.stop();
  }

  /** @returns what the syncer's Lease in the mailbox workspace says of the cluster */
  annotations(): { [key: string]: string | undefined } {
    const { heldBy, claimedBy } = this.claim;
    const orphans = this.#options.listOrphans();
    return {
      [CLUSTER_ID]: this.#id,
      [CLUSTER_HELD_BY]: heldBy && formatOrigin(heldBy),
      [CLUSTER_CLAIMED_BY]: claimedBy && formatOrigin(claimedBy),
      [ORPHANS]: orphans?.count ? JSON.stringify(orphans) : undefined,
    };
  }
}
