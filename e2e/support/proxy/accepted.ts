/** Harmless requests, some of which look a little like those that are refused. */
import { CHUNKED, chunks, type Expected, INNER, PATH, request, type Sent, TOKEN } from './bytes.ts';

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
