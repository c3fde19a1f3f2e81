import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '@kubestellar/process';
import { root } from '../root.ts';
import { END_OF_OUTPUT, type Order } from './order.ts';

/** How a test file ended. */
export interface Ended {
  /** Exit code; undefined: a signal ended it. */
  code: number | undefined;
  /** Why the runner had to stop it, if it had. */
  stopped?: string;
  output: string;
}

/** What holds for a file: times in milliseconds. */
export interface Limits {
  /** How long it may take. */
  timeout: number;
  /** How long it may take to end when it is stopped. */
  grace: number;
  /** Ends it early. */
  signal: AbortSignal;
}

/**
 * A process that runs one test file, or several, in a process group of its own, so that it is ended together with
 * what it has started when it hangs.
 */
export class TestProcess {
  readonly #child: Child;
  #output = '';
  #onOutput = () => {};
  #onCode = (_code: number) => {};

  private constructor(args: readonly string[], env: NodeJS.ProcessEnv, live: boolean, orders: boolean) {
    const output = live ? 'inherit' : 'keep';
    this.#child = startChild(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      cwd: root,
      env,
      stdout: output,
      stderr: output,
      keep: 0,
      onText: (text) => {
        this.#output += text;
        this.#onOutput();
      },
      onMessage: orders ? (message) => this.#onCode(message as number) : undefined,
    });
  }

  /** Starts one that runs this file only. @param live prints what it prints at once, and keeps nothing of it */
  static ofOne(file: string, env: NodeJS.ProcessEnv, live: boolean): TestProcess {
    return new TestProcess([file], env, live, false);
  }

  /** Starts one that runs files as they are given to `run`. */
  static ofSeveral(env: NodeJS.ProcessEnv): TestProcess {
    return new TestProcess([join(import.meta.dirname, 'several.ts')], env, false, true);
  }

  /** Whether it can run another file. */
  get isAlive(): boolean {
    return this.#child.isRunning;
  }

  /** Runs a file, in a process of several, to its end or to that of the process. */
  run(order: Order, limits: Limits): Promise<Ended> {
    this.#output = '';
    const code = new Promise<number>((resolve) => {
      this.#onCode = resolve;
    });
    const printed = new Promise<void>((resolve) => {
      this.#onOutput = () => this.#output.includes(END_OF_OUTPUT) && resolve();
    });
    this.#child.send(order);
    return this.#limited(
      code.then(async (code) => {
        await printed;
        return code;
      }),
      limits,
    );
  }

  /** Waits for the end of the process. */
  end(limits: Limits): Promise<Ended> {
    this.#child.disconnect();
    return this.#limited(new Promise(() => undefined), limits);
  }

  async #limited(done: Promise<number>, { timeout, grace, signal }: Limits): Promise<Ended> {
    let stopped: string | undefined;
    let forced: NodeJS.Timeout | undefined;
    const stop = (reason: string) => {
      if (stopped !== undefined) return;
      stopped = reason;
      this.#child.kill('SIGTERM');
      forced = setTimeout(() => this.#child.kill('SIGKILL'), grace);
    };
    const timer = setTimeout(() => stop(`the file did not end within ${timeout / 1000} s`), timeout);
    const onAbort = () => stop('the run was interrupted');
    signal.addEventListener('abort', onAbort);
    // No longer: a process that a test left behind could hold the pipes open.
    const exited = this.#child.exited.then(async (code) => {
      await Promise.race([this.#child.ended, sleep(1_000, undefined, { ref: false })]);
      return code;
    });
    const code = await Promise.race([done, exited]);
    clearTimeout(timer);
    clearTimeout(forced);
    signal.removeEventListener('abort', onAbort);
    if (stopped !== undefined) this.#child.kill('SIGKILL');
    return { code, ...(stopped && { stopped }), output: this.#output.replace(END_OF_OUTPUT, '') };
  }
}
