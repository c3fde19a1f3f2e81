/** Requests that two HTTP implementations could read differently, and harmless ones that look a little like them. */
import type { RawClient } from '../../support/raw-client.ts';

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

const ALICE = 'Host: kcp\r\nAuthorization: Bearer alice\r\n';
const TOKEN = 'authorization: Bearer alice';
const CHUNKED = 'transfer-encoding: chunked';
const PATH = '/clusters/root:a/api/v1/x';
const INNER = 'DELETE /inner HTTP/1.1\r\nHost: kcp\r\n\r\n';

/** @returns a request with more headers and a body as it is */
function request(line: string, more = '', body = ''): string {
  return `${line} HTTP/1.1\r\n${ALICE}${more}\r\n${body}`;
}

function chunks(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

const bodies = ['GET', 'HEAD', 'OPTIONS'].flatMap((method) => [
  {
    name: `${method} with a body`,
    bytes: request(`${method} ${PATH}`, `Content-Length: ${INNER.length}\r\n`, INNER),
  },
  {
    name: `${method} with chunks`,
    bytes: request(`${method} ${PATH}`, 'Transfer-Encoding: chunked\r\n', chunks(INNER)),
  },
]);

const encodings = [
  'xchunked',
  'Chunked',
  'CHUNKED',
  'chunked, identity',
  'identity, chunked',
  'gzip, chunked',
  'chunked, chunked',
  '"chunked"',
  'chunked;q=1',
  'identity',
  '\x0bchunked',
  '',
].map((encoding) => ({
  name: `POST with Transfer-Encoding ${JSON.stringify(encoding)}`,
  bytes: request(`POST ${PATH}`, `Transfer-Encoding: ${encoding}\r\n`, chunks(INNER)),
}));

const paths = [
  '/apis/rbac%2eauthorization.k8s.io/v1/clusterroles',
  '/apis/rbac%2Eauthorization.k8s.io/v1/clusterroles',
  '/apis%2frbac.authorization.k8s.io/v1/clusterroles',
  '/apis%2Frbac.authorization.k8s.io',
  '/apis%5crbac.authorization.k8s.io',
  '//apis/rbac.authorization.k8s.io',
  '/api/../apis/rbac.authorization.k8s.io',
  '/./apis/rbac.authorization.k8s.io',
  '/api/..',
  '/api/%2e%2e/apis',
  '/api/.%2e/apis',
  '/apis/%252e%252e/x',
  '/api%00',
  '/api%0d%0aX-Remote-User:admin',
  '/api/%ff',
  '/api/%zz',
  '/api#fragment',
  '/api\\..\\apis',
].map((rest) => ({
  name: `GET of the path ${JSON.stringify(rest)}`,
  bytes: request(`GET /clusters/denatured${rest}`),
}));

const lengths = ['+5', '-5', '0x5', '5, 5', '5 5', '', '99999999999999999999', '1e3'].map((length) => ({
  name: `PUT with Content-Length ${JSON.stringify(length)}`,
  bytes: request(`PUT ${PATH}`, `Content-Length: ${length}\r\n`, 'hello'),
}));

const head = [
  ['a header that is folded', 'X-Folded: a\r\n b\r\n'],
  ['a header that is folded by a tab', 'X-Folded: a\r\n\tb\r\n'],
  ['a Transfer-Encoding that is folded', 'Transfer-Encoding:\r\n chunked\r\n'],
  ['a space before the colon', 'Transfer-Encoding : chunked\r\n'],
  ['a control character in a header', 'X-Odd: a\x01b\r\n'],
  ['a NUL in a header', 'X-Odd: a\0b\r\n'],
  ['a bare CR in a header', 'X-Odd: a\rTransfer-Encoding: chunked\r\n'],
  ['a bare LF in a header', 'X-Odd: a\nTransfer-Encoding: chunked\r\n'],
  ['a DEL in a header', 'X-Odd: a\x7fb\r\n'],
  ['a header without a name', ': a\r\n'],
  ['a space in the name of a header', 'X Odd: a\r\n'],
  [
    'an Impersonate-User that Connection names',
    'Impersonate-User: carol\r\nConnection: a, Impersonate-User\r\n',
  ],
  ['a second Host', 'Host: other\r\n'],
  ['a second Authorization', 'Authorization: Bearer bob\r\n'],
].map(([name = '', more]) => ({ name: `GET with ${name}`, bytes: request(`GET ${PATH}`, more) }));

/** Refused whole, with everything that follows on the connection. */
export const REFUSED: readonly { name: string; bytes: string; code?: number }[] = [
  ...bodies,
  ...encodings,
  ...paths,
  ...lengths,
  ...head,
  {
    name: 'CL.TE: POST with Content-Length and Transfer-Encoding',
    bytes: request(
      `POST ${PATH}`,
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      `0\r\n\r\n${INNER}`,
    ),
  },
  {
    name: 'TE.CL: POST with Transfer-Encoding and Content-Length',
    bytes: request(
      `POST ${PATH}`,
      'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
      `0\r\n\r\n${INNER}`,
    ),
  },
  {
    name: 'TE.TE: POST with two Transfer-Encodings, the second one chunked',
    bytes: request(
      `POST ${PATH}`,
      'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n',
      chunks(INNER),
    ),
  },
  {
    name: 'TE.TE: POST with two Transfer-Encodings, the first one chunked',
    bytes: request(`POST ${PATH}`, 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', chunks(INNER)),
  },
  {
    name: 'CL.CL: POST with two Content-Lengths',
    bytes: request(`POST ${PATH}`, 'Content-Length: 0\r\nContent-Length: 5\r\n', 'hello'),
  },
  { name: 'GET in absolute form', bytes: request('GET https://kcp/api') },
  { name: 'GET of another host in absolute form', bytes: request('GET http://127.0.0.1:1/api') },
  { name: 'OPTIONS *', bytes: request('OPTIONS *') },
  { name: 'GET without a leading slash', bytes: request('GET api') },
  { name: 'GET with HTTP/0.9', bytes: `GET ${PATH}\r\n\r\n` },
  { name: 'GET with HTTP/2.0', bytes: `GET ${PATH} HTTP/2.0\r\n${ALICE}\r\n` },
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  {
    name: 'POST with chunks in HTTP/1.0',
    bytes: `POST ${PATH} HTTP/1.0\r\n${ALICE}Transfer-Encoding: chunked\r\n\r\n${chunks('x')}`,
  },
  { name: 'GET without Host', bytes: `GET ${PATH} HTTP/1.1\r\nAuthorization: Bearer alice\r\n\r\n` },
  { name: 'GET with bare LFs', bytes: request(`GET ${PATH}`).replaceAll('\r\n', '\n') },
  { name: 'a method in lower case', bytes: request(`get ${PATH}`) },
  { name: 'TRACE', bytes: request(`TRACE ${PATH}`), code: 405 },
  { name: 'PROPFIND', bytes: request(`PROPFIND ${PATH}`), code: 405 },
  { name: 'CONNECT', bytes: request('CONNECT kcp:6443'), code: 405 },
  {
    name: 'GET with Upgrade',
    bytes: request(`GET ${PATH}`, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    code: 501,
  },
  {
    name: 'POST with Upgrade and a body',
    bytes: request(
      `POST ${PATH}`,
      `Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: ${INNER.length}\r\n`,
      INNER,
    ),
    code: 501,
  },
  {
    name: 'POST that expects something unknown',
    bytes: request(`POST ${PATH}`, 'Expect: tea\r\nContent-Length: 1\r\n', 'x'),
    code: 417,
  },
  {
    name: 'headers that are too many, the last of which frames a body',
    bytes: request(`POST ${PATH}`, `${'X: a\r\n'.repeat(999)}Content-Length: ${INNER.length}\r\n`, INNER),
    code: 431,
  },
  {
    name: 'headers that are too large',
    bytes: request(`GET ${PATH}`, `X-Large: ${'x'.repeat(70_000)}\r\n`),
    code: 431,
  },
];

/** What reaches kcp, as it is. */
export const ACCEPTED: readonly {
  name: string;
  bytes: Sent;
  answers: readonly number[];
  reaches: readonly Expected[];
}[] = [
  ...['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [
    {
      name: `${method} with chunks, which hold a request, is one request`,
      bytes: request(`${method} ${PATH}`, 'Transfer-Encoding: chunked\r\n', chunks(INNER)),
      answers: [200],
      reaches: [{ line: `${method} ${PATH}`, headers: [TOKEN, CHUNKED], body: INNER }],
    },
    {
      name: `${method} with a body, which is a request, is one request`,
      bytes: request(`${method} ${PATH}`, `Content-Length: ${INNER.length}\r\n`, INNER),
      answers: [200],
      reaches: [{ line: `${method} ${PATH}`, body: INNER }],
    },
    {
      name: `${method} with an empty body`,
      bytes: request(`${method} ${PATH}`, 'Content-Length: 0\r\n'),
      answers: [200],
      reaches: [{ line: `${method} ${PATH}` }],
    },
  ]),
  {
    name: 'requests in a row on one connection are answered one after the other',
    bytes:
      request(`PUT ${PATH}`, 'Content-Length: 5\r\n', 'hello') +
      request(`GET ${PATH}`) +
      request(`DELETE ${PATH}`),
    answers: [200, 200, 200],
    reaches: [{ line: `PUT ${PATH}`, body: 'hello' }, { line: `GET ${PATH}` }, { line: `DELETE ${PATH}` }],
  },
  {
    name: 'what follows a request is answered apart from it: the good one, and 400',
    bytes: `${request(`GET ${PATH}`)}THIS IS NO REQUEST\r\n\r\n`,
    answers: [200, 400],
    reaches: [{ line: `GET ${PATH}` }],
  },
  {
    name: 'chunks with extensions and trailers arrive without them',
    bytes: request(
      `POST ${PATH}`,
      'Transfer-Encoding: chunked\r\nTrailer: X-Remote-User\r\n',
      '5;a="b"\r\nhello\r\n0\r\nX-Remote-User: admin\r\nAuthorization: Bearer bob\r\n\r\n',
    ),
    answers: [200],
    reaches: [{ line: `POST ${PATH}`, headers: [TOKEN, CHUNKED], body: 'hello' }],
  },
  {
    name: 'chunks whose length is not a number are answered 400',
    bytes: request(`POST ${PATH}`, 'Transfer-Encoding: chunked\r\n', `0x5\r\nhello\r\n0\r\n\r\n`),
    answers: [400],
    reaches: [],
  },
  {
    name: 'headers that Connection names are dropped, and the framing is not among them',
    bytes: request(
      `POST ${PATH}`,
      'Connection: X-One, content-length, x-two\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nContent-Length: 5\r\nKeep-Alive: 9\r\nTE: trailers\r\nProxy-Authorization: x\r\n',
      'hello',
    ),
    answers: [200],
    reaches: [{ line: `POST ${PATH}`, headers: [TOKEN, 'x-three: 3'], body: 'hello' }],
  },
  {
    name: 'an Authorization that Connection names is dropped',
    bytes: request(`GET ${PATH}`, 'Connection: authorization\r\n'),
    answers: [200],
    reaches: [{ line: `GET ${PATH}`, headers: [] }],
  },
  {
    name: 'headers by which kcp accepts an identity are dropped, in all spellings',
    bytes: request(
      `GET ${PATH}`,
      'X-Remote-User: admin\r\nx-REMOTE-group: system:masters\r\nX-Remote-Extra-A: b\r\nX-Remote-Uid: 1\r\n',
    ),
    answers: [200],
    reaches: [{ line: `GET ${PATH}` }],
  },
  {
    name: 'a header with several values keeps them',
    bytes: request(`GET ${PATH}`, 'Accept: a/b\r\nAccept: c/d\r\n__proto__: x\r\n'),
    answers: [200],
    reaches: [{ line: `GET ${PATH}`, headers: [TOKEN, 'accept: a/b', 'accept: c/d', '__proto__: x'] }],
  },
  {
    name: 'a header that looks like a framing, but is none, has no effect',
    bytes:
      request(`GET ${PATH}`, 'Transfer_Encoding: chunked\r\nX-Transfer-Encoding: chunked\r\n') +
      request(`GET ${PATH}`),
    answers: [200, 200],
    reaches: [
      { line: `GET ${PATH}`, headers: [TOKEN, 'transfer_encoding: chunked', 'x-transfer-encoding: chunked'] },
      { line: `GET ${PATH}` },
    ],
  },
  {
    name: 'a thousand headers arrive all',
    bytes: request(`GET ${PATH}`, Array.from({ length: 998 }, (_, at) => `X-${at}: a\r\n`).join('')),
    answers: [200],
    reaches: [
      { line: `GET ${PATH}`, headers: [TOKEN, ...Array.from({ length: 998 }, (_, at) => `x-${at}: a`)] },
    ],
  },
  {
    name: 'a path in another spelling arrives in its one spelling, the query as it is',
    bytes: request('GET /clusters/%72oot:a/%61pi/v1/%78?a=%2f..%2F//%5c&b=%ff'),
    answers: [200],
    reaches: [{ line: `GET ${PATH}?a=%2f..%2F//%5c&b=%ff` }],
  },
  {
    name: 'names with colons, spaces and letters of all kinds stay what they are',
    bytes: request('GET /clusters/root:a/x/system%3Anode%20%C3%A9/a..b'),
    answers: [200],
    reaches: [{ line: 'GET /clusters/root:a/x/system:node%20%C3%A9/a..b' }],
  },
  {
    name: 'GET in HTTP/1.0 is served',
    bytes: `GET ${PATH} HTTP/1.0\r\nAuthorization: Bearer alice\r\n\r\n`,
    answers: [200],
    reaches: [{ line: `GET ${PATH}` }],
  },
  {
    name: 'Expect: 100-continue is answered when the body is wanted, and not passed on',
    bytes: [
      request(`PUT ${PATH}`, 'Expect: 100-continue\r\nContent-Length: 5\r\n'),
      (client) => client.whenAnswered(1),
      'hello',
    ],
    answers: [100, 200],
    reaches: [{ line: `PUT ${PATH}`, body: 'hello' }],
  },
  {
    name: 'bytes that arrive one by one are the same request',
    bytes: [
      async (client, named) => {
        for (const byte of named(request(`PUT ${PATH}`, 'Content-Length: 5\r\n', 'hello'))) {
          client.send(byte);
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
      },
    ],
    answers: [200],
    reaches: [{ line: `PUT ${PATH}`, body: 'hello' }],
  },
  {
    name: 'a client that has closed its half of the connection gets its answer',
    bytes: [
      request(`PUT ${PATH}`, 'Content-Length: 5\r\n', 'hello'),
      async (client) => void client.socket.end(),
    ],
    answers: [200],
    reaches: [{ line: `PUT ${PATH}`, body: 'hello' }],
  },
  {
    name: 'a client that closes its half in the midst of a body has sent no request',
    bytes: [
      request(`PUT ${PATH}`, 'Content-Length: 50\r\n', 'hello'),
      async (client) => void client.socket.end(),
    ],
    answers: [400],
    reaches: [],
  },
  {
    name: 'more bytes than Content-Length says are the next request, of the same client',
    bytes: request(`PUT ${PATH}`, 'Content-Length: 5\r\n', `hello${request('GET /next')}`),
    answers: [200, 200],
    reaches: [{ line: `PUT ${PATH}`, body: 'hello' }, { line: 'GET /next' }],
  },
];
