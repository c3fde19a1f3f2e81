import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Readable } from 'node:stream';
import type { Headers } from './headers.ts';

/** One request to kcp. */
export interface Outgoing {
  method: string;
  /** Path with its query. */
  url: string;
  headers: Headers;
  body?: Buffer | (Readable & { once(event: 'aborted', listener: () => void): unknown });
}

/** The kcp server behind the view. It has no credentials of its own: each request brings those of who asks. */
export class Upstream {
  readonly server: string;
  readonly #agent: Agent;

  /**
   * @param server https://HOST:PORT
   * @param certificateAuthority PEM
   */
  constructor(server: string, certificateAuthority: string) {
    this.server = server;
    this.#agent = new Agent({ ca: certificateAuthority, keepAlive: true });
  }

  /** Sends a request. @returns the answer, whose body is still to come @throws when kcp can't be reached */
  ask({ method, url, headers, body }: Outgoing): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(this.server + url, { method, headers, agent: this.#agent }, resolve);
      outgoing.on('error', reject);
      if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
      else {
        body.once('aborted', () => outgoing.destroy());
        body.pipe(outgoing);
      }
    });
  }

  /** Ends the connections. */
  close(): void {
    this.#agent.destroy();
  }
}
