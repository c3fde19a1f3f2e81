import {
  API_BINDINGS,
  API_EXPORT_APPROVALS,
  type APIBinding,
  type APIExportApproval,
  FIELD_MANAGERS,
  LEASES,
  type Lease,
  MAILBOX_BINDING,
  mailboxWorkspaceName,
  parseMailboxWorkspaceName,
  STANDBY_LEASE,
  SYNC_TARGETS,
  SYNCER_LEASE,
  type SyncTarget,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import {
  Applier,
  clusterOf,
  formatKey,
  Index,
  Informer,
  isNotFound,
  type KubeClient,
  notListed,
  type WorkQueue,
} from '@kubestellar/kube';
import { type Logger, observedQueue, type ProgramContext } from '@kubestellar/program';
import { isOrphan, mailboxPolicy } from '@kubestellar/rules';
import { Heartbeats } from './heartbeats.ts';
import { PolicyWriter } from './policy-writer.ts';
import { type HealthDependencies, reconcileHealth } from './reconcile-health.ts';
import { isReady, type MailboxDependencies, reconcileMailbox } from './reconcile-mailbox.ts';
import { Standbys } from './standbys.ts';

/** The clients of the mailbox-controller, and where it works. */
export interface ControllerOptions {
  /** At the view of our APIExport: SyncTargets, and APIBindings to our API, of all workspaces. */
  view: KubeClient;
  /** At the ESPW: the mailbox workspaces are its children. */
  espw: KubeClient;
  espwPath: string;
  /** May write into mailbox workspaces and SyncTargets. */
  mailboxes: KubeClient;
  /** May read in all workspaces at once. */
  everywhere: KubeClient;
  concurrency: number;
  logger: Logger;
  registry: ProgramContext['registry'];
}

/** The mailbox-controller: one mailbox workspace per SyncTarget, and the syncer's health in its status. */
export class MailboxController {
  readonly #options: ControllerOptions;
  readonly #syncTargets: Informer<SyncTarget>;
  readonly #workspaces: Informer<Workspace>;
  readonly #bindings: Informer<APIBinding>;
  readonly #leases: Informer<Lease>;
  readonly #standbyLeases: Informer<Lease>;
  readonly #approvals: Informer<APIExportApproval>;
  readonly #policies: PolicyWriter;
  readonly #targetsByMailbox = new Index<SyncTarget>((target) => [mailboxOf(target)]);
  readonly #workspacesByName = new Index<Workspace>(({ metadata }) => [metadata.name]);
  readonly #workspacesByCluster = new Index<Workspace>(({ spec }) => (spec?.cluster ? [spec.cluster] : []));
  readonly #heartbeats = new Heartbeats(Date.now());
  readonly #standbys = new Standbys();
  readonly #applier = new Applier(FIELD_MANAGERS.mailboxController);
  readonly #mailboxQueue: WorkQueue;
  readonly #healthQueue: WorkQueue;

  constructor(options: ControllerOptions) {
    const { view, espw, everywhere, logger } = options;
    this.#options = options;
    this.#syncTargets = new Informer<SyncTarget>({ client: view, resource: SYNC_TARGETS, logger });
    this.#workspaces = new Informer<Workspace>({ client: espw, resource: WORKSPACES, logger });
    this.#bindings = new Informer<APIBinding>({
      client: view,
      resource: API_BINDINGS,
      logger,
      // kcp finds nothing by a field selector here (tried on v0.31.2).
      transform: (binding) => (binding.metadata.name === MAILBOX_BINDING ? binding : undefined),
    });
    const leases = ({ namespace, name }: typeof SYNCER_LEASE | typeof STANDBY_LEASE) =>
      new Informer<Lease>({
        client: everywhere.workspace('*'),
        resource: LEASES,
        fieldSelector: `metadata.name=${name}`,
        transform: (lease) => (lease.metadata.namespace === namespace ? lease : undefined),
        logger,
      });
    this.#leases = leases(SYNCER_LEASE);
    this.#standbyLeases = leases(STANDBY_LEASE);
    this.#approvals = new Informer<APIExportApproval>({
      client: espw,
      resource: API_EXPORT_APPROVALS,
      logger,
    });
    this.#policies = new PolicyWriter(everywhere, logger, (cluster) =>
      this.#enqueue(this.#mailboxIn(cluster)?.metadata.name),
    );
    const mailboxes = this.#mailboxDependencies();
    this.#mailboxQueue = this.#queue('mailboxes', (name) => reconcileMailbox(name, mailboxes));
    const health = this.#healthDependencies();
    this.#healthQueue = this.#queue('health', (name) => reconcileHealth(name, health));
  }

  /** Lists everything, then begins to reconcile: absence means nothing before that. */
  async start(): Promise<void> {
    this.#syncTargets.addHandler(this.#targetsByMailbox);
    this.#workspaces.addHandler(this.#workspacesByName).addHandler(this.#workspacesByCluster);
    this.#watch();
    await Promise.all(this.#informers().map((informer) => informer.start().whenSynced()));
    this.#mailboxQueue.start();
    this.#healthQueue.start();
  }

  /** Ends the watches and waits for the reconciles under way. */
  async stop(): Promise<void> {
    await Promise.all([this.#mailboxQueue.stop(), this.#healthQueue.stop()]);
    await Promise.all(this.#informers().map((informer) => informer.stop()));
  }

  /** @returns which lists are not complete yet */
  notReady(): string[] {
    return notListed(this.#informers());
  }

  #informers() {
    const leases = [this.#leases, this.#standbyLeases] as const;
    const own = [this.#syncTargets, this.#workspaces, this.#bindings, this.#approvals] as const;
    return [...own, ...leases, ...this.#policies.informers];
  }

  #queue(
    name: string,
    reconcile: (key: string) => ReturnType<typeof reconcileHealth> | Promise<void>,
  ): WorkQueue {
    const { concurrency, logger, registry } = this.#options;
    return observedQueue(registry, { name, concurrency, reconcile, logger });
  }

  #watch(): void {
    const target = (object: SyncTarget) => this.#enqueue(mailboxOf(object));
    this.#syncTargets.addHandler({ onAdd: target, onUpdate: target, onDelete: target });
    const workspace = ({ metadata }: Workspace) => this.#enqueue(metadata.name);
    this.#workspaces.addHandler({ onAdd: workspace, onUpdate: workspace, onDelete: workspace });
    const binding = (object: APIBinding) => this.#enqueue(this.#mailboxIn(clusterOf(object))?.metadata.name);
    this.#bindings.addHandler({ onAdd: binding, onUpdate: binding, onDelete: binding });
    const approval = () => {
      for (const { metadata } of this.#workspaces.list()) this.#enqueue(metadata.name);
    };
    this.#approvals.addHandler({ onAdd: approval, onUpdate: approval, onDelete: approval });
    this.#watchLeases();
  }

  #watchLeases(): void {
    const judge = (lease: Lease) => {
      const mailbox = this.#mailboxIn(clusterOf(lease));
      if (mailbox) this.#healthQueue.add(mailbox.metadata.name);
    };
    const renewed = (lease: Lease) => {
      this.#heartbeats.renewed(lease, Date.now());
      judge(lease);
    };
    this.#leases.addHandler({
      onAdd: (lease) => {
        if (this.#leases.synced) renewed(lease);
        else this.#heartbeats.found(lease);
      },
      onUpdate: renewed,
      onDelete: (lease) => {
        this.#heartbeats.gone(lease);
        judge(lease);
      },
    });
    const reported = (lease: Lease) => {
      // What the first list shows may be old; who stands by repeats it within seconds.
      if (!this.#standbyLeases.synced) return;
      const holder = this.#heartbeats.lease(clusterOf(lease))?.spec?.holderIdentity ?? '';
      this.#standbys.reported(lease, holder, Date.now());
      judge(lease);
    };
    this.#standbyLeases.addHandler({
      onAdd: reported,
      onUpdate: reported,
      onDelete: (lease) => {
        this.#standbys.gone(lease);
        judge(lease);
      },
    });
  }

  #enqueue(name: string | undefined): void {
    if (!name || !parseMailboxWorkspaceName(name)) return;
    this.#mailboxQueue.add(name);
    this.#healthQueue.add(name);
  }

  #mailboxIn(cluster: string): Workspace | undefined {
    return this.#workspacesByCluster.get(cluster)[0];
  }

  #workspace(name: string): Workspace | undefined {
    return this.#workspacesByName.get(name)[0];
  }

  #clusterOfMailbox(name: string): string {
    return this.#workspace(name)?.spec?.cluster ?? '';
  }

  #binding(cluster: string): APIBinding | undefined {
    return this.#bindings.get(formatKey({ cluster, namespace: '', name: MAILBOX_BINDING }));
  }

  #mailboxDependencies(): MailboxDependencies {
    const { espw, espwPath, mailboxes, everywhere, logger } = this.#options;
    return {
      espwPath,
      syncTarget: (mailbox) => this.#targetsByMailbox.get(mailbox)[0],
      workspace: (mailbox) => this.#workspace(mailbox),
      isOrphan: (workspace) => isOrphan(everywhere, workspace),
      applyWorkspace: async (desired, live) => {
        const { written } = await this.#applier.ensure(espw, WORKSPACES, desired, live);
        if (written)
          logger.info({ mailbox: desired.metadata.name, isNew: !live }, 'mailbox workspace written');
      },
      deleteWorkspace: async ({ metadata }) => {
        await espw.delete(WORKSPACES, { name: metadata.name }, { uid: metadata.uid });
        logger.info({ mailbox: metadata.name }, 'mailbox workspace deleted: its SyncTarget is gone');
      },
      applyPolicy: async ({ spec }) => {
        const cluster = spec?.cluster ?? '';
        const wanted = mailboxPolicy(espwPath, [...this.#approvals.list()]);
        await this.#policies.ensure(mailboxes.workspace(cluster), cluster, wanted);
      },
      applyBinding: async ({ metadata, spec }, desired) => {
        const cluster = spec?.cluster ?? '';
        const client = mailboxes.workspace(cluster);
        const { written } = await this.#applier.ensure(client, API_BINDINGS, desired, this.#binding(cluster));
        if (written)
          logger.info({ mailbox: metadata.name, binding: desired.metadata.name }, 'APIBinding written');
      },
    };
  }

  #healthDependencies(): HealthDependencies {
    const { mailboxes } = this.#options;
    return {
      syncTarget: (mailbox) => this.#targetsByMailbox.get(mailbox)[0],
      isMailboxReady: (mailbox) =>
        isReady(this.#workspace(mailbox)) &&
        this.#binding(this.#clusterOfMailbox(mailbox))?.status?.phase === 'Bound',
      lease: (mailbox) => this.#heartbeats.lease(this.#clusterOfMailbox(mailbox)),
      leaseProblem: (mailbox) => this.#heartbeats.problem(this.#clusterOfMailbox(mailbox)),
      standingBy: (mailbox) => this.#standbys.get(this.#clusterOfMailbox(mailbox), Date.now()),
      heardAt: (mailbox, target) => this.#heartbeats.heardAt(this.#clusterOfMailbox(mailbox), target),
      writeStatus: async (target, status) => {
        const { apiVersion, kind, metadata } = target;
        const patch = { apiVersion, kind, metadata: { name: metadata.name }, status };
        const fieldManager = FIELD_MANAGERS.mailboxController;
        const inventory = mailboxes.workspace(clusterOf(target));
        try {
          await inventory.apply(SYNC_TARGETS, patch, { fieldManager, subresource: 'status' });
        } catch (error) {
          // Deleted meanwhile: there is nobody to tell.
          if (!isNotFound(error)) throw error;
        }
      },
      now: () => Date.now(),
    };
  }
}

function mailboxOf(target: SyncTarget): string {
  return mailboxWorkspaceName(clusterOf(target), target.metadata.uid ?? '');
}
