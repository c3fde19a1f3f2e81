import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { explain } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/kube/program';
import { Clients, HANDSHAKE_LIMIT, NotAccepted } from './clients.ts';
import type { Credentials } from './credentials.ts';
import { fail } from './fail.ts';
import { Upstream } from './upstream.ts';
import { View } from './view.ts';

/** Serves the view, to clients with certificates too, where it has what kcp believes it by. */
export class ViewServer {
  readonly #clients = new Clients();
  readonly #upstream: Upstream;
  readonly #view: View;
  readonly #server: Server;

  /** @param kcp https://HOST:PORT */
  constructor(kcp: string, credentials: Credentials, logger: Logger) {
    this.#upstream = new Upstream(kcp, credentials);
    this.#view = new View(logger);
    this.#clients.trust(credentials.proxying?.clientAuthorities ?? '');
    // What a client shows is judged with its requests, so that they are answered as kcp does.
    const options = {
      requestCert: credentials.proxying !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_LIMIT,
      ...contextOf(credentials),
    };
    this.#server = createServer(options, (incoming, outgoing) => this.#answer(incoming, outgoing));
    this.#server.prependListener('secureConnection', (socket) => this.#clients.meet(socket));
  }

  /** @returns the port, when it serves @throws when the address can't be had */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  /** Goes on with other credentials, of the same kinds; requests under way end as they are. */
  use(credentials: Credentials): void {
    this.#server.setSecureContext(contextOf(credentials));
    this.#clients.trust(credentials.proxying?.clientAuthorities ?? '');
    this.#upstream.use(credentials);
  }

  /** Ends all connections. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#upstream.close();
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    try {
      const kcp = this.#upstream.as(this.#clients.whoAsks(incoming.socket));
      void this.#view.handle(kcp, incoming, outgoing);
    } catch (error) {
      // On another connection the client may show another one.
      outgoing.setHeader('connection', 'close');
      fail(outgoing, error instanceof NotAccepted ? 401 : 500, explain(error));
    }
  }
}

/** What TLS works with. A session that is taken up again would bring along a certificate that nobody verifies anew. */
function contextOf({ serving, proxying }: Credentials) {
  return {
    cert: serving.certificate,
    key: serving.key,
    ...(proxying ? { ca: proxying.clientAuthorities } : {}),
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
