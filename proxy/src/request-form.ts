/**
 * Which requests have only one meaning; pure. Requests that two HTTP implementations could read differently are
 * refused, so that kcp never sees a request that its client has not sent (RFC 9112, sections 6.1 and 11.2).
 */
import { Refusal } from './refusal.ts';

/** The head of a request as it was received: names and values in turn, none of them joined or dropped. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
}

const WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS'];
const METHODS = [...WITHOUT_BODY, 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Headers that are valid once only: of two, kcp could read the other one. */
const ONCE = ['authorization', 'content-length', 'content-type', 'expect', 'host', 'transfer-encoding'];

/** Headers of a request: each takes many times its length in memory, before the client is identified. */
export const MOST_HEADERS = 1_000;

/**
 * @returns the refusal of a request that could have more than one meaning, or that the proxy does not serve;
 * undefined for all others
 */
export function refusalOf(head: RequestHead): Refusal | undefined {
  if (head.rawHeaders.length > 2 * MOST_HEADERS)
    return new Refusal(431, `there are more than ${MOST_HEADERS} headers`);
  const form: Form = { ...head, method: head.method ?? '', values: valuesOf(head.rawHeaders) };
  for (const check of [refuseMethod, refuseHeaders, refuseFraming, refuseContent]) {
    const refusal = check(form);
    if (refusal) return refusal;
  }
  return undefined;
}

interface Form {
  readonly method: string;
  readonly httpVersion: string;
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function refuseMethod({ method, httpVersion }: Form): Refusal | undefined {
  if (!METHODS.includes(method)) return new Refusal(405, `the method ${method} is not served`);
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return new Refusal(400, `HTTP/${httpVersion} is not served; use HTTP/1.1`);
  return undefined;
}

function refuseHeaders({ httpVersion, values }: Form): Refusal | undefined {
  if (httpVersion === '1.1' && !values.has('host')) return new Refusal(400, 'the header Host is missing');
  const [expected] = values.get('expect') ?? [];
  if (expected !== undefined && expected.toLowerCase() !== '100-continue')
    return new Refusal(417, `nothing but 100-continue can be expected, not ${JSON.stringify(expected)}`);
  const repeated = ONCE.find((name) => (values.get(name)?.length ?? 0) > 1);
  return repeated ? new Refusal(400, `the header ${repeated} is sent more than once`) : undefined;
}

/** Where the body ends; that is what smuggled requests live on. */
function refuseFraming({ method, httpVersion, values }: Form): Refusal | undefined {
  const [length] = values.get('content-length') ?? [];
  const [encoding] = values.get('transfer-encoding') ?? [];
  if (length !== undefined && !/^\d{1,15}$/.test(length) && encoding === undefined)
    return new Refusal(400, 'Content-Length is not a number of bytes');
  const refusal = encoding === undefined ? undefined : refuseEncoding(encoding, length, httpVersion);
  if (refusal) return refusal;
  if (WITHOUT_BODY.includes(method) && (encoding !== undefined || Number(length ?? 0) > 0))
    return new Refusal(400, `a ${method} has no body`);
  return undefined;
}

function refuseEncoding(
  encoding: string,
  length: string | undefined,
  httpVersion: string,
): Refusal | undefined {
  if (length !== undefined)
    return new Refusal(400, 'Content-Length and Transfer-Encoding exclude each other');
  if (encoding !== 'chunked')
    return new Refusal(
      400,
      `the Transfer-Encoding ${JSON.stringify(encoding)} is not served; send "chunked"`,
    );
  return httpVersion === '1.0' ? new Refusal(400, 'HTTP/1.0 has no Transfer-Encoding') : undefined;
}

function refuseContent({ values }: Form): Refusal | undefined {
  // Without these headers the request would be that of the impersonator, such as a gateway with more rights than its client.
  if (values.get('connection')?.some((names) => /(^|[\s,])impersonate-/i.test(names)))
    return new Refusal(400, 'the header Connection names Impersonate-* headers, which identify the caller');
  if ([...values.values()].flat().some(hasControlCharacter))
    return new Refusal(400, 'a header has a control character');
  if (!values.has('upgrade')) return undefined;
  return new Refusal(
    501,
    'the workspace proxy passes no protocol upgrades on (kcp runs no pods to exec into or to attach to); ' +
      'send the request without the header Upgrade',
  );
}

/** @returns whether the head announces a body that is not empty */
export function hasBody({ rawHeaders }: RequestHead): boolean {
  const values = valuesOf(rawHeaders);
  return values.has('transfer-encoding') || Number(values.get('content-length')?.[0] ?? 0) > 0;
}

/** @returns all values of each header, by its name in lower case */
export function valuesOf(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const known = values.get(name);
    if (known) known.push(rawHeaders[at + 1] ?? '');
    else values.set(name, [rawHeaders[at + 1] ?? '']);
  }
  return values;
}

function hasControlCharacter(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the check is for these characters
  return /[\0-\x08\x0a-\x1f\x7f]/.test(value);
}
