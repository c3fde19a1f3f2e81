import type { Socket } from 'node:net';
import { Counter } from './limits.ts';
import type { Refusal } from './refusal.ts';

/** Simultaneous connections of one address, and of all. */
const CONNECTIONS = { ofAddress: 2_000, ofAll: 3_000 };
/** Requests that a client may send on a connection before the response to the first one. */
const AHEAD = 8;

/** A connection of a client, on which requests are handled one after the other. */
interface Connection {
  tail: Promise<void>;
  waiting: number;
  /** Whatever arrives from now on is ignored. */
  isEnding: boolean;
  isRefused: boolean;
  /** Why the bytes that arrived cannot be parsed. */
  fault?: Refusal;
  /** Ends the request in progress, because its rest cannot be parsed. */
  fail: (refusal: Refusal) => void;
}

/** The connections of clients: how many there are, and the order of the requests on each. */
export class Connections {
  readonly #byAddress = new Counter(CONNECTIONS.ofAddress);
  readonly #all = new Counter(CONNECTIONS.ofAll);
  readonly #known = new WeakMap<Socket, Connection>();

  /** Records a new connection. @returns whether it may stay */
  open(socket: Socket): boolean {
    const address = addressOf(socket);
    if (!this.#all.take('')) return false;
    if (!this.#byAddress.take(address)) {
      this.#all.giveBack('');
      return false;
    }
    socket.once('close', () => {
      this.#byAddress.giveBack(address);
      this.#all.giveBack('');
    });
    return true;
  }

  /** @returns whether requests of a connection are in progress */
  isBusy(socket: Socket): boolean {
    return this.#connectionOf(socket).waiting > 0;
  }

  /** A request was refused: whatever arrives on its connection from now on is ignored. */
  end(socket: Socket): void {
    const connection = this.#connectionOf(socket);
    connection.isEnding = true;
    connection.isRefused = true;
  }

  /** @param fail ends the request in progress, when its rest cannot be parsed */
  onFault(socket: Socket, fail: Connection['fail']): void {
    const connection = this.#connectionOf(socket);
    connection.fail = fail;
    if (connection.fault) fail(connection.fault);
  }

  /**
   * A connection continues with bytes that cannot be parsed. Requests before them are still handled.
   * @param last called then, unless one of these requests was refused
   */
  async breakOff(socket: Socket, refusal: Refusal, last: () => void): Promise<void> {
    const connection = this.#connectionOf(socket);
    if (connection.isEnding) return;
    connection.isEnding = true;
    connection.fault = refusal;
    connection.fail(refusal);
    await connection.tail;
    if (!connection.isRefused) last();
  }

  isEnding(socket: Socket): boolean {
    return this.#connectionOf(socket).isEnding;
  }

  /**
   * Handles a request when those before it on the connection are done: a client that sends several at a time relies on
   * their order. @returns whether it will be handled; false for a client too far ahead
   */
  inTurn(socket: Socket, work: () => Promise<void>): boolean {
    const connection = this.#connectionOf(socket);
    if (connection.waiting >= AHEAD) return false;
    connection.waiting++;
    connection.tail = connection.tail.then(work).finally(() => {
      connection.waiting--;
    });
    return true;
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#known.get(socket);
    if (known) return known;
    const connection: Connection = {
      tail: Promise.resolve(),
      waiting: 0,
      isEnding: false,
      isRefused: false,
      fail: () => undefined,
    };
    this.#known.set(socket, connection);
    return connection;
  }
}

/** @returns the address of a client; empty after it has closed the connection */
function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
