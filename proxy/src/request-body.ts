import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './refusal.ts';

/** The largest body (bytes), as kube-apiserver has it. */
const LARGEST_BODY = 3 * 1024 * 1024;

/** How much of an unread body is read before its connection ends, so that the client gets its response. */
const DISCARDED = { bytes: 256 * 1024, milliseconds: 500 };

/** The client has closed the connection before the end of its body. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/**
 * The body of a request: only as much is read as its reader wants, and every byte is counted. The reader may give up
 * (`destroy`) while the connection continues until the response is sent.
 */
export class RequestBody extends Readable {
  readonly #incoming: IncomingMessage;
  readonly #onFirstRead: () => void;
  #received = 0;
  #hasBegun = false;

  /**
   * @param onFirstRead called once, before the first byte is read: for `100 Continue`
   * @throws Refusal when the client announces more than is accepted
   */
  constructor(incoming: IncomingMessage, onFirstRead: () => void) {
    super({ highWaterMark: 64 * 1024 });
    this.#incoming = incoming;
    this.#onFirstRead = onFirstRead;
    // The reader gets the error; a body without a reader has no failure.
    this.on('error', () => undefined);
    if (Number(this.announced ?? 0) > LARGEST_BODY) throw tooLarge();
  }

  /** The length that the client announces, in digits; undefined where it sends chunks. */
  get announced(): string | undefined {
    const length = this.#incoming.headers['content-length'];
    return length === undefined ? undefined : String(Number(length));
  }

  override _read(): void {
    if (!this.#hasBegun) this.#begin();
    this.#incoming.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#incoming.pause();
    done(error);
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#onFirstRead();
    const incoming = this.#incoming;
    incoming.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      this.#received += chunk.length;
      if (this.#received > LARGEST_BODY) this.destroy(tooLarge());
      else if (!this.push(chunk)) incoming.pause();
    });
    incoming.once('end', () => this.push(null));
    const left = () => {
      if (!incoming.complete)
        this.destroy(new ClientLeft('the client closed its connection before the end of its request'));
    };
    incoming.once('error', left);
    incoming.once('close', left);
  }
}

/**
 * Reads on for a moment and discards what it reads, so that a client that sends first and reads later gets its
 * response before its connection ends. Nobody else may read the request any more.
 */
export async function discardRest(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return;
  const ended = Promise.withResolvers<void>();
  let discarded = 0;
  incoming.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARDED.bytes) ended.resolve();
  });
  for (const event of ['end', 'close', 'error']) incoming.once(event, () => ended.resolve());
  incoming.resume();
  const over = new AbortController();
  const limit = sleep(DISCARDED.milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([ended.promise, limit]);
  over.abort();
  incoming.pause();
}

function tooLarge(): Refusal {
  return new Refusal(
    413,
    `the body is larger than ${LARGEST_BODY} bytes, which is the limit of an API server`,
  );
}
