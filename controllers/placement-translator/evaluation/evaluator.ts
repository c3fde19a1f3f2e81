import { FairSet } from '@kubestellar/kube';
import { Counter, type Logger, type Registry } from '@kubestellar/program';
import { type Job, type Results, TIME } from './jobs.ts';
import { Shares } from './shares.ts';
import { WorkerProcess } from './worker-process.ts';

/** What became of a job: its result, or why it was ended. */
export type Outcome<K extends Job['kind']> =
  | { result: Results[K] }
  /**
   * It has taken more than it may. `isCertain` when it always will: what is counted does not depend on how busy the
   * machine is. `step` is the part that was under way.
   */
  | { over: string; isCertain: boolean; step: number };

/** What an Evaluator is made from. */
export interface EvaluatorOptions {
  /** The file of the workers' main module. */
  program: URL;
  logger: Logger;
  registry: Registry;
  /** Milliseconds by which a worker may be late before it is ended; default fifteen seconds. */
  grace?: number;
}

/** Two, so that the jobs of one workspace never hold up those of another. */
const WORKERS = 2;
/** A worker without work ends after so long (milliseconds). */
const IDLE = 60_000;
const GRACE = 15_000;

interface Waiting {
  workspace: string;
  job: Job;
  settle: PromiseWithResolvers<Outcome<Job['kind']>>;
}

/**
 * Evaluates what tenants write: paths, parameters and CEL, in processes of their own that can be ended, each with a
 * limit for its memory. A workspace has one job at a time, and workspaces have their turns. Without jobs there is no
 * process.
 */
export class Evaluator {
  readonly shares = new Shares();
  readonly #options: EvaluatorOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #turns = new FairSet((id) => id.slice(0, id.indexOf('|')));
  readonly #idle = new Map<WorkerProcess, NodeJS.Timeout>();
  readonly #workers = new Set<WorkerProcess>();
  /** Workspaces whose job is under way. */
  readonly #busy = new Set<string>();
  readonly #outcomes: Counter<'kind' | 'outcome'>;
  #lastId = 0;
  #stopped = false;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#outcomes = new Counter({
      name: 'kubestellar_evaluations_total',
      help: 'Evaluations of what tenants write, by kind and outcome: done, over (its budget), ended (with its process)',
      labelNames: ['kind', 'outcome'],
      registers: [options.registry],
    });
  }

  /** Process IDs of the workers. */
  get pids(): number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * Runs a job when it is the workspace's turn.
   * @throws Error when no worker can be started, or the job fails by an error of ours
   */
  evaluate<J extends Job>(workspace: string, job: J): Promise<Outcome<J['kind']>> {
    const settle = Promise.withResolvers<Outcome<Job['kind']>>();
    const id = `${workspace}|${++this.#lastId}`;
    this.#waiting.set(id, { workspace, job, settle });
    this.#turns.add(id);
    this.#pump();
    return settle.promise as Promise<Outcome<J['kind']>>;
  }

  /** Ends the workers; what waits fails. */
  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.kill('the program ends');
    for (const { settle } of this.#waiting.values()) settle.reject(new Error('the program ends'));
    this.#waiting.clear();
    this.#turns.clear();
  }

  #pump(): void {
    while (!this.#stopped && (this.#idle.size > 0 || this.#workers.size < WORKERS)) {
      const id = this.#turns.take((each) => !this.#busy.has(this.#waiting.get(each)?.workspace ?? ''))?.key;
      const waiting = id === undefined ? undefined : this.#waiting.get(id);
      if (id === undefined || !waiting) return;
      this.#waiting.delete(id);
      void this.#run(waiting, this.#takeWorker());
    }
  }

  async #run({ workspace, job, settle }: Waiting, worker: WorkerProcess): Promise<void> {
    this.#busy.add(workspace);
    const begin = performance.now();
    let took: number | undefined;
    try {
      const ending = await worker.run(job, TIME[job.kind] + (this.#options.grace ?? GRACE));
      // Of a process that has ended nobody knows; the clock has to do.
      if ('took' in ending) took = ending.took;
      if ('failed' in ending) throw new Error(`evaluation failed: ${ending.failed}`);
      const outcome = 'result' in ending ? 'done' : 'over' in ending ? 'over' : 'ended';
      this.#outcomes.inc({ kind: job.kind, outcome });
      if ('result' in ending) settle.resolve({ result: ending.result });
      else if ('over' in ending) settle.resolve({ over: ending.over, isCertain: ending.isCertain, step: 0 });
      else {
        this.#options.logger.warn(
          { workspace, kind: job.kind, reason: ending.ended },
          'evaluation ended with its process',
        );
        settle.resolve({ over: ending.ended, isCertain: false, step: ending.step });
      }
    } catch (error) {
      settle.reject(error);
    } finally {
      this.shares.spend(workspace, job.kind, took ?? performance.now() - begin);
      this.#busy.delete(workspace);
      this.#release(worker);
      this.#pump();
    }
  }

  #takeWorker(): WorkerProcess {
    const [found] = this.#idle;
    if (found) {
      const [worker, timer] = found;
      clearTimeout(timer);
      this.#idle.delete(worker);
      return worker;
    }
    const worker: WorkerProcess = new WorkerProcess(this.#options.program, () => {
      this.#workers.delete(worker);
      clearTimeout(this.#idle.get(worker));
      this.#idle.delete(worker);
      this.#pump();
    });
    this.#workers.add(worker);
    return worker;
  }

  #release(worker: WorkerProcess): void {
    if (!this.#workers.has(worker)) return;
    const timer = setTimeout(() => worker.kill('it has nothing to do'), IDLE);
    this.#idle.set(worker, timer);
  }
}
