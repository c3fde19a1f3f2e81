import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Child, type Ended, startChild } from '@kubestellar/process';
import type { Job } from './jobs.ts';
import type { Answer, Reply, Request } from './messages.ts';

/** How a job has ended. */
export type Ending =
  | Answer
  /** The worker had to be ended, or ended by itself, in the midst of the job. */
  | { ended: string; step: number };

/** Megabytes of a worker's heap. What a job works on is a few of them. */
const MEMORY = 192;
const FLAGS = [
  `--max-old-space-size=${MEMORY}`,
  '--max-semi-space-size=4',
  '--optimize-for-size',
  '--no-node-snapshot',
];
/** Of what it writes to stderr when memory runs out, so many characters are read. */
const KEPT = 16_000;
/** Others' work comes first. */
const NICENESS = 5;

/**
 * A process that runs jobs, one at a time. It is no thread: a thread whose heap is full takes the whole process
 * along when it is one large allocation that fails, such as that of an array or a map that grows.
 */
export class WorkerProcess {
  readonly #child: Child;
  readonly #ready: Promise<void>;
  #current: { settle(ending: Ending): void; step: number; timer: NodeJS.Timeout } | undefined;
  #reason: string | undefined;
  #hasEnded = false;

  /** @param program the file of its main module @param onEnd called when the process has ended, for whatever reason */
  constructor(program: URL, onEnd: () => void) {
    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#ready.catch(() => undefined); // whoever runs a job hears of it
    this.#child = startChild(process.execPath, [...FLAGS, fileURLToPath(program)], {
      // It needs nothing of the environment, which may hold secrets.
      env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: '1' },
      stdout: 'ignore',
      keep: KEPT,
      endWith: 'SIGKILL',
      hasOwnGroup: false,
      onMessage: (message) => {
        const reply = message as Reply;
        if ('ready' in reply) ready.resolve();
        else if ('step' in reply) this.#begin(reply.step);
        else this.#settle(reply);
      },
    });
    void this.#child.ended.then((end) => {
      this.#hasEnded = true;
      const reason = this.#reason ?? whyEnded(end);
      ready.reject(new Error(`the process that evaluates what tenants write cannot be started: ${reason}`));
      this.#settle({ ended: reason, step: this.#current?.step ?? 0 });
      onEnd();
    });
    try {
      if (this.#child.pid) setPriority(this.#child.pid, NICENESS);
    } catch {
      // It has ended already, or the system has no priorities.
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Runs a job.
   * @param milliseconds after which the process is ended, counted anew for each step
   * @throws Error when the process can't be started
   */
  async run(job: Job, milliseconds: number): Promise<Ending> {
    await this.#ready;
    const ending = Promise.withResolvers<Ending>();
    const timer = setTimeout(() => this.#overdue(milliseconds), milliseconds);
    this.#current = { settle: ending.resolve, step: 0, timer };
    try {
      this.#child.send({ job } satisfies Request, (error) => {
        // The end of the process tells of itself.
        if (!this.#hasEnded) this.kill(error.message);
      });
    } catch (error) {
      // What is too deep for JSON is so for any server.
      this.#settle({ over: `it cannot be passed on: ${(error as Error).message}`, isCertain: true, took: 0 });
    }
    return ending.promise;
  }

  /** Ends the process. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.#child.kill('SIGKILL');
  }

  #begin(step: number): void {
    if (!this.#current) return;
    this.#current.step = step;
    this.#current.timer.refresh();
  }

  #overdue(milliseconds: number): void {
    const current = this.#current;
    // It may be us who are late: an answer that has arrived meanwhile is read before this comes.
    setImmediate(() =>
      setImmediate(() => {
        if (current && this.#current === current) this.kill(`takes longer than ${milliseconds} ms`);
      }),
    );
  }

  #settle(ending: Ending): void {
    const current = this.#current;
    this.#current = undefined;
    if (!current) return;
    clearTimeout(current.timer);
    current.settle(ending);
  }
}

function whyEnded({ failure, stderr, signal, code }: Ended): string {
  if (failure) return failure.message;
  if (/heap out of memory|Reached heap limit/.test(stderr)) return `takes more than ${MEMORY} MB of memory`;
  return `its process has ended (${signal ?? `exit code ${code}`})`;
}
