import { type Lease, SYNC_TARGET_CONDITIONS, type SyncTarget } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';

/**
 * Remembers when each syncer's Lease was last seen to be renewed, by our own clock: clocks of clusters may
 * be wrong, but a renewal that arrives has just happened.
 */
export class Heartbeats {
  readonly #since: number;
  readonly #heard = new Map<string, number>();
  readonly #leases = new Map<string, Lease>();

  /** @param since when we began to listen (milliseconds) */
  constructor(since: number) {
    this.#since = since;
  }

  /** A Lease as the first list shows it: when it was renewed is not known from that. */
  found(lease: Lease): void {
    this.#leases.set(clusterOf(lease), lease);
  }

  /** A Lease that has just been renewed. */
  renewed(lease: Lease, now: number): void {
    this.found(lease);
    this.#heard.set(clusterOf(lease), now);
  }

  /** The Lease was deleted, or its workspace was. */
  gone(lease: Lease): void {
    this.#leases.delete(clusterOf(lease));
    this.#heard.delete(clusterOf(lease));
  }

  /** @returns the Lease in a mailbox workspace (ID of its logical cluster) */
  lease(cluster: string): Lease | undefined {
    return this.#leases.get(cluster);
  }

  /**
   * When the syncer was last heard of (milliseconds). Before we have seen it renew, it gets the benefit of
   * the doubt from our start on if its status says healthy; else its own clock must do.
   */
  heardAt(cluster: string, target: SyncTarget): number | undefined {
    const heard = this.#heard.get(cluster);
    const lease = this.#leases.get(cluster);
    if (heard !== undefined || !lease) return heard;
    const health = target.status?.conditions?.find(
      ({ type }) => type === SYNC_TARGET_CONDITIONS.heartbeatHealthy,
    );
    if (health?.status === 'True') return this.#since;
    const renewed = Date.parse(lease.spec?.renewTime ?? '');
    return Number.isFinite(renewed) ? renewed : undefined;
  }
}
