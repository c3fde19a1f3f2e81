import { once } from 'node:events';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

/** An answer as a client reads it. */
export interface RawAnswer {
  readonly code: number;
  readonly headers: string;
  readonly body: string;
}

/** By their CA: reading it anew for each connection takes as long as the rest of a handshake. */
const contexts = new Map<string, SecureContext>();

/** A client that sends bytes, not requests. */
export class RawClient {
  readonly socket: TLSSocket;
  /** Answers to HEAD have a length but no body. */
  asksHead = false;
  readonly #answers: RawAnswer[] = [];
  /** What is no whole answer yet. */
  #rest = Buffer.alloc(0);
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      while (this.#readAnswer());
      this.#notify();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#notify();
    });
  }

  /** @param ca whom the client trusts */
  static async connect(port: number, ca: string): Promise<RawClient> {
    const secureContext = contexts.get(ca) ?? createSecureContext({ ca });
    contexts.set(ca, secureContext);
    const socket = connect({ port, host: '127.0.0.1', secureContext });
    const client = new RawClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** All whole answers so far; interim ones (1xx) too. */
  get answers(): readonly RawAnswer[] {
    return this.#answers;
  }

  /** Sends bytes, each character one. */
  send(bytes: string): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.from(bytes, 'latin1'));
  }

  /** Waits for so many answers, or the end of the connection. @throws when neither comes */
  async whenAnswered(count: number, limit = 10_000): Promise<void> {
    await this.#until(() => this.answers.length >= count || this.#isClosed, limit, `${count} answers`);
  }

  /** @throws when the connection goes on */
  async whenClosed(limit = 10_000): Promise<void> {
    await this.#until(() => this.#isClosed, limit, 'the end of the connection');
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(isSo: () => boolean, limit: number, what: string): Promise<void> {
    let isLate = false;
    // One for each wait, of which there are very many: a signal with its error costs more than a request.
    const timer = setTimeout(() => {
      isLate = true;
      this.#notify();
    }, limit);
    try {
      while (!isSo()) {
        if (isLate)
          throw new Error(
            `no ${what} within ${limit} ms; answered: ${JSON.stringify(this.answers)}, then ${this.#rest.toString('latin1')}`,
          );
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns whether there was a whole one */
  #readAnswer(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const headers = this.#rest.subarray(0, end).toString('latin1');
    const code = Number(headers.split(' ')[1]);
    const start = end + 4;
    const length =
      code < 200 || this.asksHead ? 0 : Number(/^content-length: *(\d+)/im.exec(headers)?.[1] ?? 0);
    if (this.#rest.length < start + length) return false;
    this.#answers.push({ code, headers, body: this.#rest.subarray(start, start + length).toString('utf8') });
    this.#rest = this.#rest.subarray(start + length);
    return true;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
