import {
  type CollectorResult,
  type Condition,
  FIELD_MANAGERS,
  type KubeObject,
  STATUS_COLLECTORS,
  type StatusCollector,
  type StatusCollectorSpec,
} from '@kubestellar/api';
import {
  clusterOf,
  formatKey,
  Informer,
  isApiError,
  type KubeClient,
  keyOf,
  parseKey,
  timestamp,
  type WorkQueue,
} from '@kubestellar/kube';
import { type Logger, observedQueue, type Registry } from '@kubestellar/program';
import type { Evaluator } from '../../evaluation/evaluator.ts';
import type { SourceKey } from '../../keys.ts';
import type { ClusterFact } from '../combined/object-status.ts';
import { Strikes } from './strikes.ts';

/** Condition of a StatusCollector: its expressions can be read. */
const VALID = 'Valid';
const MAX_MESSAGE = 500;
const fieldManager = FIELD_MANAGERS.placementTranslator;

/** Reasons of the condition. */
const REASONS = { readable: 'Readable', unreadable: 'Unreadable', overBudget: 'OverBudget' } as const;
/** A StatusCollector that takes too much so often in a row is not used any more. */
const MAX_IN_A_ROW = 10;

interface Known {
  spec: StatusCollectorSpec;
  /** Changes with the spec. */
  version: string;
  /** Why it can't be used; undefined as long as that is not known. */
  problem: { reason: string; message: string } | undefined;
  /** How often in a row it has taken too much. */
  inARow: number;
}

/** The object that tables are made for. */
export interface CollectedObject {
  source: SourceKey;
  /** A digest of its content. */
  version: string;
  object: KubeObject;
  clusters: readonly ClusterFact[];
}

/** What Collectors are made from. */
export interface CollectorsOptions {
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  everywhere: KubeClient;
  evaluator: Evaluator;
  logger: Logger;
  registry: Registry;
  /** Called with the workspace's cluster and the name of a StatusCollector that has changed. */
  onChange(cluster: string, name: string): void;
}

/** The StatusCollectors of all WMWs, and what they collect. */
export class Collectors {
  readonly #evaluator: Evaluator;
  readonly #strikes = new Strikes();
  readonly #everywhere: KubeClient;
  readonly #informer: Informer<StatusCollector>;
  readonly #known = new Map<string, Known>();
  readonly #queue: WorkQueue;

