import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
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
/** Others' work comes first. */
const NICENESS = 5;

/**
 * A process that runs jobs, one at a time. It is no thread: a thread whose heap is full takes the whole process
 * along when it is one large allocation that fails, such as that of an array or a map that grows.
 */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  #current: { settle(ending: Ending): void; step: number; timer: NodeJS.Timeout } | undefined;
  #reason: string | undefined;
  #stderr = '';
  #hasEnded = false;

  /** @param program the file of its main module @param onEnd called when the process has ended, for whatever reason */
  constructor(program: URL, onEnd: () => void) {
    const child = fork(fileURLToPath(program), [], {
      execArgv: FLAGS,
      // It needs nothing of the environment, which may hold secrets.
      env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#ready = new Promise((resolve, reject) => {
      const failed = (reason: string) => {
        if (this.#hasEnded) return;
        this.#hasEnded = true;
        reject(new Error(`the process that evaluates what tenants write cannot be started: ${reason}`));
        this.#settle({ ended: this.#reason ?? reason, step: this.#current?.step ?? 0 });
        onEnd();
      };
      child.on('message', (reply: Reply) => {
        if ('ready' in reply) resolve();
        else if ('step' in reply) this.#begin(reply.step);
        else this.#settle(reply);
      });
      child.on('error', (error) => failed(error.message));
      child.on('exit', (code, signal) => failed(this.#whyEnded(code, signal)));
    });
    this.#ready.catch(() => undefined); // whoever runs a job hears of it
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000);
    });
    try {
      if (child.pid) setPriority(child.pid, NICENESS);
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
        if (error && !this.#hasEnded) this.kill(error.message);
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

  #whyEnded(code: number | null, signal: NodeJS.Signals | null): string {
    if (/heap out of memory|Reached heap limit/.test(this.#stderr))
      return `takes more than ${MEMORY} MB of memory`;
    return `its process has ended (${signal ?? `exit code ${code}`})`;
  }
}
