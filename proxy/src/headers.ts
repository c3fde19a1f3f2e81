import type { Identity } from './clients.ts';
import { valuesOf } from './request-form.ts';

/** Headers of a request or a response as they are passed on; several values are several headers. */
export type Headers = { readonly [name: string]: string | readonly string[] };

/**
 * Headers that belong to a connection and not to the message (RFC 9110, section 7.6.1), and those that the HTTP client
 * sets itself when it frames the body.
 */
const NOT_PASSED_ON = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** With headers of these names kcp accepts the identity of the caller: no client may send them. */
const CALLER = /^x-remote-/;

/** @returns the headers of a request without those of its connection and those that only the proxy may set */
export function requestHeaders(rawHeaders: readonly string[]): Headers {
  return passedOn(valuesOf(rawHeaders));
}

/** @param headers those of kcp's response @returns those for the client; the length is that of the body */
export function responseHeaders(headers: NodeJS.Dict<string | string[]>): Headers {
  const values = Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat()] as const);
  const kept = passedOn(new Map(values));
  const length = headers['content-length'];
  return length === undefined ? kept : { ...kept, 'content-length': length };
}

function passedOn(values: ReadonlyMap<string, readonly string[]>): Headers {
  const ofConnection = new Set((values.get('connection') ?? []).flatMap(tokensOf));
  const entries = [...values].filter(
    ([name]) => !NOT_PASSED_ON.has(name) && !ofConnection.has(name) && !CALLER.test(name),
  );
  // A name may be any token, __proto__ too: Object.fromEntries makes own properties of all.
  return Object.fromEntries(entries.map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]));
}

function tokensOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((token) => token.trim());
}

/** @returns the only value of a header, or the first one; undefined without the header */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : value?.[0];
}

/** @returns the headers with the identity of the caller and without credentials, which could be another user's */
export function withIdentity(headers: Headers, { user, groups }: Identity): Headers {
  const { authorization: _, ...others } = headers;
  return {
    ...others,
    'x-remote-user': bytesOf(user),
    ...(groups.length > 0 ? { 'x-remote-group': groups.map(bytesOf) } : {}),
  };
}

/** A header is written with one byte for each character; kcp reads UTF-8. */
function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** @returns the headers for a request whose response is parsed: it must not be compressed */
export function readable(headers: Headers): Headers {
  const { 'accept-encoding': _, ...others } = headers;
  return others;
}