  constructor({ view, everywhere, evaluator, logger, registry, onChange }: CollectorsOptions) {
    this.#everywhere = everywhere;
    this.#evaluator = evaluator;
    this.#informer = new Informer<StatusCollector>({ client: view, resource: STATUS_COLLECTORS, logger });
    this.#queue = observedQueue(registry, {
      name: 'statuscollectors',
      concurrency: 8,
      flowOf: (key) => parseKey(key).cluster,
      perFlow: 1,
      pauseOf: (workspace) => evaluator.shares.waitOf(workspace, 'read-collector'),
      reconcile: async (key) => {
        await this.#read(key);
        await this.#report(key);
      },
      logger,
    });
    const read = (collector: StatusCollector) => {
      this.#known.set(keyOf(collector), knownOf(collector));
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

  /**
   * @param cluster of the workspace
   * @param names of its StatusCollectors
   * @returns the table of each, or what is wrong with it
   */
  async collect(
    cluster: string,
    names: readonly string[],
    about: CollectedObject,
  ): Promise<CollectorResult[]> {
    const results = new Map<string, CollectorResult>();
    const failed = (name: string, message: string) =>
      results.set(name, { name, errors: [{ message, count: about.clusters.length }] });
    const usable = names.filter((name) => {
      const known = this.#find(cluster, name);
      const problem = known
        ? known.problem?.message || this.#strikes.problemOf(about.source, name, versionOf(known, about))
        : 'there is no StatusCollector of this name';
      if (problem) failed(name, problem);
      return !problem;
    });
    while (usable.length > 0) {
      const specs = usable.map((name) => ({ name, spec: this.#find(cluster, name)?.spec ?? {} }));
      const { object, clusters } = about;
      const job = { kind: 'collect', object, clusters, collectors: specs } as const;
      const outcome = await this.#evaluator.evaluate(cluster, job);
      if ('result' in outcome) {
        for (const { over, ...table } of outcome.result.tables) {
          results.set(table.name, table);
          this.#count(
            cluster,
            table.name,
            about,
            over ? (table.errors?.[0]?.message ?? '') : undefined,
            false,
          );
        }
        break;
      }
      // The one that was under way is to blame; the others are tried without it.
      const [culprit = ''] = usable.splice(outcome.isCertain ? 0 : outcome.step, 1);
      failed(culprit, outcome.over);
      this.#count(cluster, culprit, about, outcome.over, outcome.isCertain);
    }
    return names.flatMap((name) => results.get(name) ?? []);
  }

  /** Drops what is remembered of an object that is gone. */
  forget(source: string): void {
    this.#strikes.forget(source);
  }

  #find(cluster: string, name: string): Known | undefined {
    return this.#known.get(formatKey({ cluster, namespace: '', name }));
  }

  /** @param over what was too much, if anything was */
  #count(
    cluster: string,
    name: string,
    about: CollectedObject,
    over: string | undefined,
    isCertain: boolean,
  ): void {
    const known = this.#find(cluster, name);
    if (!known) return;
    if (over === undefined) {
      known.inARow = 0;
      this.#strikes.release(about.source, name);
      return;
    }
    this.#strikes.strike(about.source, name, versionOf(known, about), over, isCertain);
    // An object that is too deep is no fault of the StatusCollector.
    if (isCertain || ++known.inARow < MAX_IN_A_ROW) return;
    const message = `it has taken more than it may ${MAX_IN_A_ROW} times in a row, and is not used before its spec changes: ${over}`;
    known.problem = { reason: REASONS.overBudget, message: message.slice(0, MAX_MESSAGE) };
    this.#queue.add(formatKey({ cluster, namespace: '', name }));
  }

  /** Finds out whether the expressions can be read. */
  async #read(key: string): Promise<void> {
    const known = this.#known.get(key);
    if (!known || known.problem) return;
    const job = { kind: 'read-collector', spec: known.spec } as const;
    const outcome = await this.#evaluator.evaluate(parseKey(key).cluster, job);
    const message = 'result' in outcome ? outcome.result.problem : outcome.over;
    const reason = 'over' in outcome ? REASONS.overBudget : message ? REASONS.unreadable : REASONS.readable;
    known.problem ??= { reason, message };
  }

  /** Tells in the status of a StatusCollector whether it can be used. */
  async #report(key: string): Promise<void> {
    const collector = this.#informer.get(key);
    const known = this.#known.get(key);
    if (!collector || !known?.problem) return;
    const { apiVersion, kind, metadata, status } = collector;
    const observedGeneration = metadata.generation ?? 0;
    const wanted = {
      status: known.problem.message ? 'False' : 'True',
      reason: known.problem.reason,
      message: known.problem.message,
    } as const;
    const told = status?.conditions?.find(({ type }) => type === VALID);
    const isSame = told?.status === wanted.status && told.message === wanted.message;
    if (isSame && status?.observedGeneration === observedGeneration) return;
    const now = timestamp(new Date());
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

/** One that was found to take too much is not tried again by a program that is started anew. */
function knownOf({ metadata, spec = {}, status }: StatusCollector): Known {
  const { uid, generation } = metadata;
  const told = status?.conditions?.find(({ type }) => type === VALID);
  const isOver =
    told?.status === 'False' &&
    told.reason === REASONS.overBudget &&
    status?.observedGeneration === generation;
  const problem = isOver ? { reason: REASONS.overBudget, message: told.message ?? '' } : undefined;
  return { spec, version: `${uid}/${generation}`, problem, inARow: 0 };
}

function versionOf({ version }: Known, about: CollectedObject): string {
  return `${version} ${about.version}`;
}
