import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';

/** The reasons from which clients of Kubernetes know how to handle a response (Kubernetes API conventions). */
const REASONS: { readonly [code: number]: string } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A response of the proxy itself instead of one from kcp; the message is for the client. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Writes an API server's failure response, which the caller ends; a response that has begun is cut off. */
export function refuse(outgoing: ServerResponse, { code, message }: Refusal): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  if (code === 429) outgoing.setHeader('retry-after', '1');
  const body = statusOf(code, message);
  outgoing.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  outgoing.write(body);
}

/** The whole response for a connection without a request that could be answered. */
export function rawRefusal({ code, message }: Refusal): string {
  const body = statusOf(code, message);
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function statusOf(code: number, message: string): string {
  const reason = REASONS[code];
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
  return JSON.stringify({ ...status, ...(reason ? { reason } : {}), code });
}
