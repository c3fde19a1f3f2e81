import {
  type CollectorResult,
  type Condition,
  FIELD_MANAGERS,
  type KubeObject,
  STATUS_COLLECTORS,
  type StatusCollector,
} from '@kubestellar/api';
import {
  clusterOf,
  formatKey,
  Informer,
  isApiError,
  type KubeClient,
  keyOf,
  WorkQueue,
} from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';
import { type Collector, compile } from './collector.ts';
import type { Scope } from './expression.ts';

/** One that takes too long is left alone for so long (milliseconds): it would hold up everything else. */
const REST = 60_000;
/** Condition of a StatusCollector: its expressions can be read. */
const VALID = 'Valid';
const MAX_MESSAGE = 500;
const fieldManager = FIELD_MANAGERS.placementTranslator;

interface Known {
  collector: Collector | undefined;
  /** Why it can't be used. */
  problem: string;
  restsUntil: number;
}

/** The StatusCollectors of all WMWs, read and ready to be used. */
export class Collectors {
  readonly #everywhere: KubeClient;
  readonly #informer: Informer<StatusCollector>;
  readonly #known = new Map<string, Known>();
  readonly #queue: WorkQueue;

  /**
   * @param view a client at the view of the APIExport edge.kubestellar.io
   * @param onChange called with the workspace's cluster and the name of a StatusCollector that has changed
   */
  constructor(
    view: KubeClient,
    everywhere: KubeClient,
    logger: Logger,
    onChange: (cluster: string, name: string) => void,
  ) {
    this.#everywhere = everywhere;
    this.#informer = new Informer<StatusCollector>({ client: view, resource: STATUS_COLLECTORS, logger });
    this.#queue = new WorkQueue({
      name: 'statuscollectors',
      concurrency: 1,
      reconcile: (key) => this.#report(key),
      logger,
    });
    const read = (collector: StatusCollector) => {
      this.#known.set(keyOf(collector), readyToUse(collector));
      this.#queue.add(keyOf(collector));
      onChange(clusterOf(collector), collector.metadata.name);
    };
    this.#informer.addHandler({
      onAdd: read,
      onUpdate: (collector, previous) =>
        collector.metadata.generation === previous.metadata.generation
          ? this.#queue.add(keyOf(collector))
          : read(collector),
      onDelete: (collector) => {
        this.#known.delete(keyOf(collector));
        onChange(clusterOf(collector), collector.metadata.name);
      },
    });
  }

  /** @returns when all have been read */
  async start(): Promise<void> {
    await this.#informer.start().whenSynced();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#queue.stop(), this.#informer.stop()]);
  }

  /** @returns the table of a StatusCollector, or what is wrong with it */
  collect(cluster: string, name: string, clusters: readonly Scope[]): CollectorResult {
    const known = this.#known.get(formatKey({ cluster, namespace: '', name }));
    const failed = (message: string) => ({ name, errors: [{ message, count: clusters.length }] });
    if (!known) return failed('there is no StatusCollector of this name');
    if (!known.collector) return failed(known.problem);
    if (Date.now() < known.restsUntil)
      return failed('takes too long, and is therefore tried once a minute only');
    const { tooSlow, ...table } = known.collector.collect(clusters);
    if (tooSlow) known.restsUntil = Date.now() + REST;
    return { name, ...table };
  }

  /** Tells in the status of a StatusCollector whether it can be used. */
  async #report(key: string): Promise<void> {
    const collector = this.#informer.get(key);
    const known = this.#known.get(key);
    if (!collector || !known) return;
    const { apiVersion, kind, metadata, status } = collector;
    const observedGeneration = metadata.generation ?? 0;
    const wanted = {
      status: known.collector ? 'True' : 'False',
      reason: known.collector ? 'Readable' : 'Unreadable',
      message: known.problem,
    } as const;
    const told = status?.conditions?.find(({ type }) => type === VALID);
    const isSame = told?.status === wanted.status && told.message === wanted.message;
    if (isSame && status?.observedGeneration === observedGeneration) return;
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const lastTransitionTime = told?.status === wanted.status ? told.lastTransitionTime : now;
    const condition: Condition = { type: VALID, ...wanted, lastTransitionTime };
    const { name, uid } = metadata;
    const object: KubeObject = {
      apiVersion,
      kind,
      metadata: { name, ...(uid ? { uid } : {}) },
      status: { observedGeneration, conditions: [condition] },
    };
    const client = this.#everywhere.workspace(clusterOf(collector));
    try {
      await client.apply(STATUS_COLLECTORS, object, { fieldManager, subresource: 'status' });
    } catch (error) {
      if (!isApiError(error, 403, 404, 409)) throw error; // gone, or another one
    }
  }
}

function readyToUse({ spec = {} }: StatusCollector): Known {
  try {
    return { collector: compile(spec), problem: '', restsUntil: 0 };
  } catch (error) {
    return { collector: undefined, problem: (error as Error).message.slice(0, MAX_MESSAGE), restsUntil: 0 };
  }
}
