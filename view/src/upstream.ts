import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Readable } from 'node:stream';
import type { Identity } from './clients.ts';
import type { Credentials } from './credentials.ts';
import { asToldToKcp, type Headers } from './headers.ts';

/** One request to kcp. */
export interface Outgoing {
  method: string;
  /** Path with its query. */
  url: string;
  headers: Headers;
  body?: Buffer | (Readable & { once(event: 'aborted', listener: () => void): unknown });
}

/** kcp for one who asks. */
export interface Kcp {
  /** https://HOST:PORT */
  readonly server: string;
  /** Sends a request. @returns the answer, whose body is still to come @throws when kcp can't be reached */
  ask(outgoing: Outgoing): Promise<IncomingMessage>;
}

/**
 * The kcp server behind the view. Who has shown a certificate is told to it on connections by which it believes the
 * view; the requests of all others bring their credentials themselves, on connections that have none.
 */
export class Upstream {
  readonly server: string;
  #plain: Agent;
  #proxy: Agent | undefined;

  /** @param server https://HOST:PORT */
  constructor(server: string, credentials: Credentials) {
    this.server = server;
    [this.#plain, this.#proxy] = agentsFor(credentials);
  }

  /** Makes further requests with other credentials; those under way end as they are. */
  use(credentials: Credentials): void {
    for (const agent of [this.#plain, this.#proxy]) if (agent) retire(agent);
    [this.#plain, this.#proxy] = agentsFor(credentials);
  }

  /** @param identity who has shown a certificate; undefined for who has shown none */
  as(identity: Identity | undefined): Kcp {
    const { server } = this;
    if (!identity) return { server, ask: (outgoing) => this.#send(outgoing, this.#plain) };
    return {
      server,
      ask: async (outgoing) => {
        const headers = asToldToKcp(outgoing.headers, identity);
        const answer = await this.#send({ ...outgoing, headers }, this.#proxy);
        if (answer.statusCode !== 401) return answer;
        answer.resume();
        throw new Error(
          "it does not believe the view who it is that asks; kcp's --requestheader-client-ca-file must have the " +
            "authority of the view's --proxy-client-cert-file, and --requestheader-allowed-names its common name",
        );
      },
    };
  }

  /** Ends the connections. */
  close(): void {
    for (const agent of [this.#plain, this.#proxy]) agent?.destroy();
  }

  #send({ method, url, headers, body }: Outgoing, agent: Agent | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // Without an agent of the view's, Node's own would be used, which trusts others.
      if (!agent) throw new Error('the view has no certificate to tell kcp who it is that asks');
      const outgoing = request(this.server + url, { method, headers, agent }, resolve);
      outgoing.on('error', reject);
      if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
      else {
        body.once('aborted', () => outgoing.destroy());
        body.pipe(outgoing);
      }
    });
  }
}

function agentsFor({ coreAuthority: ca, proxying }: Credentials): [plain: Agent, proxy: Agent | undefined] {
  const proxy = proxying?.proxy;
  return [
    new Agent({ ca, keepAlive: true }),
    proxy && new Agent({ ca, cert: proxy.certificate, key: proxy.key, keepAlive: true }),
  ];
}

/** Ends an agent's connections as soon as each has no request. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}
