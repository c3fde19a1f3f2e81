import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { explain } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { callOf } from './call.ts';
import { Clients, HANDSHAKE_LIMIT, NotAccepted } from './clients.ts';
import { Connections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { Usage } from './limits.ts';
import { Refusal, rawRefusal, refuse } from './refusal.ts';
import { ClientLeft, discardRest } from './request-body.ts';
import { MOST_HEADERS, refusalOf } from './request-form.ts';
import { DenaturingRouter } from './router.ts';
import { Upstream } from './upstream.ts';

/** How long (ms) a client may take for its headers, for a whole request, and between two requests. */
const LIMITS = { headers: 10_000, request: 60_000, idle: 120_000 };
/** A client that does not read its response is disconnected after this time (ms) without a byte. */
const STALLED = 60_000;
/**
 * How long (ms) a client that has closed its half of the connection may wait for its response. A client that has
 * disconnected looks the same, and would keep a quiet watch open for ever; kcp itself disconnects at once.
 */
const HALF_CLOSED = 5_000;
/** How long (ms) a client may take to read that its request could not be parsed. */
const LAST_ANSWER = 1_000;
/** All headers of a request together (bytes): tokens with many claims, long label selectors. */
const LARGEST_HEAD = 64 * 1024;

/** The server of the workspace proxy; it accepts client certificates where kcp accepts identities from it. */
export class ProxyServer {
  readonly #clients = new Clients();
  readonly #connections = new Connections();
  readonly #usage = new Usage();
  readonly #upstream: Upstream;
  readonly #router = new DenaturingRouter(this.#usage);
  readonly #server: Server;
  readonly #logger: Logger;

  /** @param kcp https://HOST:PORT */
  constructor(kcp: string, credentials: Credentials, logger: Logger) {
    this.#logger = logger;
    this.#upstream = new Upstream(kcp, credentials);
    this.#clients.trust(credentials.proxying?.clientCAs ?? '');
    // Client certificates are checked per request and not in the handshake, so that the response is like kcp's.
    const options = {
      requestCert: credentials.proxying !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_LIMIT,
      ...contextOf(credentials),
      ...{
        insecureHTTPParser: false,
        requireHostHeader: false,
        allowHalfOpen: true,
        maxHeaderSize: LARGEST_HEAD,
      },
      ...{ headersTimeout: LIMITS.headers, requestTimeout: LIMITS.request, keepAliveTimeout: LIMITS.idle },
      ...{
        connectionsCheckingInterval: 2_000,
        keepAlive: true,
        keepAliveInitialDelay: 30_000,
        noDelay: true,
      },
    };
    this.#server = createServer(options, (incoming, outgoing) => this.#receive(incoming, outgoing));
    // Beyond this number Node drops headers silently, or refuses the request, depending on its version. One more is
    // let in, to detect too many.
    // by which too many are known.
    this.#server.maxHeadersCount = MOST_HEADERS + 1;
    this.#server.timeout = STALLED;
    // A client that has sent everything may wait for its response; Node's types lack the property.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.prependListener('connection', (socket: Socket) => {
      if (!this.#connections.open(socket)) socket.destroy();
    });
    this.#server.prependListener('secureConnection', (socket) => {
      this.#clients.meet(socket);
      endHalfClosed(socket);
    });
    // A failed TLS handshake cannot be answered, and its connection would stay open.
    this.#server.prependListener('tlsClientError', (_, socket) => socket.destroy());
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#refuseUnparsed(error, socket as Socket),
    );
    for (const event of ['checkContinue', 'checkExpectation'] as const)
      this.#server.on(event, (incoming, outgoing) => this.#receive(incoming, outgoing));
    this.#server.on('connect', (_, socket) =>
      answerLast(socket as Socket, new Refusal(405, 'the method CONNECT is not served')),
    );
    // A watch may be quiet as long as it likes, but a client must read what it is sent.
    this.#server.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0 || !this.#connections.isBusy(socket)) socket.destroy();
    });
  }

  /** @returns the port, once it serves @throws when the address is not available */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  /** Uses other credentials, of the same kinds, from now on; requests in progress end as they are. */
  use(credentials: Credentials): void {
    this.#server.setSecureContext(contextOf(credentials));
    this.#clients.trust(credentials.proxying?.clientCAs ?? '');
    this.#upstream.use(credentials);
  }

  /** Closes all connections. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#upstream.close();
  }

  /** Handles a request in its turn, or refuses it. */
  #receive(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming;
    // After a request that cannot be parsed, or is not read to its end, its connection is ignored.
    if (this.#connections.isEnding(socket)) return;
    const refusal = refusalOf(incoming);
    if (refusal) this.#refuseAndEnd(incoming, outgoing, refusal);
    else if (!this.#connections.inTurn(socket, () => this.#handle(incoming, outgoing)))
      this.#refuseAndEnd(
        incoming,
        outgoing,
        new Refusal(429, 'too many requests on one connection without reading the responses'),
      );
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // The client has disconnected while its request waited for its turn.
    if (incoming.socket.destroyed) return;
    let over: (() => void) | undefined;
    try {
      const call = callOf(incoming, outgoing);
      this.#connections.onFault(incoming.socket, (refusal) => {
        if (!incoming.complete) call.body?.destroy(refusal);
      });
      const kcp = this.#upstream.connectAs(this.#clients.callerOn(incoming.socket), call);
      over = this.#usage.begin(kcp, call.body !== undefined);
      await this.#router.handle(kcp, call);
    } catch (error) {
      this.#fail(incoming, outgoing, error);
    } finally {
      over?.();
    }
  }

  #fail(incoming: IncomingMessage, outgoing: ServerResponse, error: unknown): void {
    const reason = explain(error);
    this.#logger.debug({ method: incoming.method, reason }, 'a request was refused, or ended early');
    if (outgoing.destroyed || error instanceof ClientLeft) outgoing.destroy();
    else if (error instanceof Refusal) this.#refuseAndEnd(incoming, outgoing, error);
    // On another connection the client may present another certificate.
    else if (error instanceof NotAccepted) this.#refuseAndEnd(incoming, outgoing, new Refusal(401, reason));
    else
      this.#refuseAndEnd(
        incoming,
        outgoing,
        new Refusal(502, `the workspace proxy got no response from kcp: ${reason}`),
      );
  }

  #refuseAndEnd(incoming: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
    this.#connections.end(incoming.socket);
    if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
    refuse(outgoing, refusal);
    // Ending the connection earlier would discard the response before the client has read it.
    void discardRest(incoming).then(() => outgoing.end());
  }

  /** Refuses bytes that the parser cannot turn into a request. */
  #refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
    const refusal = refusalFor(error);
    void this.#connections.breakOff(socket, refusal, () => {
      if (socket.writable) answerLast(socket, refusal);
      else socket.destroy();
    });
  }
}

function endHalfClosed(socket: Socket): void {
  socket.once('end', () => endWithin(socket, HALF_CLOSED));
}

/** Responds outside of all requests. The client may ignore that, and continue to send. */
function answerLast(socket: Socket, refusal: Refusal): void {
  socket.on('error', () => undefined).end(rawRefusal(refusal));
  endWithin(socket, LAST_ANSWER);
}

function endWithin(socket: Socket, milliseconds: number): void {
  const limit = setTimeout(() => socket.destroy(), milliseconds);
  socket.once('close', () => clearTimeout(limit));
}

function refusalFor({ code, message }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal(408, 'the request took too long to arrive');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Refusal(431, `there are more than ${MOST_HEADERS} headers, or ${LARGEST_HEAD} bytes of them`);
  return new Refusal(400, `the request is no valid HTTP/1.1: ${message}`);
}

/** Settings of TLS. A resumed session would bring along a certificate that nothing verifies again. */
function contextOf({ serving, proxying }: Credentials) {
  return {
    cert: serving.certificate,
    key: serving.key,
    ...(proxying ? { ca: proxying.clientCAs } : {}),
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
