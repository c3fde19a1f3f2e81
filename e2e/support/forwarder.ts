import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Passes TCP connections on, unchanged: from an address of a container network to a server on loopback, so that pods
 * reach what serves this machine only, or the other way round.
 */
export class Forwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, host: string) {
    this.#server = createServer((incoming) => {
      const outgoing = connect(port, host);
      for (const [from, to] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  /** Starts to pass on what comes to `address`, at port `at` or else a free one, to `port` of `host`. */
  static async start(address: string, port: number, at = 0, host = '127.0.0.1'): Promise<Forwarder> {
    const forwarder = new Forwarder(port, host);
    forwarder.#server.listen(at, address);
    await once(forwarder.#server, 'listening');
    return forwarder;
  }

  /** `host:port` to connect to. */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** Breaks all connections; new ones are passed on as before. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Keeps all connections open and passes nothing on over them any more; new ones are passed on as before. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  stop(): void {
    this.#server.close();
    this.cut();
  }
}
