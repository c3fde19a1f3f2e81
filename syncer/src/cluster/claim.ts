/** The Lease in the cluster that says for whom a syncer works there (docs/decisions/0015-marks-with-origin.md). */
import { CLUSTER_CLAIMED_BY, CLUSTER_LEASE, FIELD_MANAGERS, LEASES, type Lease } from '@kubestellar/api';
import { explain, type KubeClient, LeaseHolder } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import {
  formatOrigin,
  isSameOrigin,
  type Origin,
  type Problem,
  parseOrigin,
  problem,
} from '@kubestellar/rules';

/** Where the Lease is, and whom to tell. */
export interface ClusterClaimOptions {
  wec: KubeClient;
  /** Called when this syncer may work in the cluster, or may no more. */
  onChange: () => void;
  logger: Logger;
  /** Milliseconds between two renewals. */
  renewEvery?: number;
  now?: () => number;
}

const RENEW_EVERY = 15_000;

/**
 * One cluster is one SyncTarget's: of two syncers for different ones, the one that came first works, and the other one
 * stands by and says so on the Lease, whereupon the first deletes nothing. All processes of one SyncTarget hold the Lease
 * as one; which of them works, the Lease in their mailbox workspace decides.
 */
export class ClusterClaim {
  readonly #options: ClusterClaimOptions;
  readonly #renewEvery: number;
  readonly #now: () => number;
  #own: Origin | undefined;
  #lease: LeaseHolder | undefined;
  #heldBy: string | undefined;
  #wasHeld = false;
  /** The last note of another syncer, and when it was first seen, by our own clock. */
  #note: { text: string; at: number } | undefined;

  constructor(options: ClusterClaimOptions) {
    this.#options = options;
    this.#renewEvery = options.renewEvery ?? RENEW_EVERY;
    this.#now = options.now ?? Date.now;
  }

  /** Whether this syncer holds the cluster, so that it may delete there. */
  get held(): boolean {
    return this.#lease?.held ?? false;
  }

  /**
   * Whether this syncer may write: also when it held the cluster, can't reach it any more, and knows of nobody else who
   * holds it. What it tries then fails by itself, and says why.
   */
  get mayWrite(): boolean {
    return this.held || (this.#wasHeld && this.heldBy === undefined);
  }

  /** Why nothing may be deleted; undefined when it may. */
  get whyKeep(): Problem | undefined {
    return this.clash ?? this.#unheld;
  }

  /** Why nothing may be written, as far as something is wrong; undefined also while the Lease was not read yet. */
  get whyIdle(): Problem | undefined {
    return this.clash ?? (this.#lease?.problem ? this.#unheld : undefined);
  }

  get #unheld(): Problem | undefined {
    return this.held ? undefined : problem('Unreachable', this.problem ?? '');
  }

  /** For whom another syncer works in the cluster, so that this one does not. */
  get heldBy(): Origin | undefined {
    return this.held ? undefined : parseOrigin(this.#heldBy ?? '');
  }

  /** For whom another syncer wants to work in the cluster, so that this one deletes nothing. */
  get claimedBy(): Origin | undefined {
    if (!this.held || !this.#note || this.#now() - this.#note.at > this.#renewEvery * 3) return undefined;
    return claimantOf(this.#note.text);
  }

  /** What is wrong with the objects of the cluster; undefined when nothing is. */
  get clash(): Problem | undefined {
    const { heldBy, claimedBy } = this;
    const other = heldBy ?? claimedBy;
    if (!other || !this.#own) return undefined;
    const whom = `SyncTarget ${other.syncTarget}${other.core === this.#own.core ? '' : ` of the core ${other.core}`}`;
    const { namespace, name } = CLUSTER_LEASE;
    const does = heldBy
      ? 'a syncer works in this cluster, so this one neither writes nor deletes anything there'
      : 'another syncer wants to work in this cluster, so this one deletes nothing there';
    return problem(
      'ClusterClash',
      `for ${whom} ${does} (Lease ${namespace}/${name}): end the syncer that is not wanted`,
    );
  }

  /** Why this syncer does not work; undefined when it does. */
  get problem(): string | undefined {
    if (this.held) return undefined;
    if (this.heldBy) return this.clash?.message;
    const { namespace, name } = CLUSTER_LEASE;
    const reason = this.#lease?.problem;
    return `the Lease ${namespace}/${name} in the cluster is not held yet${reason ? `: ${reason}` : ''}`;
  }

  /** Begins to hold the Lease. @param own for whom */
  start(own: Origin): void {
    if (this.#lease) return;
    const { wec, onChange, logger } = this.#options;
    this.#own = own;
    this.#lease = new LeaseHolder({
      ...CLUSTER_LEASE,
      client: wec,
      holder: formatOrigin(own),
      fieldManager: FIELD_MANAGERS.syncer,
      renewEvery: this.#renewEvery,
      logger,
      onRead: (lease) => this.#read(lease, own),
      onStandby: (other) => {
        this.#heldBy = other;
        logger.warn({ reason: this.clash?.message ?? other }, 'standing by: the cluster is not ours');
        onChange();
      },
      onAcquired: () => {
        this.#heldBy = undefined;
        this.#wasHeld = true;
        onChange();
      },
      onLost: onChange,
    }).start();
  }

  async stop(): Promise<void> {
    await this.#lease?.stop();
  }

  #read(lease: Lease, own: Origin): void {
    const holder = parseOrigin(lease.spec?.holderIdentity ?? '');
    if (holder && !isSameOrigin(holder, own)) {
      this.#heldBy = formatOrigin(holder);
      void this.#announce(lease, own);
      return;
    }
    const text = lease.metadata.annotations?.[CLUSTER_CLAIMED_BY] ?? '';
    const claimant = claimantOf(text);
    if (!claimant || isSameOrigin(claimant, own) || this.#note?.text === text) return;
    this.#note = { text, at: this.#now() };
    this.#options.logger.warn({ reason: this.clash?.message }, 'another syncer claims the cluster');
  }

  /** Tells the holder that we are there; it sees by the time that we still are. */
  async #announce({ metadata: { uid } }: Lease, own: Origin): Promise<void> {
    const { wec, logger } = this.#options;
    const value = `${formatOrigin(own)}@${new Date(this.#now()).toISOString()}`;
    const patch = { metadata: { ...(uid ? { uid } : {}), annotations: { [CLUSTER_CLAIMED_BY]: value } } };
    const options = { fieldManager: FIELD_MANAGERS.syncer };
    await wec.mergePatch(LEASES, CLUSTER_LEASE, patch, options).catch((error: unknown) => {
      logger.warn(
        { reason: explain(error) },
        'cannot tell the other syncer of the cluster that this one is there',
      );
    });
  }
}

function claimantOf(text: string): Origin | undefined {
  return parseOrigin(text.split('@')[0] ?? '');
}
