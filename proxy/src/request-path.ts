/** The path of a request in its canonical spelling, on which decisions are made and which kcp gets; pure. */
import { Refusal } from './refusal.ts';

/** The target of a request. */
export interface RequestPath {
  /** Decoded once, checked, and encoded again: the same for all spellings of one path. */
  readonly path: string;
  /** As the client has sent it, with its question mark; empty without one. */
  readonly query: string;
}

/** Characters that a segment contains unencoded (RFC 3986, `pchar` without `%`). */
const KEPT = /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu;
/** Encoded characters with which a path could hide another one. */
const HIDDEN = /%(2f|2e|5c|25|00)/i;

/**
 * @param url the target of the request line
 * @returns the target in its canonical spelling
 * @throws Refusal when it has none: no absolute path, or one that servers read differently
 */
export function requestPath(url: string): RequestPath {
  const at = url.indexOf('?');
  const [raw, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)];
  if (!raw.startsWith('/'))
    throw new Refusal(400, 'the target of the request is not an absolute path such as /clusters/root/api');
  if (/[^\x21-\x7e]/.test(raw)) throw new Refusal(400, 'the path has characters that must be encoded');
  if (/[\\#]/.test(raw)) throw new Refusal(400, 'the path has a backslash or a fragment');
  if (raw.includes('//')) throw new Refusal(400, 'the path has an empty segment (//)');
  const hidden = HIDDEN.exec(raw);
  if (hidden) throw new Refusal(400, `the path has the encoded character ${hidden[0]}`);
  const segments = raw.slice(1).split('/').map(decoded);
  if (segments.some((segment) => segment === '.' || segment === '..'))
    throw new Refusal(400, 'the path has the segment . or ..');
  return { path: `/${segments.map(encoded).join('/')}`, query };
}

function decoded(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, `the path has a segment that is not well encoded: ${segment}`);
  }
  if (/\p{Cc}/u.test(text)) throw new Refusal(400, 'the path has an encoded control character');
  return text;
}

function encoded(segment: string): string {
  return segment.replace(KEPT, (character) => encodeURIComponent(character));
}
