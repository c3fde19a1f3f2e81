import { Agent, request } from 'node:https';
import { connect } from 'node:tls';

/** A server, as an untrusted client sees it. */
export interface Server {
  host: string;
  port: number;
  /** PEM of its CA. */
  ca: string;
}

/** A request as it is sent: the path and the body are not looked at. */
export interface WireRequest {
  method: string;
  path: string;
  headers?: Readonly<Record<string, string | readonly string[]>>;
  body?: string | undefined;
}

/** An answer, as text whatever it holds. */
export interface WireAnswer {
  /** 0 when there was none. */
  status: number;
  text: string;
}

/** Milliseconds after which an answer is no longer waited for. */
const PATIENCE = 20_000;
/** Milliseconds for which a connection of hand-written bytes is listened to. */
const LISTENING = 700;

/** Sends requests as one user, without any of the care that a client library takes. */
export class Wire {
  readonly #server: Server;
  readonly #identity: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  /** @param identity headers of each request */
  constructor(server: Server, identity: Readonly<Record<string, string>>) {
    this.#server = server;
    this.#identity = identity;
    this.#agent = new Agent({ ca: server.ca, keepAlive: true, maxSockets: 8 });
  }

  send({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    const { host, port } = this.#server;
    return new Promise((resolve) => {
      const outgoing = request(
        {
          ...{ host, port, method, path, agent: this.#agent, timeout: PATIENCE },
          headers: {
            ...this.#identity,
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('latin1').on('data', (data: string) => {
            text += data;
          });
          answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', (error) => resolve({ status: 0, text: String(error) }));
      outgoing.end(body);
    });
  }

  /**
   * Opens a connection of its own and writes bytes there as they are; `{identity}` becomes the headers of the user.
   * @returns all that comes back until the server ends the connection, or a moment has passed
   */
  async sendBytes(bytes: string): Promise<WireAnswer> {
    const { host, port, ca } = this.#server;
    const identity = Object.entries(this.#identity).map(([name, value]) => `${name}: ${value}`);
    const socket = connect({ host, port, ca });
    let text = '';
    socket.setEncoding('latin1').on('data', (data: string) => {
      text += data;
    });
    socket.on('error', (error) => {
      text += String(error);
    });
    socket.setTimeout(LISTENING, () => socket.destroy());
    socket.on('secureConnect', () =>
      socket.write(bytes.replaceAll('{identity}', identity.join('\r\n')), 'latin1'),
    );
    const over = setTimeout(() => socket.destroy(), LISTENING);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(over);
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
  }

  close(): void {
    this.#agent.destroy();
  }
}
