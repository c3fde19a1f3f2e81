import {
  API_EXPORT_APPROVALS,
  API_EXPORTS,
  type APIExport,
  type APIExportApproval,
  COMPUTE_PATH,
} from '@kubestellar/api';
import { Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { type AllowedAPIs, allowedAPIs } from './allowed.ts';

/** Follows which exports mailbox workspaces may bind: those of `root:compute`, and those approved in the ESPW. */
export class AllowedExports {
  readonly #computeExports: Informer<APIExport>;
  readonly #approvals: Informer<APIExportApproval>;
  readonly #espwPath: string;
  #current: AllowedAPIs | undefined;

  /** @param everywhere a client that may read in all workspaces */
  constructor(
    everywhere: KubeClient,
    espw: KubeClient,
    espwPath: string,
    logger: Logger,
    onChange: () => void,
  ) {
    this.#espwPath = espwPath;
    this.#computeExports = new Informer<APIExport>({
      client: everywhere.workspace(COMPUTE_PATH),
      resource: API_EXPORTS,
      logger,
    });
    this.#approvals = new Informer<APIExportApproval>({
      client: espw,
      resource: API_EXPORT_APPROVALS,
      logger,
    });
    const changed = () => {
      this.#current = undefined;
      onChange();
    };
    for (const informer of [this.#computeExports, this.#approvals] as Informer[])
      informer.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
  }

  /** What is allowed now. */
  get current(): AllowedAPIs {
    this.#current ??= allowedAPIs(
      [...this.#computeExports.list()],
      [...this.#approvals.list()],
      this.#espwPath,
    );
    return this.#current;
  }

  get synced(): boolean {
    return this.#computeExports.synced && this.#approvals.synced;
  }

  /** Starts the watches. @returns when both are complete */
  async start(): Promise<void> {
    await Promise.all([this.#computeExports, this.#approvals].map((each) => each.start().whenSynced()));
  }

  /** Ends the watches. */
  async stop(): Promise<void> {
    await Promise.all([this.#computeExports.stop(), this.#approvals.stop()]);
  }
}
