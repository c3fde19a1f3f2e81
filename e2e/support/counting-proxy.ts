import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Told of each request that a server has carried out, before its answer goes back. */
export type OnRequest = (request: { method: string; path: string }) => void;

/**
 * A plain HTTP proxy on loopback in front of a kcp or kube-apiserver. It passes everything on unchanged and
 * counts the requests, so that a test can end their author between a request and its answer.
 */
export class CountingProxy {
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  readonly #target: URL;
  onRequest: OnRequest = () => {};

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((incoming, answer) => this.#forward(incoming, answer));
  }

  /** Starts a proxy in front of `target` (scheme://host:port). */
  static async start(target: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Where clients reach the proxy. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends the proxy and all connections through it. */
  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const { hostname, port } = this.#target;
    const outgoing = httpsRequest(
      { hostname, port, method, path, headers, agent: this.#agent },
      (response) => {
        // Leases are renewed all the time and by the clock: they are no step of any change.
        if (!path.includes('/leases')) this.onRequest({ method, path });
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }
}
