/** Watches the SyncerConfigs and EdgeSyncConfigs of the mailbox workspace. */
import {
  EDGE_SYNC_CONFIGS,
  type EdgeSyncConfig,
  type KubeObject,
  type Resource,
  SYNCER_CONFIG_NAME,
  SYNCER_CONFIGS,
  type SyncerConfig,
  syncerConfigName,
} from '@kubestellar/api';
import { Backoff, explain, Informer, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { localKeyOf } from '../types/local-key.ts';
import type { ServedTypes } from '../types/served-types.ts';
import { flatten, Wanted } from './wanted.ts';

/** Where the configs are, and whom to tell when they ask for something else. */
export interface ConfigsOptions {
  client: KubeClient;
  served: ServedTypes;
  onChange: (wanted: Wanted, before: Wanted) => void;
  logger: Logger;
}

/** All configs of the mailbox workspace, as one. */
export class Configs {
  readonly #options: ConfigsOptions;
  readonly #syncerConfigs: Informer<SyncerConfig>;
  readonly #edgeSyncConfigs: Informer<EdgeSyncConfig>;
  readonly #abort = new AbortController();
  readonly #backoff = new Backoff(250, 2000);
  #edgeSyncConfigsServed = true;
  #wanted: Wanted | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConfigsOptions) {
    this.#options = options;
    this.#syncerConfigs = this.#informer<SyncerConfig>(SYNCER_CONFIGS);
    this.#edgeSyncConfigs = this.#informer<EdgeSyncConfig>(EDGE_SYNC_CONFIGS, (served) => {
      this.#edgeSyncConfigsServed = served;
      this.#update();
    });
  }

  /** What all configs ask for; undefined until all have been read. */
  get wanted(): Wanted | undefined {
    return this.#wanted;
  }

  /**
   * Whether an object that no config names is known to be wanted no more. The SyncerConfig that the
   * placement-translator keeps is never deleted while the mailbox workspace is in order: without it, or one of the
   * further parts that it announces, we know nothing.
   */
  get proveAbsence(): boolean {
    const complete = this.#wanted !== undefined && this.#wanted.unresolved.length === 0;
    return complete && this.theOne !== undefined && this.parts.every((part) => part !== undefined);
  }

  /** The SyncerConfig that the placement-translator keeps, as last seen; its status is the syncer's to write. */
  get theOne(): SyncerConfig | undefined {
    return this.#syncerConfigs.get(`|${SYNCER_CONFIG_NAME}`);
  }

  /** The further parts of `theOne`, by their numbers; undefined for those that it announces and that are not there. */
  get parts(): (SyncerConfig | undefined)[] {
    const count = this.theOne?.spec?.parts ?? 0;
    return Array.from({ length: count }, (_, n) => this.#syncerConfigs.get(`|${syncerConfigName(n + 1)}`));
  }

  /** @returns all configs that were read */
  list(): { syncerConfigs: SyncerConfig[]; edgeSyncConfigs: EdgeSyncConfig[] } {
    return {
      syncerConfigs: [...this.#syncerConfigs.list()],
      edgeSyncConfigs: [...this.#edgeSyncConfigs.list()],
    };
  }

  start(): this {
    for (const informer of [this.#syncerConfigs, this.#edgeSyncConfigs]) {
      informer.start();
      void informer.whenSynced().then(() => this.#update());
    }
    return this;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    await Promise.all([this.#syncerConfigs.stop(), this.#edgeSyncConfigs.stop()]);
  }

  #informer<T extends KubeObject>(resource: Resource, onServed?: (served: boolean) => void): Informer<T> {
    const { client, logger } = this.#options;
    const update = () => this.#update();
    return new Informer<T>({ client, resource, logger, keyOf: localKeyOf, onServed }).addHandler({
      onAdd: update,
      // What changes without a new generation is a status, and mostly our own.
      onUpdate: ({ metadata }, previous) =>
        metadata.generation === previous.metadata.generation ? undefined : update(),
      onDelete: update,
    });
  }

  #update(): void {
    const edgeReady = this.#edgeSyncConfigs.synced || !this.#edgeSyncConfigsServed;
    if (!this.#syncerConfigs.synced || !edgeReady || this.#abort.signal.aborted) return;
    const before = this.#wanted ?? new Wanted();
    const { served, onChange } = this.#options;
    const wanted = flatten(this.#syncerConfigs.list(), this.#edgeSyncConfigs.list(), (group, version) =>
      served.known(group, version),
    );
    this.#wanted = wanted;
    onChange(wanted, before);
    if (wanted.unresolved.length > 0) void this.#resolve(wanted);
  }

  /** Asks what the groups have that configs name by kind or wildcard. */
  async #resolve({ unresolved }: Wanted): Promise<void> {
    const { served, logger } = this.#options;
    try {
      await Promise.all(unresolved.map(({ group, version }) => served.ask(group, version)));
      this.#backoff.reset();
      this.#update();
    } catch (error) {
      logger.warn({ reason: explain(error) }, 'cannot ask what the mailbox workspace serves');
      clearTimeout(this.#timer);
      if (!this.#abort.signal.aborted) this.#timer = setTimeout(() => this.#update(), this.#backoff.next());
    }
  }
}
