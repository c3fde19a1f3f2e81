import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** `host:port` */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * A proxy on loopback, as of `HTTPS_PROXY`, that leads all connections to one address, whatever name they ask for. It
 * stands for the DNS entry that leads the names of cores to an ingress controller; it passes on TLS as it is.
 */
export class NameProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** `host:port` of each connection, as asked for. */
  readonly asked: string[] = [];

  private constructor(target: Address) {
    this.#server = createServer((_, answer) => answer.writeHead(405).end());
    this.#server.on('connect', ({ url = '' }, incoming: Socket, head: Buffer) => {
      this.asked.push(url);
      const outgoing = connect(target.port, target.host, () => {
        incoming.write('HTTP/1.1 200 Connection established\r\n\r\n');
        outgoing.write(head);
        outgoing.pipe(incoming);
        incoming.pipe(outgoing);
      });
      for (const [socket, other] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  /** Starts it at a free port. */
  static async start(target: Address): Promise<NameProxy> {
    const proxy = new NameProxy(target);
    proxy.#server.listen(0, '127.0.0.1').unref();
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** What makes programs use it. */
  get env(): NodeJS.ProcessEnv {
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: '', no_proxy: '' };
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
