/** How a syncer that stands by reports itself: by a Lease beside the one that it waits for. */
import { FIELD_MANAGERS, LEASES, type Lease, STANDBY_LEASE } from '@kubestellar/api';
import { type Acquisition, explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { isSameInstallation } from '@kubestellar/rules';

/** Where to report, and as whom. */
export interface StandbyOptions {
  client: Pick<KubeClient, 'apply'>;
  /** Who holds the Lease once this process does. */
  holder: string;
  /** For how long a report is valid. */
  seconds: number;
  logger: Logger;
}

/**
 * Reports to the core that this syncer stands by, for as long as it does. The mailbox-controller makes a condition of
 * the SyncTarget of it: of all that the holder of the Lease writes nothing would show that another syncer waits.
 */
export class Standby {
  readonly #options: StandbyOptions;
  #waitsFor: string | undefined;
  #isReported = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  /** Another syncer holds the Lease, at this look as well. */
  waits(holder: string): void {
    this.#waitsFor = holder;
    this.#isReported = true;
    this.#write(this.#options.holder);
  }

  /**
   * The Lease is ours. The report is withdrawn, unless a stranger's Lease had to expire before or was refused: who has
   * written that may do it again, so the report stays until the core forgets it.
   */
  acquired(how: Acquisition): void {
    const isStranger =
      this.#waitsFor !== undefined && !isSameInstallation(this.#waitsFor, this.#options.holder);
    if (isStranger && (how === 'expired' || how === 'refused')) this.#isReported = false;
    else this.#withdraw();
    this.#waitsFor = undefined;
  }

  /** Ends after the last report, which is withdrawn. */
  async stop(): Promise<void> {
    this.#withdraw();
    await this.#last;
  }

  #withdraw(): void {
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#write('');
  }

  /** One after the other, so that the last one counts. */
  #write(holderIdentity: string): void {
    const { client, seconds, logger } = this.#options;
    const lease = (): Lease => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...STANDBY_LEASE },
      spec: {
        holderIdentity,
        leaseDurationSeconds: seconds,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
    this.#last = this.#last
      .then(async () => {
        await client.apply(LEASES, lease(), { fieldManager: FIELD_MANAGERS.syncer });
      })
      .catch((error: unknown) =>
        logger.warn({ lease: STANDBY_LEASE.name, reason: explain(error) }, 'standing by is not reported'),
      );
  }
}
