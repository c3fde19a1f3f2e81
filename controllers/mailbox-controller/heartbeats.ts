import {
  type Lease,
  SYNC_TARGET_CONDITIONS,
  SYNCER_LEASE_RENEW_SECONDS,
  type SyncTarget,
} from '@kubestellar/api';
import { clusterOf, leaseProblem } from '@kubestellar/kube';

/** A syncer's Lease is valid for three renewals. */
const VALID_SECONDS = SYNCER_LEASE_RENEW_SECONDS * 3;

/**
 * Remembers when each syncer's Lease was last seen to be renewed, by our own clock: clocks of clusters may
 * be wrong, but a renewal that arrives has just happened.
 */
export class Heartbeats {
  readonly #since: number;
  readonly #heard = new Map<string, number>();
  readonly #leases = new Map<string, Lease>();
  /** What is wrong with a Lease as it is now. */
  readonly #problems = new Map<string, string>();

  /** @param since when we began to listen (milliseconds) */
  constructor(since: number) {
    this.#since = since;
  }

  /** A Lease as the first list shows it: when it was renewed is not known from that. */
  found(lease: Lease, now = this.#since): void {
    const cluster = clusterOf(lease);
    this.#leases.set(cluster, lease);
    const problem = leaseProblem(lease.spec ?? {}, VALID_SECONDS, now);
    if (problem) this.#problems.set(cluster, problem);
    else this.#problems.delete(cluster);
  }

  /** A Lease that has just been renewed. One that says what no syncer writes is nobody's heartbeat. */
  renewed(lease: Lease, now: number): void {
    const cluster = clusterOf(lease);
    const before = this.#leases.get(cluster);
    this.found(lease, now);
    const isRenewal = renewalOf(before) !== renewalOf(lease);
    if (isRenewal && !this.problem(cluster)) this.#heard.set(cluster, now);
  }

  /** The Lease was deleted, or its workspace was. */
  gone(lease: Lease): void {
    this.#leases.delete(clusterOf(lease));
    this.#heard.delete(clusterOf(lease));
    this.#problems.delete(clusterOf(lease));
  }

  /** @returns why the Lease in a mailbox workspace (ID of its logical cluster) is refused; undefined when it is not */
  problem(cluster: string): string | undefined {
    return this.#problems.get(cluster);
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
    if (this.#problems.has(cluster)) return undefined;
    const heard = this.#heard.get(cluster);
    const lease = this.#leases.get(cluster);
    if (heard !== undefined || !lease) return heard;
    const health = target.status?.conditions?.find(
      ({ type }) => type === SYNC_TARGET_CONDITIONS.heartbeatHealthy,
    );
    if (health?.status === 'True') return this.#since;
    const renewed = Date.parse(lease.spec?.renewTime ?? '');
    // A clock that is far ahead would have a dead syncer live on; its next renewal, if one comes, tells.
    const isPlausible = renewed <= this.#since + VALID_SECONDS * 1000;
    return isPlausible ? Math.min(renewed, this.#since) : undefined;
  }
}

/** What every renewal changes: a Lease that gets an annotation is not renewed. */
function renewalOf(lease: Lease | undefined): string {
  return JSON.stringify([lease?.spec?.holderIdentity, lease?.spec?.renewTime]);
}
