import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, createServer as createSecureServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CA } from '@kubestellar/pki';

/** A request as it comes to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
}

/** A server ends connections that have been idle for longer, while the next request may be on its way (milliseconds). */
const IDLE = { ofServers: 20_000, ofClients: 120_000 } as const;

/** Told of each request that a server has carried out, before its answer goes back. */
export type OnRequest = (request: ProxiedRequest) => void;

/**
 * What becomes of a request: it is passed on; or answered with HTTP 500 and not passed on; or carried out by the
 * server, but its answer is lost with the connection; or never answered.
 */
export type Fate = 'pass' | 'refuse' | 'lose' | 'hang';

/**
 * A proxy on loopback, of plain HTTP unless it is to be a secure one, in front of a kcp or kube-apiserver. It passes
 * everything on unchanged unless told otherwise, and tells of each request, so that a test can end its author between a
 * request and its answer.
 */
export class CountingProxy {
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  readonly #agent = new Agent({
    keepAlive: true,
    timeout: IDLE.ofServers,
    rejectUnauthorized: false,
  });
  readonly #target: URL;
  onRequest: OnRequest = () => {};
  /** Decides about each request when it comes. */
  fateOf: (request: ProxiedRequest) => Fate = () => 'pass';
  /** Called when a request was carried out whose answer gets lost; its sender can notice when that has ended. */
  onLost: () => Promise<void> | void = () => {};

  private constructor(target: URL, tls: { cert: string; key: string } | undefined) {
    this.#target = target;
    const receive = (incoming: IncomingMessage, answer: ServerResponse) => this.#receive(incoming, answer);
    this.#server = tls ? createSecureServer(tls, receive) : createServer(receive);
    this.#server.keepAliveTimeout = IDLE.ofClients;
    this.#scheme = tls ? 'https' : 'http';
  }

  /**
   * Starts a proxy in front of `target` (scheme://host:port).
   * @param isSecure for clients in Go, which tell plain HTTP servers nobody's credentials; its certificate is nobody's
   */
  static async start(target: string, isSecure = false): Promise<CountingProxy> {
    const proxy = new CountingProxy(new URL(target), isSecure ? await certificate() : undefined);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Where clients reach the proxy. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks all connections through the proxy; new ones are accepted. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  /** Ends the proxy and all connections through it. */
  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  #receive(incoming: IncomingMessage, answer: ServerResponse): void {
    const fate = this.fateOf({ method: incoming.method ?? 'GET', path: incoming.url ?? '' });
    if (fate === 'refuse') refuse(answer);
    else if (fate !== 'hang') this.#forward(incoming, answer, fate === 'lose');
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse, isLost: boolean): void {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const { hostname, port } = this.#target;
    const outgoing = httpsRequest(
      { hostname, port, method, path, headers, agent: this.#agent },
      (response) => {
        // Leases are renewed all the time and by the clock: they are no step of any change.
        if (!path.includes('/leases')) this.onRequest({ method, path });
        if (isLost) {
          response.resume();
          void Promise.resolve(this.onLost()).finally(() => answer.destroy());
          return;
        }
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }
}

async function certificate(): Promise<{ cert: string; key: string }> {
  const authority = await CA.create('proxy');
  const { certificate, key } = await authority.issue({ commonName: 'proxy', ipAddresses: ['127.0.0.1'] });
  return { cert: certificate, key };
}

function refuse(answer: ServerResponse): void {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'refused by the test',
    code: 500,
  };
  answer.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(status));
}
