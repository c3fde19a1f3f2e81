import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { KeyPair } from '@kubestellar/pki';

/** A request as it is read from the bytes of a connection. */
export interface RecordedRequest {
  readonly line: string;
  readonly headers: readonly string[];
  /** Without its framing. */
  readonly body: string;
}

/** What one connection has brought so far. */
export interface RecordedConnection {
  /** Byte for byte, as latin1. */
  bytes: string;
  /** Whole requests, as a server reads them one after the other. */
  readonly requests: RecordedRequest[];
  isClosed: boolean;
}

/**
 * A stand-in for kcp that records every byte: what a real one makes of two requests that are glued together can't be
 * seen from outside. It answers each request with who has sent it, as far as the request says so.
 *
 * Paths that begin with `/early` are answered before the body; `/hang` never; `/endless` without end. Of the
 * workspaces whose names begin with `denatured` it serves denatured groups, to callers with a token other than `invalid`.
 */
export class RecordingKcp {
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  connections: RecordedConnection[] = [];
  /** For bodies without end: nothing is recorded then, and requests with bodies are never answered. */
  isForgetful = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start({ certificate: cert, key }: KeyPair): Promise<RecordingKcp> {
    const kcp = new RecordingKcp(createServer({ cert, key }, (socket) => kcp.#serve(socket)));
    kcp.#server.on('tlsClientError', () => undefined);
    kcp.#server.listen(0, '127.0.0.1');
    await once(kcp.#server, 'listening');
    return kcp;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The requests of all connections since `connections` was emptied. */
  get requests(): RecordedRequest[] {
    return this.connections.flatMap(({ requests }) => requests);
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: TLSSocket): void {
    const connection: RecordedConnection = { bytes: '', requests: [], isClosed: false };
    this.connections.push(connection);
    this.#sockets.add(socket);
    const reader = new RequestReader();
    let early = -1;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      connection.isClosed = true;
      this.#sockets.delete(socket);
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.isForgetful && reader.begun) return;
      connection.bytes += chunk.toString('latin1');
      reader.add(chunk);
      for (;;) {
        const begun = reader.begun;
        if (begun?.line.includes(' /early') && early !== connection.requests.length) {
          early = connection.requests.length;
          socket.write(answerTo(begun));
        }
        const request = reader.next();
        if (!request || this.#answer(request, connection, socket) === 'endless') return;
      }
    });
  }

  #answer(request: RecordedRequest, { requests }: RecordedConnection, socket: TLSSocket): 'endless' | 'next' {
    if (!this.isForgetful) requests.push(request);
    if (request.line.includes(' /endless')) {
      stream(socket);
      return 'endless';
    }
    if (!/ \/(early|hang)/.test(request.line)) socket.write(answerTo(request));
    return 'next';
  }
}

/** Reads requests as a plain, strict server does: by Content-Length, or by chunks. */
class RequestReader {
  #rest = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
  }

  /** The head of the request that is being read. */
  get begun(): RecordedRequest | undefined {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [line = '', ...headers] = this.#rest.subarray(0, end).toString('latin1').split('\r\n');
    return { line, headers, body: '' };
  }

  next(): RecordedRequest | undefined {
    const head = this.begun;
    if (!head) return undefined;
    const start = this.#rest.indexOf('\r\n\r\n') + 4;
    const found = isChunked(head) ? this.#chunks(start) : this.#counted(start, lengthOf(head));
    if (!found) return undefined;
    this.#rest = this.#rest.subarray(found.end);
    return { ...head, body: found.body };
  }

  #counted(start: number, length: number): { body: string; end: number } | undefined {
    const end = start + length;
    if (this.#rest.length < end) return undefined;
    return { body: this.#rest.subarray(start, end).toString('latin1'), end };
  }

  #chunks(start: number): { body: string; end: number } | undefined {
    let body = '';
    for (let at = start; ; ) {
      const line = this.#rest.indexOf('\r\n', at);
      if (line < 0) return undefined;
      const size = Number.parseInt(this.#rest.subarray(at, line).toString('latin1'), 16);
      const end = line + 2 + size + 2;
      if (this.#rest.length < end) return undefined;
      if (size === 0) return { body, end };
      body += this.#rest.subarray(line + 2, end - 2).toString('latin1');
      at = end;
    }
  }
}

function isChunked(head: RecordedRequest): boolean {
  return head.headers.some((header) => /^transfer-encoding: *chunked$/i.test(header));
}

function lengthOf(head: RecordedRequest): number {
  return Number(headerOf(head, 'content-length') ?? 0);
}

/** @returns the value of a header of a recorded request */
export function headerOf({ headers }: RecordedRequest, name: string): string | undefined {
  const found = headers.find((header) => header.toLowerCase().startsWith(`${name}:`));
  return found?.slice(name.length + 1).trim();
}

function answerTo(request: RecordedRequest): string {
  const authorization = headerOf(request, 'authorization') ?? 'nobody';
  const body = JSON.stringify({ authorization, line: request.line });
  const code = codeOf(request, authorization);
  return `HTTP/1.1 ${code} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function codeOf({ line }: RecordedRequest, authorization: string): number {
  if (!/^GET \/clusters\/[^/]+\/apis\/[^/]+\.denatured HTTP/.test(line)) return 200;
  if (/^nobody$|invalid/.test(authorization)) return 401;
  return line.includes('/clusters/denatured') ? 200 : 404;
}

/** As fast as it is read, until the connection ends. */
function stream(socket: TLSSocket): void {
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  socket.write('HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
