/** Requests at random: mostly well formed, each with a few oddities, so that many of them are passed on. */
import fc from 'fast-check';

/** A request as its client means it, and the bytes that it sends. */
export interface Fuzzed {
  readonly bytes: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** It ends where it says that it ends, so an answer is sure to come. */
  readonly isWhole: boolean;
}

/** One in `rarity` is odd. */
function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, rarity = 25): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: rarity - 1 }, { arbitrary: odd, weight: 1 });
}

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = (maxLength: number) => fc.array(byte, { maxLength }).map((all) => all.join(''));
const word = fc.stringMatching(/^[a-zA-Z0-9._:-]{1,12}$/).filter((text) => !/^\.+$/.test(text));

const method = mostly(
  fc.constantFrom('GET', 'GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  fc.oneof(fc.constantFrom('get', 'TRACE', 'CONNECT', 'PRI', 'G ET', 'QUERY', ''), bytes(6)),
  60,
);
const segment = mostly(
  fc.oneof(
    word,
    fc.constantFrom(
      'api',
      'apis',
      'v1',
      'rbac.authorization.k8s.io',
      'clusters',
      '*',
      '%41',
      '%c3%a9',
      '%20',
      'a%3Ab',
    ),
  ),
  fc.oneof(
    fc.constantFrom('..', '.', '%2e', '%2f', '%5C', '%00', '%25', '%ff', '%', '\\', '#', ''),
    bytes(4),
  ),
  60,
);
const query = mostly(
  fc.oneof(
    fc.constant(''),
    word.map((text) => `?${text}=%2f../${text}//`),
  ),
  bytes(8).map((text) => `?${text}`),
  60,
);
const target = mostly(
  fc
    .tuple(
      fc.constantFrom('/clusters/root:a', '/clusters/denatured', ''),
      fc.array(segment, { minLength: 1, maxLength: 5 }),
      query,
    )
    .map(([base, segments, text]) => `${base}/${segments.join('/')}${text}`),
  fc.oneof(fc.constantFrom('*', 'https://kcp/api', '//kcp/api', 'api'), bytes(8)),
  80,
);
const value = mostly(
  fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
  bytes(8).map((text) => text.trim()),
);
const header: fc.Arbitrary<readonly [string, string]> = mostly(
  fc.oneof(
    fc.tuple(
      word.map((name) => `x-${name.replaceAll(':', '-')}`),
      value,
    ),
    fc.constantFrom(
      ['Connection', 'x-dropped, keep-alive'],
      ['X-Dropped', '1'],
      ['X-Remote-User', 'admin'],
      ['x-remote-group', 'system:masters'],
      ['TE', 'trailers'],
      ['Keep-Alive', 'timeout=1'],
      ['Accept', 'application/json'],
      ['Transfer_Encoding', 'chunked'],
    ) as fc.Arbitrary<readonly [string, string]>,
  ),
  fc.oneof(
    fc.constantFrom(
      ['Transfer-Encoding', 'chunked'],
      ['Transfer-Encoding', 'xchunked'],
      ['Content-Length', '3'],
      ['Content-Length', '0'],
      ['Content-Length', '9999999999'],
      ['Upgrade', 'h2c'],
      ['Expect', 'tea'],
      ['Host', 'other'],
      ['Connection', 'content-length, transfer-encoding, authorization'],
    ) as fc.Arbitrary<readonly [string, string]>,
    fc.tuple(bytes(6), value),
  ),
  80,
);
const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    'GET /smuggled HTTP/1.1\r\nHost: kcp\r\n\r\n',
    '0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
  ),
  bytes(64),
);
/** Headers by which a server may wait for a body that does not come. */
const FRAMING = /content-length|transfer-encoding|expect|upgrade/i;
/** How the body is framed: as it should be, mostly. */
const framing = mostly(
  fc.constantFrom('length', 'chunks'),
  fc.constantFrom('both', 'short', 'long', 'broken', 'none'),
  60,
);
const lineEnd = mostly(fc.constant('\r\n'), fc.constantFrom('\n', '\r', '\r\n ', '\r\n\t', '\r\r\n'), 200);

/** @returns requests of a client with this token; `id` marks each of them in its headers */
export function fuzzed(token: string): fc.Arbitrary<(id: number) => Fuzzed> {
  return fc
    .record({ method, target, headers: fc.array(header, { maxLength: 6 }), body, framing, lineEnd })
    .map(({ method, target, headers, body, framing, lineEnd }) => (id) => {
      const hasBody =
        !['GET', 'HEAD', 'OPTIONS'].includes(method) || framing === 'both' || framing === 'none';
      const own: (readonly [string, string])[] = [
        ['Host', 'kcp'],
        ['Authorization', `Bearer ${token}`],
        ['X-Id', String(id)],
      ];
      const all = [...own, ...headers, ...(hasBody ? framingHeaders(framing, body) : [])];
      const head = [`${method} ${target} HTTP/1.1`, ...all.map(([name, text]) => `${name}: ${text}`)].join(
        lineEnd,
      );
      const isFramed = !hasBody || framing === 'length' || framing === 'chunks';
      const isWhole = isFramed && lineEnd === '\r\n' && !headers.some(([name]) => FRAMING.test(name));
      return {
        isWhole,
        bytes: `${head}\r\n\r\n${hasBody ? framed(framing, body) : ''}`,
        method,
        target,
        headers: all,
        body: hasBody ? body : '',
      };
    });
}

function framingHeaders(framing: string, body: string): (readonly [string, string])[] {
  const length = ['Content-Length', String(body.length)] as const;
  const chunks = ['Transfer-Encoding', 'chunked'] as const;
  if (framing === 'both') return [length, chunks];
  if (framing === 'none') return [];
  if (framing === 'short') return [['Content-Length', String(Math.floor(body.length / 2))]];
  if (framing === 'long') return [['Content-Length', String(body.length + 7)]];
  return framing === 'length' ? [length] : [chunks];
}

function framed(framing: string, body: string): string {
  if (framing === 'broken') return `zz\r\n${body}\r\n0\r\n\r\n`;
  if (framing !== 'chunks') return body;
  return body === ''
    ? '0\r\n\r\n'
    : `${body.length.toString(16)};x=1\r\n${body}\r\n0\r\nX-Remote-User: admin\r\n\r\n`;
}
