import { parseMailboxWorkspaceName, WORKSPACES, type Workspace } from '@kubestellar/api';
import { coalesced, Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { isOrphan, type Origin } from '@kubestellar/rules';

/** A mailbox workspace that can be written to. */
export interface Mailbox {
  name: string;
  /** ID of its logical cluster. */
  cluster: string;
  /** Whose the copies in it are. */
  origin: Origin;
  /**
   * Asks the server whether its SyncTarget is gone. Such a mailbox ends as a whole, and what is in it must not be
   * withdrawn before: that would reach the cluster.
   */
  isOrphan(): Promise<boolean>;
}

/** Where the mailbox workspaces are, and whose. */
export interface MailboxesOptions {
  /** A client that may read in all workspaces. */
  everywhere: KubeClient;
  /** A client at the ESPW. */
  espw: KubeClient;
  /** UID of the core. */
  core: string;
  logger: Logger;
}

/** The mailbox workspaces: children of the ESPW with a mailbox's name. */
export class Mailboxes {
  readonly #workspaces: Informer<Workspace>;
  readonly #byCluster = new Map<string, string>();
  readonly #clusters = new Map<string, string>();
  readonly #ready = new Map<string, Mailbox>();
  readonly #goneListeners: ((mailbox: string) => void)[] = [];

  /** @param onReady called with each mailbox workspace that has become ready */
  constructor({ everywhere, espw, core, logger }: MailboxesOptions, onReady: (mailbox: Mailbox) => void) {
    this.#workspaces = new Informer<Workspace>({ client: espw, resource: WORKSPACES, logger });
    const seen = (workspace: Workspace) => {
      const { name } = workspace.metadata;
      const cluster = workspace.spec?.cluster;
      const owner = parseMailboxWorkspaceName(name);
      if (!owner || !cluster) return;
      this.#byCluster.set(cluster, name);
      this.#clusters.set(name, cluster);
      const usable = workspace.status?.phase === 'Ready' && !workspace.metadata.deletionTimestamp;
      const known = this.#ready.get(name);
      if (!usable) this.#ready.delete(name);
      else if (known?.cluster !== cluster) {
        const origin = { core, syncTarget: owner.syncTargetUID };
        const mailbox = { name, cluster, origin, isOrphan: coalesced(() => isOrphan(everywhere, workspace)) };
        this.#ready.set(name, mailbox);
        onReady(mailbox);
      }
    };
    this.#workspaces.addHandler({
      onAdd: seen,
      onUpdate: seen,
      onDelete: (workspace) => {
        this.#ready.delete(workspace.metadata.name);
        this.#clusters.delete(workspace.metadata.name);
        this.#byCluster.delete(workspace.spec?.cluster ?? '');
        for (const listener of this.#goneListeners) listener(workspace.metadata.name);
      },
    });
  }

  /** Calls `listener` with the name of each mailbox workspace that is gone. */
  onGone(listener: (mailbox: string) => void): void {
    this.#goneListeners.push(listener);
  }

  /** Starts the watch. @returns when it is complete */
  async start(): Promise<void> {
    await this.#workspaces.start().whenSynced();
  }

  /** Ends the watch. */
  async stop(): Promise<void> {
    await this.#workspaces.stop();
  }

  get synced(): boolean {
    return this.#workspaces.synced;
  }

  /** @returns the mailbox of this name when it is ready to be written to */
  get(name: string): Mailbox | undefined {
    return this.#ready.get(name);
  }

  /** @returns the ID of a mailbox workspace's logical cluster, whether it can be written to or not */
  clusterOf(name: string): string | undefined {
    return this.#clusters.get(name);
  }

  /** @returns the names of all mailbox workspaces that have a logical cluster */
  names(): Iterable<string> {
    return this.#clusters.keys();
  }

  /** @returns the name of the mailbox workspace whose logical cluster this is, if it is one */
  nameOf(cluster: string): string | undefined {
    return this.#byCluster.get(cluster);
  }
}
