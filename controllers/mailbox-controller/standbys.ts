/** Which syncers have reported that they stand by for the holder of the Lease in their mailbox workspace. */
import { type Lease, SYNCER_LEASE_RENEW_SECONDS } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import { isSameInstallation } from '@kubestellar/rules';

/** For how long a report counts without another one: longer than an attacker cares to wait (milliseconds). */
const KEPT = 5 * 60_000;
/** The same of a pod of the holder's own installation, which nobody needs to be warned of. */
const KEPT_WANTED = SYNCER_LEASE_RENEW_SECONDS * 3 * 1000;
/** The same when the report is withdrawn. Whoever can write the Lease can do that, but who stands by soon repeats it. */
const KEPT_WITHDRAWN = SYNCER_LEASE_RENEW_SECONDS * 1000;

/** A syncer that stood by when it last reported. */
export interface StandingBy {
  standby: string;
  /** Who held the Lease then. */
  holder: string;
  /** Whether both say that they are of one installation. */
  isWanted: boolean;
  /** Until when the report counts, by our own clock (milliseconds). */
  until: number;
}

/** Remembers the reports, by our own clock. */
export class Standbys {
  readonly #reports = new Map<string, StandingBy>();

  /**
   * @param lease by which a syncer reports
   * @param holder who holds the Lease that it waits for
   * @param now milliseconds
   */
  reported(lease: Lease, holder: string, now: number): void {
    const cluster = clusterOf(lease);
    const standby = lease.spec?.holderIdentity ?? '';
    const before = this.get(cluster, now);
    if (standby === '') {
      if (before)
        this.#reports.set(cluster, { ...before, until: Math.min(before.until, now + KEPT_WITHDRAWN) });
      return;
    }
    if (holder === '' || standby === holder) return;
    const isWanted = isSameInstallation(standby, holder);
    // Of two that stand by, the one that nobody wanted is worth a condition.
    if (isWanted && before && !before.isWanted) return;
    this.#reports.set(cluster, {
      ...{ standby, holder, isWanted },
      until: now + (isWanted ? KEPT_WANTED : KEPT),
    });
  }

  /** The Lease was deleted, or its workspace was. */
  gone(lease: Lease): void {
    this.#reports.delete(clusterOf(lease));
  }

  /** @returns the report that counts in a mailbox workspace (ID of its logical cluster) */
  get(cluster: string, now: number): StandingBy | undefined {
    const found = this.#reports.get(cluster);
    return found && now < found.until ? found : undefined;
  }
}
