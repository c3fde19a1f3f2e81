import {
  type KubeObject,
  LOCATIONS,
  mailboxWorkspaceName,
  type Resource,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
  type SyncerConfig,
  WORKSPACES,
  type Workspace,
} from '@kubestellar/api';
import { clusterOf, formatKey, Informer, type KubeClient, waitForVirtualWorkspace } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { eventually } from '../eventually.ts';
import { USER } from './summary-support.ts';

/** What fails on one cluster: a message by name, of ConfigMaps in one Namespace. */
type Troubles = ReadonlyMap<string, string>;

const logger = createLogger('stand-ins', 0);
const SYNCER = { fieldManager: 'stand-in', subresource: 'status' } as const;

/**
 * Stand-ins for the syncers of many clusters that do not exist: each answers its SyncerConfig with the report
 * that a syncer would write after having brought down all but what `fail` names, and writes the status of copies
 * when told to. All else is real: SyncTargets, Locations, mailbox workspaces and the copies in them.
 */
export class StandIns {
  readonly #root: KubeClient;
  readonly #namespace: string;
  readonly #configs: Informer<SyncerConfig>;
  /** Names of clusters by the ID of the logical cluster of their mailbox workspace. */
  readonly #clusters = new Map<string, string>();
  readonly #troubles = new Map<string, Troubles>();
  readonly #answers = new Map<string, Promise<void>>();

  private constructor(root: KubeClient, view: KubeClient, namespace: string) {
    this.#root = root;
    this.#namespace = namespace;
    this.#configs = new Informer<SyncerConfig>({ client: view, resource: SYNCER_CONFIGS, logger });
    const changed = (config: SyncerConfig) => this.#answer(clusterOf(config));
    this.#configs.addHandler({
      onAdd: changed,
      onUpdate: (config, previous) =>
        config.metadata.generation === previous.metadata.generation ? undefined : changed(config),
    });
  }

  /**
   * Makes the inventory of `count` clusters, their labels `sim: "yes"` and `zone`, `odd` or `even`.
   * @returns once each has its mailbox workspace
   */
  static async start(root: KubeClient, imw: KubeClient, count: number, namespace: string): Promise<StandIns> {
    const signal = new AbortController().signal;
    const espw = root.workspace('root:espw');
    const view = await waitForVirtualWorkspace(espw, 'edge.kubestellar.io', logger, signal);
    const standIns = new StandIns(root, view, namespace);
    const names = new Map<string, string>();
    for (let n = 1; n <= count; n++) {
      const target = await register(imw, `sim${n}`, n % 2 ? 'odd' : 'even');
      names.set(mailboxWorkspaceName(clusterOf(target), target.metadata.uid ?? ''), `sim${n}`);
    }
    const ready = async () =>
      (await espw.list<Workspace>(WORKSPACES)).filter(
        ({ metadata, status }) => names.has(metadata.name) && status?.phase === 'Ready',
      );
    const workspaces = await eventually(
      'the mailbox workspaces',
      ready,
      (found) => found.length === count,
      240,
    );
    for (const { metadata, spec } of workspaces)
      standIns.#clusters.set(spec?.cluster ?? '', names.get(metadata.name) ?? '');
    await standIns.#configs.start().whenSynced();
    return standIns;
  }

  async stop(): Promise<void> {
    await this.#configs.stop();
    await Promise.all(this.#answers.values());
  }

  /** The names of the clusters. */
  get clusters(): string[] {
    return [...this.#clusters.values()];
  }

  /** Clients at the mailbox workspaces. */
  get mailboxes(): KubeClient[] {
    return [...this.#clusters.keys()].map((id) => this.#root.workspace(id));
  }

  /** From now on the cluster refuses these ConfigMaps, and takes everything else. */
  fail(cluster: string, troubles: Troubles): void {
    this.#troubles.set(cluster, troubles);
    this.#answer(this.#idOf(cluster));
  }

  /** The cluster reports this status of an object. */
  async report(cluster: string, resource: Resource, name: string, status: object): Promise<void> {
    const mailbox = this.#root.workspace(this.#idOf(cluster));
    const ref = { namespace: this.#namespace, name };
    const patch = [{ op: 'add', path: '/status', value: status }];
    await mailbox.jsonPatch(resource, ref, patch, SYNCER);
  }

  #idOf(cluster: string): string {
    return [...this.#clusters].find(([, name]) => name === cluster)?.[0] ?? '';
  }

  /** One answer at a time for each cluster, always to what the SyncerConfig says by then. */
  #answer(id: string): void {
    if (!this.#clusters.has(id)) return;
    const before = this.#answers.get(id) ?? Promise.resolve();
    this.#answers.set(
      id,
      before.then(() => this.#write(id)).catch(() => undefined),
    );
  }

  async #write(id: string): Promise<void> {
    const config = this.#configs.get(formatKey({ cluster: id, namespace: '', name: 'the-one' }));
    if (!config) return;
    const troubles = [...(this.#troubles.get(this.#clusters.get(id) ?? '') ?? [])];
    const failures = troubles.map(([name, message]) => ({
      reason: 'Forbidden',
      message,
      count: 1,
      objects: [{ resource: 'configmaps', namespace: this.#namespace, names: [name] }],
    }));
    const status = {
      observedGeneration: config.metadata.generation ?? 0,
      failing: failures.length,
      failures: failures.length > 0 ? failures : null,
    };
    await this.#root.workspace(id).mergePatch(SYNCER_CONFIGS, config.metadata, { status }, SYNCER);
  }
}

async function register(imw: KubeClient, name: string, zone: string): Promise<KubeObject> {
  const { group, version, plural } = SYNC_TARGETS;
  const apiVersion = `${group}/${version}`;
  const labels = { id: name, sim: 'yes', zone };
  await imw.apply(
    SYNC_TARGETS,
    { apiVersion, kind: SYNC_TARGETS.kind, metadata: { name, labels }, spec: {} },
    USER,
  );
  await imw.apply(
    LOCATIONS,
    {
      apiVersion,
      kind: LOCATIONS.kind,
      metadata: { name, labels },
      spec: {
        resource: { group, version, resource: plural },
        instanceSelector: { matchLabels: { id: name } },
      },
    },
    USER,
  );
  const target = await imw.get(SYNC_TARGETS, { name });
  if (!target) throw new Error(`SyncTarget ${name} has vanished`);
  return target;
}
