import type { IncomingMessage } from 'node:http';

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

/** @returns the headers of a message that are not those of its connection */
export function headersOf(message: IncomingMessage): Headers {
  return Object.fromEntries(
    Object.entries(message.headers).filter(
      (entry): entry is [string, string | string[]] => !NOT_PASSED_ON.has(entry[0]) && entry[1] !== undefined,
    ),
  );
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
