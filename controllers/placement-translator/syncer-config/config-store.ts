/** Reads and writes the SyncerConfigs of mailbox workspaces. */
import { SYNCER_CONFIGS, type SyncerConfig } from '@kubestellar/api';
import type { Applier, Informer, KubeClient } from '@kubestellar/kube';
import type { Mailbox } from '../cache/mailboxes.ts';
import { ownConfigsIn, ownConfigsOf } from './named.ts';

/** A SyncerConfig as it is in the mailbox workspace, by its number; undefined when it should be there and is not. */
export type Live = readonly (SyncerConfig | undefined)[];

/** The SyncerConfigs as they are now: of several parts the cache might show some as they were before our last writes. */
export class ConfigStore {
  readonly #everywhere: KubeClient;
  readonly #applier: Pick<Applier, 'ensure' | 'forget'>;
  readonly #configs: Pick<Informer<SyncerConfig>, 'get'>;
  /** Versions that our writes have made, by mailbox workspace and name, until the cache has them. */
  readonly #written = new Map<string, Map<string, string>>();

  /** @param everywhere a client that may write in all workspaces */
  constructor(
    everywhere: KubeClient,
    applier: Pick<Applier, 'ensure' | 'forget'>,
    configs: Pick<Informer<SyncerConfig>, 'get'>,
  ) {
    this.#everywhere = everywhere;
    this.#applier = applier;
    this.#configs = configs;
  }

  /** @returns `the-one` and its further parts; the server is asked while the cache is behind our own writes */
  async read({ name, cluster }: Mailbox): Promise<Live> {
    const cached = ownConfigsIn(this.#configs, cluster);
    const written = this.#written.get(name);
    if (!written) return cached;
    const isSeen = ([config, version]: [string, string]) => {
      const seen = cached.find((each) => each?.metadata.name === config)?.metadata.resourceVersion;
      return Number(seen ?? 0) >= Number(version);
    };
    if ([...written].every(isSeen)) {
      this.#written.delete(name);
      return cached;
    }
    return ownConfigsOf(await this.#everywhere.workspace(cluster).list<SyncerConfig>(SYNCER_CONFIGS));
  }

  /** @param isPart whether there are several parts, so that this write must be seen before they are read again */
  async write(
    mailbox: Mailbox,
    config: SyncerConfig,
    live: SyncerConfig | undefined,
    isPart: boolean,
  ): Promise<void> {
    const client = this.#everywhere.workspace(mailbox.cluster);
    const { metadata } = await this.#applier.ensure(client, SYNCER_CONFIGS, config, live);
    if (!isPart) return;
    const written = this.#written.get(mailbox.name) ?? new Map<string, string>();
    this.#written.set(mailbox.name, written.set(config.metadata.name, metadata.resourceVersion ?? ''));
  }

  /** Deletes exactly this one. */
  async remove(mailbox: Mailbox, config: SyncerConfig): Promise<void> {
    const client = this.#everywhere.workspace(mailbox.cluster);
    const { name, uid } = config.metadata;
    await client.delete(SYNCER_CONFIGS, { name }, { uid });
    this.#applier.forget(client, SYNCER_CONFIGS, config);
    this.#written.get(mailbox.name)?.delete(name);
  }
}
