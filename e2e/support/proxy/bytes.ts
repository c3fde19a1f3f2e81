/** What requests to the workspace proxy are made of, byte by byte. */
import type { RawClient } from '../raw-client.ts';

/** Bytes to send, or several, with something to wait for between them. */
export type Sent =
  | string
  | readonly (string | ((client: RawClient, named: (text: string) => string) => Promise<void>))[];

/** A request as kcp is to get it. */
export interface Expected {
  /** Method and path. */
  readonly line: string;
  /** All but those that every request has; default: alice's token. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

export const ALICE = 'Host: kcp\r\nAuthorization: Bearer alice\r\n';
export const TOKEN = 'authorization: Bearer alice';
export const CHUNKED = 'transfer-encoding: chunked';
export const PATH = '/clusters/root:a/api/v1/x';
export const INNER = 'DELETE /inner HTTP/1.1\r\nHost: kcp\r\n\r\n';

/** @returns a request with more headers and a body as it is */
export function request(line: string, more = '', body = ''): string {
  return `${line} HTTP/1.1\r\n${ALICE}${more}\r\n${body}`;
}

export function chunks(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}
