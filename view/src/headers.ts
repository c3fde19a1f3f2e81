import type { IncomingMessage } from 'node:http';
import type { Identity } from './clients.ts';

/** Headers of a request or an answer as they are passed on. */
export type Headers = { [name: string]: string | string[] };

/** Headers of one connection, not of the message (RFC 9110), and what is set anew. */
const NOT_PASSED_ON = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'host',
  'te',
  'trailer',
]);

/** By headers of these names kcp is told who it is that asks: no client may send them. */
const WHO_ASKS = /^x-remote-/;

/** @returns the headers of a message that are neither those of its connection nor the view's to set */
export function headersOf(message: IncomingMessage): Headers {
  return Object.fromEntries(
    Object.entries(message.headers).filter(
      (entry): entry is [string, string | string[]] =>
        !NOT_PASSED_ON.has(entry[0]) && !WHO_ASKS.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}

/** @returns the headers with who it is that asks; other credentials would be another's */
export function asToldToKcp(headers: Headers, { user, groups }: Identity): Headers {
  const { authorization: _, ...others } = headers;
  return {
    ...others,
    'x-remote-user': bytesOf(user),
    ...(groups.length > 0 ? { 'x-remote-group': groups.map(bytesOf) } : {}),
  };
}

/** Node sends each character of a header as one byte; kcp reads UTF-8. */
function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** @returns the headers of a request whose answer is looked into: it must not be compressed */
export function readable(incoming: IncomingMessage): Headers {
  const { 'accept-encoding': _, 'content-length': __, ...headers } = headersOf(incoming);
  return headers;
}

/** @returns the headers with the length of a body, if there is one */
export function withLength(headers: Headers, body: Buffer): Headers {
  return body.length > 0 ? { ...headers, 'content-length': String(body.length) } : headers;
}
