import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { allPids, commandLineOf, environmentOf } from '@kubestellar/process';
import { scanForSecrets } from './secret-scan.ts';

/** How often running processes are looked at (milliseconds): one of kubectl lives for some fifty. */
const PERIOD = 10;

/** Collects the arguments of processes, which every user of this machine can read, as `ps` does. */
export class ArgumentsWatch {
  readonly #seen = new Map<number, Set<string>>();
  readonly #last = new Map<number, string>();
  readonly #marker: string;
  readonly #ended: Promise<void>;
  #isEnding = false;

  private constructor(marker: string) {
    this.#marker = marker;
    this.#ended = this.#watch();
  }

  /** Begins to collect. @param marker a text in the environment of those that count, such as the path of a LocalHome */
  static start(marker: string): ArgumentsWatch {
    return new ArgumentsWatch(marker);
  }

  /** Whether a process with such arguments was seen. */
  saw(pattern: RegExp): boolean {
    return [...this.#seen.values()].some((all) => [...all].some((line) => pattern.test(line)));
  }

  /** Ends, and searches what was collected. @returns as `scanForSecrets`, one finding for each kind of secret */
  async stop(secrets: readonly string[]): Promise<string[]> {
    this.#isEnding = true;
    await this.#ended;
    const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-arguments-'));
    try {
      const lines = [...this.#seen.values()].flatMap((all) => [...all]);
      await writeFile(join(folder, 'arguments'), lines.join('\n'), { mode: 0o600 });
      return await scanForSecrets(folder, secrets);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #watch(): Promise<void> {
    while (!this.#isEnding) {
      for (const pid of allPids()) this.#look(pid);
      await sleep(PERIOD);
    }
  }

  #look(pid: number): void {
    const text = commandLineOf(pid).join(' ').replaceAll('\n', ' ');
    // A process keeps its environment until it becomes another program.
    if (text === '' || text === this.#last.get(pid)) return;
    this.#last.set(pid, text);
    if (!Object.values(environmentOf(pid)).some((value) => value.includes(this.#marker))) return;
    const all = this.#seen.get(pid) ?? new Set();
    this.#seen.set(pid, all.add(text));
  }
}
