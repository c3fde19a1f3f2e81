import type { Child } from '@kubestellar/process';
import { type Invocation, invoke, takeOver } from './take-over.ts';

/** One of our programs, taken over from `npm start`: killed at will, and started again as it was. */
export class Crashable {
  readonly #original: Invocation;
  #command: readonly string[];
  #child: Child | undefined;
  #restarting: Promise<void> = Promise.resolve();

  private constructor(original: Invocation) {
    this.#original = original;
    this.#command = original.command;
  }

  /** Ends the process of this pid and starts the same again as a child. */
  static async takeOver(pid: number): Promise<Crashable> {
    const program = new Crashable(await takeOver(pid));
    await program.#start();
    return program;
  }

  /** Kills the program and starts it again. @returns when it has been started, not when it is ready */
  crash(): Promise<void> {
    this.#restarting = this.#restarting.then(async () => {
      await this.#kill();
      await this.#start();
    });
    return this.#restarting;
  }

  /**
   * Kills the program and starts it with other words in place of those of its own command line, from now on.
   * @param change gives the word to put in place of one, such as the path of another bundle
   */
  restartWith(change: (word: string) => string): Promise<void> {
    this.#command = this.#original.command.map(change);
    return this.crash();
  }

  /** Ends the program for good. */
  async dispose(): Promise<void> {
    await this.#restarting;
    await this.#kill();
  }

  async #start(): Promise<void> {
    this.#child = await invoke({ ...this.#original, command: [...this.#command] });
  }

  async #kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }
}
