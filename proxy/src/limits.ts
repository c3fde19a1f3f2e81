/** What one client, and all together, may use at the same time. */
import { Refusal } from './refusal.ts';

/** Counts what is in use by key, and refuses what would exceed the limit of a key. */
export class Counter {
  readonly #limit: number;
  readonly #used = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns whether that much more fits; if so, it must be given back */
  take(key: string, amount = 1): boolean {
    const used = (this.#used.get(key) ?? 0) + amount;
    if (used > this.#limit) return false;
    this.#used.set(key, used);
    return true;
  }

  giveBack(key: string, amount = 1): void {
    const used = (this.#used.get(key) ?? 0) - amount;
    if (used > 0) this.#used.set(key, used);
    else this.#used.delete(key);
  }
}

/** Simultaneous requests of one client, watches included. */
const REQUESTS = 400;
/**
 * Simultaneous requests with a body, for one client and for all: each takes memory while it arrives. All clients whose
 * credentials were never accepted share a part of that, so that they leave room for the others.
 */
const BODIES = { client: 100, strangers: 100, all: 400 };
/** Bytes of bodies kept in memory, for one client and for all. */
const MEMORY = { client: 12 * 1024 * 1024, all: 96 * 1024 * 1024 };
/** This many chunks of a body are joined: a chunk of one byte takes a hundred in memory. */
const PIECES = 1_000;
const ALL = '';

/** The caller of a request. */
export interface Client {
  /** Identifies the client. */
  readonly caller: string;
  /** Whether its credentials were accepted before. */
  readonly isAccepted: boolean;
}

/** What clients use of the proxy now. A client is identified by its credentials. */
export class Usage {
  readonly #requests = new Counter(REQUESTS);
  readonly #bodies = new Counter(BODIES.client);
  readonly #bodiesOfStrangers = new Counter(BODIES.strangers);
  readonly #bodiesOfAll = new Counter(BODIES.all);
  readonly #memory = new Counter(MEMORY.client);
  readonly #memoryOfAll = new Counter(MEMORY.all);

  /**
   * @param hasBody whether the request has one
   * @returns what must be called when the request is done
   * @throws Refusal for a client with too many requests
   */
  begin({ caller, isAccepted }: Client, hasBody: boolean): () => void {
    const wanted: [Counter, string][] = [[this.#requests, caller]];
    if (hasBody) wanted.push([this.#bodies, caller], [this.#bodiesOfAll, ALL]);
    if (hasBody && !isAccepted) wanted.push([this.#bodiesOfStrangers, ALL]);
    const taken = wanted.filter(([counter, key]) => counter.take(key));
    const end = () => {
      for (const [counter, key] of taken) counter.giveBack(key);
    };
    if (taken.length === wanted.length) return end;
    end();
    throw new Refusal(
      429,
      `too many requests in progress (${REQUESTS} for a client, watches included; ${BODIES.client} with a body, ` +
        `${BODIES.strangers} for all clients with new credentials, ${BODIES.all} for all clients); wait for some to end`,
    );
  }

  /** Reads a whole body into memory. @returns what `use` returns; the body is kept until then @throws Refusal */
  async hold<T>(
    client: string,
    body: AsyncIterable<Buffer>,
    use: (content: Buffer) => Promise<T>,
  ): Promise<T> {
    const blocks: Buffer[] = [];
    let pieces: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of body) {
        if (!this.#memory.take(client, chunk.length)) throw tooMuch('this client');
        if (!this.#memoryOfAll.take(ALL, chunk.length)) {
          this.#memory.giveBack(client, chunk.length);
          throw tooMuch('all clients together');
        }
        length += chunk.length;
        pieces.push(chunk);
        if (pieces.length < PIECES) continue;
        blocks.push(Buffer.concat(pieces));
        pieces = [];
      }
      return await use(Buffer.concat([...blocks, ...pieces]));
    } finally {
      this.#memory.giveBack(client, length);
      this.#memoryOfAll.giveBack(ALL, length);
    }
  }
}

function tooMuch(who: string): Refusal {
  return new Refusal(
    429,
    `the bodies that ${who} sent for RBAC and admission objects take too much memory; wait for some requests to end`,
  );
}
