import { LEASES, type Lease, type OwnerReference } from '@kubestellar/api';
import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { explain, isConflict } from './errors.ts';
import { leaseProblem, nextTransition } from './lease-spec.ts';

/** Which Lease to hold, as whom, and how often to renew it (milliseconds). */
export interface LeaseOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  holder: string;
  fieldManager: string;
  renewEvery: number;
  logger: Logger;
  /** Whether another holder is known to be dead, so that its Lease is taken over before it expires. */
  isDead?: ((holder: string) => boolean | Promise<boolean>) | undefined;
  /** What the Lease belongs to, so that it goes with it; undefined while that is not known. */
  owner?: (() => OwnerReference | undefined) | undefined;
  /** Called once for each other holder for whom we stand by. */
  onStandby?: ((holder: string) => void) | undefined;
  /** Called at each look at a Lease of another holder for whom we stand by. */
  onWait?: ((holder: string) => void) | undefined;
  onAcquired: (how: Acquisition) => void;
  /** Called when the Lease went to another holder or could not be renewed in time. */
  onLost: () => void;
  /** Milliseconds of a clock that is never set, as `performance.now` is; tests have their own. */
  elapsed?: (() => number) | undefined;
}

/** How a Lease was acquired: nobody held it, its holder is dead, did not renew it, or had written what is refused. */
export type Acquisition = 'free' | 'dead' | 'expired' | 'refused';

/**
 * Holds a coordination.k8s.io Lease: acquires it when it is free or expired (three missed renewals),
 * renews it, and reports when it is lost. At most one holder is active as long as clocks run equally fast. A Lease that
 * says what none of our programs writes is refused: it is as good as free. What another holder writes about times is
 * not obeyed: it is waited for as long as our own Leases are valid, from when we have seen its last renewal.
 */
export class LeaseHolder {
  readonly #options: LeaseOptions;
  readonly #validFor: number;
  #timer: NodeJS.Timeout | undefined;
  #lease: Lease | undefined;
  readonly #elapsed: () => number;
  #seen: { renewal: string; at: number } | undefined;
  #held = false;
  #renewedAt = 0;
  #holder: string | undefined;
  #problem: string | undefined;
  #stopped = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#validFor = options.renewEvery * 3;
    this.#elapsed = options.elapsed ?? (() => performance.now());
  }

  /** True while this process holds the Lease. */
  get held(): boolean {
    return this.#held;
  }

  /** Who held the Lease when it was last read: '' for nobody, undefined until it could be read. */
  get holder(): string | undefined {
    return this.#holder;
  }

  /** What keeps us from holding it although nobody else does; undefined when nothing has failed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Begins to acquire and renew, in the background. */
  start(): this {
    void this.#tick();
    return this;
  }

  /** Gives the Lease up, so that a successor need not wait for its expiry. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (!this.#held || !this.#lease) return;
    this.#held = false;
    const released = {
      ...this.#lease,
      spec: { ...this.#lease.spec, holderIdentity: '', leaseDurationSeconds: 1 },
    };
    await this.#write(released).catch(() => undefined);
  }

  async #tick(): Promise<void> {
    try {
      await this.#acquireOrRenew();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = explain(error);
      if (!isConflict(error))
        this.#options.logger.warn({ lease: this.#options.name, reason: explain(error) }, 'lease not renewed');
    }
    if (this.#held && this.#elapsed() - this.#renewedAt > this.#validFor) this.#lose();
    if (!this.#stopped)
      this.#timer = setTimeout(() => void this.#tick(), this.#options.renewEvery * (this.#held ? 1 : 0.4));
  }

  async #acquireOrRenew(): Promise<void> {
    const { client, namespace, name, holder } = this.#options;
    const lease = await client.get<Lease>(LEASES, { namespace, name });
    const other = lease?.spec?.holderIdentity ?? '';
    const how = lease ? await this.#claim(lease) : 'free';
    if (how === undefined) {
      if (this.#holder !== other) this.#options.onStandby?.(other);
      this.#holder = other;
      if (this.#held) this.#lose();
      this.#options.onWait?.(other);
      return;
    }
    this.#holder = '';
    const now = new Date().toISOString().replace('Z', '000Z');
    const owner = this.#options.owner?.();
    const renewal = lease?.spec?.holderIdentity === holder;
    const written = await this.#write({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...(lease?.metadata ?? { name, namespace }),
        ...(owner ? { ownerReferences: [owner] } : {}),
      },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: Math.ceil(this.#validFor / 1000),
        acquireTime: renewal ? (lease.spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: transitionsAfter(lease, renewal),
      },
    });
    this.#lease = written;
    this.#holder = holder;
    this.#renewedAt = this.#elapsed();
    if (this.#held || this.#stopped) return;
    this.#held = true;
    this.#options.onAcquired(how);
  }

  /**
   * Judged by our own clock since we saw the last renewal: other machines' clocks may be wrong, and so may be what
   * somebody writes who wants us to wait.
   * @returns how the Lease is ours to take; undefined while another holder is to be waited for
   */
  async #claim(lease: Lease): Promise<Acquisition | undefined> {
    const spec = lease.spec ?? {};
    const { holderIdentity = '', leaseDurationSeconds = 0, renewTime } = spec;
    if (holderIdentity === '' || holderIdentity === this.#options.holder) return 'free';
    if (await this.#options.isDead?.(holderIdentity)) return 'dead';
    const problem = leaseProblem(spec, this.#validFor / 1000, Date.now());
    if (problem) {
      const { name, logger } = this.#options;
      logger.warn(
        { lease: name, holder: holderIdentity, reason: problem },
        'a Lease is refused, and taken over',
      );
      return 'refused';
    }
    const renewal = JSON.stringify([holderIdentity, renewTime]);
    if (this.#seen?.renewal !== renewal) this.#seen = { renewal, at: this.#elapsed() };
    const limit = Math.min(leaseDurationSeconds * 1000, this.#validFor);
    return this.#elapsed() - this.#seen.at > limit ? 'expired' : undefined;
  }

  #write(lease: Lease): Promise<Lease> {
    const { client, fieldManager } = this.#options;
    if (lease.metadata.resourceVersion) return client.replace(LEASES, lease, { fieldManager });
    return client.create(LEASES, lease, { fieldManager });
  }

  #lose(): void {
    this.#held = false;
    this.#options.onLost();
  }
}

/** Of a holder that goes on it stays; what a server would not take again is put right. */
function transitionsAfter(lease: Lease | undefined, isRenewal: boolean): number {
  if (!lease) return 0;
  const next = nextTransition(lease.spec?.leaseTransitions);
  return isRenewal ? next - 1 : next;
}
