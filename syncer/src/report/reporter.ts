/** Writes the syncer's report into the status of the SyncerConfig, and only when it says something else. */
import { isDeepStrictEqual } from 'node:util';
import {
  FIELD_MANAGERS,
  SYNCER_CONFIG_NAME,
  SYNCER_CONFIGS,
  type SyncerConfig,
  type Unstructured,
} from '@kubestellar/api';
import { isNotFound, type KubeClient, type RequeueAfter, WorkQueue } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Wanted } from '../config/wanted.ts';
import type { CountWrite } from '../metrics.ts';
import type { Problems } from './problems.ts';
import { type Report, reportOf } from './report.ts';

/** What the reporter reads and writes. */
export interface ReporterOptions {
  mailbox: KubeClient;
  problems: Problems;
  /** The SyncerConfig as last seen, its further parts, and what all configs together ask for. */
  config(): {
    config: SyncerConfig | undefined;
    parts: readonly (SyncerConfig | undefined)[];
    wanted: Wanted | undefined;
  };
  /** Whether the cluster has the object, or needs not have it. */
  isBrought(resource: string, namespace: string, name: string, wanted: Wanted): boolean;
  /** Whether what there is has not been read and looked at once: until then nothing is known. */
  isStarting(): boolean;
  /** Only who holds the Lease writes. */
  isActive(): boolean;
  count: CountWrite;
  logger: Logger;
}

/** What comes within this time is told in one write, in milliseconds. */
const GATHER = 100;
/** Shortest time from one write to the next, in milliseconds. */
const INTERVAL = 1000;
/** How long a start may take before something is told all the same, in milliseconds. */
const START = 10_000;
/** No object grows beyond 512 kB (docs/decisions/0012-no-object-grows.md); names may take what the spec leaves of this. */
const MAX_OBJECT = 480_000;
const MAX_NAMES = 128_000;
const MIN_NAMES = 16_000;

/** Tells the core which objects the cluster refuses, and which it does not have yet. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #queue: WorkQueue;
  #written: Report | undefined;
  #writtenAt = 0;
  #startedAt = 0;
  #isStarting = true;
  #pending = 0;
  #size: { generation: number; bytes: number } | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      name: 'report',
      concurrency: 1,
      reconcile: () => this.#report(),
      logger: options.logger,
      retry: { base: INTERVAL, max: 30_000 },
    });
  }

  start(): void {
    this.#startedAt = Date.now();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  /** What is to be told may have changed. */
  changed(): void {
    this.#queue.addAfter(SYNCER_CONFIG_NAME, Math.max(GATHER, this.#writtenAt + INTERVAL - Date.now()));
  }

  /** An object was worked on: matters only while some are on their way. */
  worked(): void {
    if (this.#pending > 0) this.changed();
  }

  async #report(): Promise<RequeueAfter | undefined> {
    const { isActive, problems, isBrought, mailbox, count } = this.#options;
    const { config, parts, wanted } = this.#options.config();
    if (!config || !wanted || !isActive()) return undefined;
    // One who starts where all is done has nothing to tell, and not first that all is missing.
    this.#isStarting &&= this.#options.isStarting() && Date.now() < this.#startedAt + START;
    if (this.#isStarting) return { requeueAfter: GATHER };
    const { report, pending } = reportOf({
      generation: config.metadata.generation ?? 0,
      parts: parts.map((part) => part?.metadata.generation ?? 0),
      wanted,
      problems: problems.shown(),
      isBrought: (resource, namespace, name) => isBrought(resource, namespace, name, wanted),
      room: this.#roomIn(config),
    });
    this.#pending = pending;
    if (isDeepStrictEqual(report, this.#written ?? toldBy(config))) return undefined;
    // A merge patch: what is null goes, and nothing of what others write is touched.
    const status = { observedParts: null, failures: null, pending: null, incomplete: null, ...report };
    const options = { fieldManager: FIELD_MANAGERS.syncer, subresource: 'status' } as const;
    try {
      await mailbox.mergePatch<Unstructured>(SYNCER_CONFIGS, config.metadata, { status }, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return undefined;
    }
    this.#written = report;
    this.#writtenAt = Date.now();
    count('mailbox', 'report');
    return undefined;
  }

  #roomIn({ metadata, spec }: SyncerConfig): number {
    const generation = metadata.generation ?? 0;
    if (this.#size?.generation !== generation)
      this.#size = { generation, bytes: JSON.stringify(spec ?? {}).length };
    return Math.min(MAX_NAMES, Math.max(MIN_NAMES, MAX_OBJECT - this.#size.bytes));
  }
}

/** What an earlier process of ours has told. */
function toldBy({ status }: SyncerConfig): Report | undefined {
  if (status?.observedGeneration === undefined) return undefined;
  const { observedGeneration, observedParts, failing = 0, failures, pending, incomplete } = status;
  return {
    observedGeneration,
    ...(observedParts ? { observedParts } : {}),
    failing,
    ...(failures ? { failures } : {}),
    ...(pending ? { pending } : {}),
    ...(incomplete ? { incomplete } : {}),
  };
}
