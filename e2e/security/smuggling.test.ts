/**
 * Requests by which clients of the workspace proxy could act as each other (docs/security.md): what a client sends,
 * byte by byte, and what reaches kcp, byte by byte. kcp is a stand-in that records it.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { assert, suite } from '@kubestellar/testing';
import { ACCEPTED } from '../support/proxy/accepted.ts';
import type { Expected, Sent } from '../support/proxy/bytes.ts';
import { REFUSED } from '../support/proxy/refused.ts';
import { ProxyProcess } from '../support/proxy-process.ts';
import type { RawClient } from '../support/raw-client.ts';

const test = suite('requests smuggled through the workspace proxy', { timeout: 60_000 });

const proxy = await ProxyProcess.start();

/** Everybody is somebody new in each test: connections of former ones may still be open. */
let turn = 0;
const named = (text: string) => text.replaceAll(/\b(alice|bob)\b/g, `$1${turn}`);

test.before.each(() => {
  proxy.kcp.connections = [];
  turn++;
});

test.after(() => proxy.stop());

for (const { name, bytes, code = 400 } of REFUSED) {
  test(`${name}: refused with ${code}, the connection is closed, and nothing reaches kcp`, async () => {
    const client = await proxy.connect();
    try {
      client.asksHead = bytes.startsWith('HEAD');
      client.send(
        named(`${bytes}GET /smuggled HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer alice\r\n\r\n`),
      );
      await client.whenClosed();
      assert.equal(
        client.answers.map((answer) => answer.code),
        [code],
      );
      if (!client.asksHead) assert.match(client.answers[0]?.body ?? '', /"kind":"Status".*"message":"./);
      assert.equal(proxy.kcp.requests, []);
      assert.equal(
        proxy.kcp.connections.map((connection) => connection.bytes),
        [],
      );
      await bobIsHimself();
    } finally {
      client.close();
    }
  });
}

for (const { name, bytes, answers, reaches } of ACCEPTED) {
  test(name, async () => {
    const client = await proxy.connect();
    try {
      await sendNamed(client, bytes);
      await client.whenAnswered(answers.length);
      const requests = proxy.kcp.requests.map(({ line, body }) => [line, body]);
      assert.equal(
        requests.toSorted(),
        reaches.map(({ line, body = '' }) => [`${line} HTTP/1.1`, body]).toSorted(),
      );
      assert.equal(
        client.answers.map(({ code }) => code),
        answers,
      );
      const seen = proxy.kcp.connections.map((connection) => connection.bytes).join('');
      assert.is(inOrder(seen), inOrder(reaches.map(asWritten).join('')));
      await bobIsHimself();
    } finally {
      client.close();
    }
  });
}

test('a connection to kcp is never used for two identities', async () => {
  const clients = await Promise.all(['alice', 'bob', 'alice', undefined].map((token) => ask(token, '/api')));
  try {
    const again = await ask('alice', '/api');
    clients.push(again);
    const identities = proxy.kcp.connections.map(({ bytes }) => [
      ...new Set(bytes.match(/authorization: Bearer \w+/gi) ?? ['nobody']),
    ]);
    assert.ok(identities.length >= 3);
    assert.ok(
      identities.every((found) => found.length === 1),
      JSON.stringify(identities),
    );
  } finally {
    for (const client of clients) client.close();
  }
});

test('impersonation has connections of its own', async () => {
  const client = await proxy.connect();
  try {
    const as = (user: string) =>
      `GET /api HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer alice\r\n${user}\r\n`;
    client.send(as('Impersonate-User: carol\r\n') + as(''));
    await client.whenAnswered(2);
    assert.is(proxy.kcp.connections.length, 2);
  } finally {
    client.close();
  }
});

test('a connection to kcp ends when a request was answered before its body was sent', async () => {
  const client = await proxy.connect();
  try {
    client.send(
      named(
        'POST /early HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer alice\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n',
      ),
    );
    await client.whenAnswered(1);
    await client.whenClosed();
    const other = await ask('alice', '/after');
    other.close();
    assert.is(proxy.kcp.connections.length, 2);
    const [first, second] = proxy.kcp.connections;
    assert.not.match(first?.bytes ?? '', '/after');
    assert.match(second?.bytes ?? '', /^GET \/after HTTP/);
  } finally {
    client.close();
  }
});

test('a client that leaves in the midst of a body has sent no request', async () => {
  const client = await proxy.connect();
  client.send(
    named(
      'PUT /clusters/root:a/api/v1/x HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer alice\r\nContent-Length: 90\r\n\r\nhalf',
    ),
  );
  await reached(() => (proxy.kcp.connections[0]?.bytes ?? '').endsWith('half'));
  client.close();
  await reached(() => proxy.kcp.connections[0]?.isClosed ?? false);
  assert.equal(proxy.kcp.requests, []);
  await bobIsHimself();
});

test('a body above 3 MiB is answered 413, announced or not', async () => {
  const client = await proxy.connect();
  const other = await proxy.connect();
  try {
    const head = 'PUT /clusters/root:a/api/v1/x HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer alice\r\n';
    client.send(named(`${head}Content-Length: ${3 * 1024 * 1024 + 1}\r\n\r\n`));
    await client.whenClosed();
    assert.equal([client.answers[0]?.code, proxy.kcp.requests], [413, []]);
    other.send(named(`${head}Transfer-Encoding: chunked\r\n\r\n`));
    for (let sent = 0; sent < 50; sent++) other.send(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    await other.whenClosed();
    assert.equal([other.answers[0]?.code, proxy.kcp.requests], [413, []]);
    await bobIsHimself();
  } finally {
    client.close();
    other.close();
  }
});

test('who has no valid credentials is refused before a body is held in memory', async () => {
  const client = await proxy.connect();
  try {
    client.send(
      named(
        'PUT /clusters/denatured/apis/rbac.authorization.k8s.io/v1/clusterroles/a HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer invalid\r\n' +
          'Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n',
      ),
    );
    await client.whenClosed();
    assert.is(client.answers[0]?.code, 401);
    assert.equal(
      proxy.kcp.requests.map(({ line, body }) => [line, body]),
      [['GET /clusters/denatured/apis/rbac.authorization.k8s.io.denatured HTTP/1.1', '']],
    );
  } finally {
    client.close();
  }
});

test('headers that take too long are answered 408', async () => {
  const client = await proxy.connect();
  try {
    client.send('GET /api HTTP/1.1\r\nHost: kcp\r\n');
    await client.whenClosed(20_000);
    assert.equal(
      client.answers.map(({ code }) => code),
      [408],
    );
    assert.equal(proxy.kcp.requests, []);
  } finally {
    client.close();
  }
});

test('a connection on which nothing comes, not even a handshake, is closed', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    await once(socket.resume(), 'close', { signal: AbortSignal.timeout(20_000) });
  } finally {
    socket.destroy();
  }
});

