import type { Socket } from 'node:net';
import { Counter } from './limits.ts';
import type { Refusal } from './refusal.ts';

/** Connections of one address, and of all, at the same time. */
const CONNECTIONS = { ofAddress: 2_000, ofAll: 3_000 };
/** Requests that a client may send on a connection before it has the answer to the first one. */
const AHEAD = 8;

/** A connection of a client, on which one request is answered after the other. */
interface Connection {
  tail: Promise<void>;
  waiting: number;
  /** Nothing that comes from now on counts. */
  isEnding: boolean;
  isRefused: boolean;
  /** Why what comes can't be read. */
  fault?: Refusal;
  /** Ends the request that is being answered, because what is left of it can't be read. */
  fail: (refusal: Refusal) => void;
}

/** The connections of clients: how many there are, and whose turn it is on each. */
export class Connections {
  readonly #byAddress = new Counter(CONNECTIONS.ofAddress);
  readonly #all = new Counter(CONNECTIONS.ofAll);
  readonly #known = new WeakMap<Socket, Connection>();

  /** Takes note of a new connection. @returns whether it may stay */
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

  /** @returns whether requests of a connection are being answered */
  isBusy(socket: Socket): boolean {
    return this.#of(socket).waiting > 0;
  }

  /** A request was refused: nothing that comes on its connection from now on counts. */
  end(socket: Socket): void {
    const connection = this.#of(socket);
    connection.isEnding = true;
    connection.isRefused = true;
  }

  /** @param fail ends the request that is being answered, when what is left of it can't be read */
  onFault(socket: Socket, fail: Connection['fail']): void {
    const connection = this.#of(socket);
    connection.fail = fail;
    if (connection.fault) fail(connection.fault);
  }

  /**
   * A connection goes on with what can't be read. What came before is answered.
   * @param last called then, unless that answer has refused a request
   */
  async breakOff(socket: Socket, refusal: Refusal, last: () => void): Promise<void> {
    const connection = this.#of(socket);
    if (connection.isEnding) return;
    connection.isEnding = true;
    connection.fault = refusal;
    connection.fail(refusal);
    await connection.tail;
    if (!connection.isRefused) last();
  }

  isEnding(socket: Socket): boolean {
    return this.#of(socket).isEnding;
  }

  /**
   * Does the work of a request when those before it on the connection are done: a client that sends several at a time
   * relies on their order. @returns whether it will be done; not for a client too far ahead
   */
  inTurn(socket: Socket, work: () => Promise<void>): boolean {
    const connection = this.#of(socket);
    if (connection.waiting >= AHEAD) return false;
    connection.waiting++;
    connection.tail = connection.tail.then(work).finally(() => {
      connection.waiting--;
    });
    return true;
  }

  #of(socket: Socket): Connection {
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

/** @returns the address of a client; empty when it has gone */
function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
