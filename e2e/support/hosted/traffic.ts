import { CONFIG_MAPS, type KubeObject } from '@kubestellar/api';
import { explain, type KubeClient } from '@kubestellar/kube';
import { eventually } from '../eventually.ts';

/** Opens, for a client, a connection to the core. */
type Open = () => Promise<KubeClient>;

/** What a client has seen. */
export interface Seen {
  readonly requests: number;
  /** Requests that were tried again, with the reason. */
  readonly retried: readonly string[];
  /** Requests that failed at the second attempt, too. */
  readonly failed: readonly string[];
}

const WORKSPACE = 'root:wmw1';
const WAIT_SECONDS = 20;

/** A client that writes and reads a ConfigMap without a pause, and tries once more what fails. */
export class Traffic {
  readonly #name: string;
  readonly #open: Open;
  readonly #isKept: boolean;
  readonly #loop: Promise<void>;
  readonly #retried: string[] = [];
  readonly #failed: string[] = [];
  #kept: KubeClient | undefined;
  #requests = 0;
  #ends = false;

  private constructor(name: string, open: Open, isKept: boolean) {
    this.#name = name;
    this.#open = open;
    this.#isKept = isKept;
    this.#loop = this.#run();
  }

  /** A client that stays with the connections that it has. @param name of its ConfigMap, too */
  static keepingConnections(name: string, open: Open): Traffic {
    return new Traffic(name, open, true);
  }

  /** A client that opens a connection for each pair of requests, as a series of kubectl does. */
  static connectingAnew(name: string, open: Open): Traffic {
    return new Traffic(name, open, false);
  }

  /** Waits until requests have succeeded from now on. */
  async untilMore(count = 5): Promise<void> {
    const wanted = this.#requests + count;
    await eventually(
      `requests of ${this.#name}`,
      async () => this.#requests,
      (done) => done >= wanted,
      WAIT_SECONDS,
    );
  }

  /** Ends the client. @returns what it has seen */
  async end(): Promise<Seen> {
    this.#ends = true;
    await this.#loop;
    await this.#kept?.connection.close();
    return { requests: this.#requests, retried: this.#retried, failed: this.#failed };
  }

  async #run(): Promise<void> {
    for (let turn = 1; !this.#ends; turn++) {
      try {
        await this.#exchange(String(turn));
      } catch (reason) {
        this.#retried.push(explain(reason));
        await this.#exchange(String(turn)).catch((error) => this.#failed.push(explain(error)));
      }
    }
  }

  async #exchange(text: string): Promise<void> {
    const client = this.#kept ?? (await this.#open());
    if (this.#isKept) this.#kept = client;
    const ref = { namespace: 'default', name: this.#name };
    const { group: _, version, kind } = CONFIG_MAPS;
    const object = { apiVersion: version, kind, metadata: ref, data: { turn: text } };
    try {
      const workspace = client.workspace(WORKSPACE);
      await workspace.apply(CONFIG_MAPS, object as KubeObject, { fieldManager: 'traffic' });
      const read = await workspace.get<KubeObject & { data?: { turn?: string } }>(CONFIG_MAPS, ref);
      if (read?.data?.turn !== text) throw new Error(`read ${read?.data?.turn} after having written ${text}`);
      this.#requests += 2;
    } finally {
      if (!this.#isKept) await client.connection.close();
    }
  }
}