/** Another client, right after: it gets its own answer, over a connection of its own, and just what it has sent arrives. */
async function bobIsHimself(): Promise<void> {
  const before = proxy.kcp.connections.length;
  const client = await ask('bob', '/clusters/root:b/api');
  try {
    const { code, body } = client.answers[0] ?? { code: 0, body: '{}' };
    assert.equal(
      [code, (JSON.parse(body) as { authorization: string }).authorization],
      [200, named('Bearer bob')],
    );
    assert.is(proxy.kcp.connections.slice(before).length, 1);
    assert.is(
      proxy.kcp.connections[before]?.bytes,
      asWritten({ line: 'GET /clusters/root:b/api', headers: ['authorization: Bearer bob'] }),
    );
  } finally {
    client.close();
  }
}

async function ask(token: string | undefined, path: string): Promise<RawClient> {
  const client = await proxy.connect();
  const authorization = token === undefined ? '' : `Authorization: Bearer ${named(token)}\r\n`;
  client.send(`GET ${path} HTTP/1.1\r\nHost: kcp\r\n${authorization}\r\n`);
  await client.whenAnswered(1);
  return client;
}

/** What undici writes for a request. */
function asWritten({ line, headers = ['authorization: Bearer alice'], body }: Expected): string {
  const host = `host: 127.0.0.1:${proxy.kcp.port}\r\nconnection: keep-alive\r\n`;
  const head = `${line} HTTP/1.1\r\n${host}${headers.map((header) => `${header}\r\n`).join('')}`;
  return named(head + framed(line, headers, body));
}

function framed(line: string, headers: readonly string[], body: string | undefined): string {
  if (body === undefined) return /^(POST|PUT|PATCH)/.test(line) ? 'content-length: 0\r\n\r\n' : '\r\n';
  if (headers.some((header) => header === 'transfer-encoding: chunked'))
    return body === '' ? '' : `\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return `content-length: ${body.length}\r\n\r\n${body}`;
}

/** Requests that are under way at the same time come on connections whose order is not ours to say. */
function inOrder(bytes: string): string {
  return bytes
    .split(/(?=(?:GET|PUT|POST|PATCH|DELETE|HEAD|OPTIONS) \/)/)
    .toSorted()
    .join('');
}

async function sendNamed(client: RawClient, bytes: Sent): Promise<void> {
  for (const part of [bytes].flat()) {
    if (typeof part === 'string') client.send(named(part));
    else await part(client, named);
  }
}

async function reached(isSo: () => boolean): Promise<void> {
  const late = AbortSignal.timeout(10_000);
  while (!isSo()) {
    late.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.run();
