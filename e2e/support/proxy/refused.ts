/** Requests that two HTTP implementations could read differently, or that the proxy does not serve. */
import { ALICE, chunks, INNER, PATH, request } from './bytes.ts';

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
