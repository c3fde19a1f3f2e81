import { COMBINED_STATUSES, type CombinedStatus, FIELD_MANAGERS, OBJECT_FAILING } from '@kubestellar/api';
import {
  clusterOf,
  Informer,
  isApiError,
  type KubeClient,
  keyOf,
  parseKey,
  type RequeueAfter,
} from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Placements } from '../../cache/placements.ts';
import type { EventRecorder } from '../events.ts';
import { type CachedStatus, combinedStatusOf, digestOf, forCache } from './combined-status.ts';
import type { Entry } from './entry.ts';
import type { Backlog } from './write-throttle.ts';

/** Objects on their way are there soon: before this, nothing is written of a new one (milliseconds). */
const SETTLE = 3000;
/** Of a CombinedStatus whose object is not known, more may be known after this (milliseconds). */
export const ORPHAN = 5000;

const fieldManager = FIELD_MANAGERS.placementTranslator;

/** Where to write CombinedStatuses, and when not yet. */
export interface StatusWriterOptions {
  /** A client that may write in all workspaces. */
  everywhere: Pick<KubeClient, 'workspace'>;
  placements: Pick<Placements, 'in'>;
  /** A client at the view of the APIExport edge.kubestellar.io. */
  view: KubeClient;
  logger: Logger;
  events: Pick<EventRecorder, 'record'>;
  backlog: Pick<Backlog, 'wait'>;
  /** Told of each CombinedStatus that is there, or that somebody has changed or deleted (its key). */
  onSeen(key: string): void;
}

/** Keeps the CombinedStatuses, and tells in Events what is new in them. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #statuses: Informer<CachedStatus>;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    const { view, logger, onSeen } = options;
    this.#statuses = new Informer<CachedStatus>({
      client: view,
      resource: COMBINED_STATUSES,
      logger,
      transform: (status) => forCache(status as unknown as CombinedStatus),
    });
    const seen = (status: CachedStatus) => onSeen(keyOf(status));
    this.#statuses.addHandler({ onAdd: seen, onUpdate: seen, onDelete: seen });
  }

  /** @returns when all have been read */
  async start(): Promise<void> {
    await this.#statuses.start().whenSynced();
  }

  async stop(): Promise<void> {
    await this.#statuses.stop();
  }

  /** Writes the CombinedStatus of an object where it does not say so yet. @returns when to try again, if not now */
  async write(source: string, entry: Entry): Promise<RequeueAfter | undefined> {
    const { resource, object, tally, results } = entry;
    const cached = this.#statuses.get(entry.statusKey);
    const isTrouble = tally.failing > 0 || (cached?.problems.length ?? 0) > 0;
    if (!isTrouble) {
      const left = entry.since + SETTLE - Date.now();
      if (!cached && tally.applied < tally.wanted && left > 0) return { requeueAfter: left };
      const wait = this.#options.backlog.wait(source);
      if (wait) return wait;
    }
    const status = combinedStatusOf(resource, object, tally, results);
    if (cached?.digest === digestOf(status)) return undefined;
    await this.#tellChange(entry, status, cached);
    const client = this.#options.everywhere.workspace(clusterOf(object));
    try {
      if (cached) await client.replace(COMBINED_STATUSES, over(cached, status), { fieldManager });
      else await client.create(COMBINED_STATUSES, status, { fieldManager });
    } catch (error) {
      // The Namespace, or the workspace, is on its way out, and so is the object.
      if (!isApiError(error, 403, 404)) throw error;
    }
    return undefined;
  }

  /** Takes away the CombinedStatus of an object that is known to be wanted nowhere. @returns when to try again */
  async remove(key: string): Promise<RequeueAfter | undefined> {
    const cached = this.#statuses.get(key);
    if (!cached) return undefined;
    const { placements, everywhere } = this.#options;
    const { cluster, namespace, name } = parseKey(key);
    if (placements.in(cluster).some(({ destinations }) => !destinations)) return { requeueAfter: ORPHAN };
    const wait = this.#options.backlog.wait(key);
    if (wait) return wait;
    const { uid } = cached.metadata;
    try {
      await everywhere.workspace(cluster).delete(COMBINED_STATUSES, { namespace, name }, { uid });
    } catch (error) {
      if (!isApiError(error, 403, 404)) throw error;
    }
    return undefined;
  }

  async #tellChange(
    { object, tally }: Entry,
    { failures = [] }: CombinedStatus,
    cached: CachedStatus | undefined,
  ): Promise<void> {
    const { events } = this.#options;
    const known = new Set(cached?.problems ?? []);
    for (const { reason, message, count, clusters = [] } of failures) {
      const topic = `${reason}|${message}`;
      if (known.has(topic)) continue;
      const where = `on ${count} of ${tally.wanted} cluster(s) (${clusters.join(', ')})`;
      const happening = { reason: 'NotApplied', message: `${where}: ${message}`, topic };
      await events.record(object, { type: 'Warning', ...happening });
    }
    if (known.size === 0 || failures.length > 0 || tally.applied < tally.wanted) return;
    const message = `applied on all ${tally.wanted} cluster(s)`;
    await events.record(object, { type: 'Normal', reason: 'Applied', message, topic: '' });
  }
}

/** The new content under the metadata of the old object; its resourceVersion makes the write conditional. */
function over({ metadata }: CachedStatus, status: CombinedStatus): CombinedStatus {
  const { [OBJECT_FAILING]: _, ...others } = metadata.labels ?? {};
  return { ...status, metadata: { ...metadata, labels: { ...others, ...status.metadata.labels } } };
}
