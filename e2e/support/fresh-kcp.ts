import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKcp, newRun, StateFolder, stopLocal } from '@kubestellar/local';
import { provideTools } from '@kubestellar/toolchain';
import { parse, stringify } from 'yaml';

const quiet = { log: () => undefined, signal: new AbortController().signal };

/** A kcp in which there is nothing yet. */
export class FreshKcp {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  /** Makes the folder for its state. */
  static async create(): Promise<FreshKcp> {
    return new FreshKcp(await mkdtemp(join(tmpdir(), 'kubestellar-e2e-')));
  }

  /** Starts it. @returns the text of its kubeconfig, whose current workspace is `root` */
  async start(): Promise<string> {
    const { kcp } = await provideTools(['kcp'], { log: (line) => console.log(`    ${line}`) });
    const state = new StateFolder(this.#home);
    state.create();
    const { kubeconfig } = await ensureKcp(newRun(state, quiet.log, quiet.signal), kcp);
    return stringify({ ...parse(await readFile(kubeconfig, 'utf8')), 'current-context': 'root' });
  }

  /** Ends it and removes its state. */
  async dispose(): Promise<void> {
    await stopLocal({ home: this.#home, purge: true, ...quiet });
  }
}
