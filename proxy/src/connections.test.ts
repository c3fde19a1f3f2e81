import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { CA } from '@kubestellar/pki';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { ProxyServer } from './server.ts';

const test = suite('connections of clients of the workspace proxy', { timeout: 30_000 });

const HEAD = 'HTTP/1.1\r\nHost: kcp\r\nAuthorization: Bearer alice\r\n\r\n';
const WARNING = '299 - "unknown field \u00e9"';

let kcp: Server;
let server: ProxyServer;
let port: number;
let ca: CA;
/** Paths that kcp was asked for, and those whose answers nobody waits for any more. */
let asked: string[] = [];
let ended: string[] = [];

test.before(async () => {
  ca = await CA.create('servers');
  const serving = await ca.issue({ commonName: 'server', ipAddresses: ['127.0.0.1'] });
  const { certificate: cert, key } = serving;
  kcp = createServer({ cert, key }, ({ url = '' }, outgoing) => {
    asked.push(url);
    outgoing.once('close', () => ended.push(url));
    if (url.startsWith('/watch')) outgoing.writeHead(200).flushHeaders();
    else if (url.startsWith('/endless')) outgoing.writeHead(200).write(Buffer.alloc(1024 * 1024));
    else outgoing.writeHead(200, { warning: WARNING }).end('{}');
  });
  kcp.listen(0, '127.0.0.1');
  await once(kcp, 'listening');
  const address = `https://127.0.0.1:${(kcp.address() as AddressInfo).port}`;
  const credentials = { coreCA: ca.certificate, serving, proxying: undefined };
  server = new ProxyServer(address, credentials, createLogger('proxy', 0));
  port = await server.listen('127.0.0.1', 0);
});

test.before.each(() => {
  asked = [];
  ended = [];
});

test.after(() => {
  server.close();
  kcp.close();
  kcp.closeAllConnections();
});

/** A client that has sent requests for these paths, all at once. */
async function clientOf(...paths: string[]): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: ca.certificate });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(paths.map((path) => `GET ${path} ${HEAD}`).join(''));
  return socket;
}

async function until(isSo: () => boolean): Promise<void> {
  const late = AbortSignal.timeout(20_000);
  while (!isSo()) {
    late.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a quiet watch ends at kcp when its client has closed the connection', async () => {
  const client = await clientOf('/watch');
  client.resume();
  await until(() => asked.length === 1);
  client.end();
  await until(() => ended.length === 1);
});

test('waiting requests are not sent to kcp when their client has disconnected', async () => {
  const client = await clientOf('/watch', '/endless');
  await until(() => asked.length === 1);
  client.destroy();
  await until(() => ended.length === 1);
  await (await clientOf('/other')).resume();
  await until(() => asked.includes('/other'));
  assert.equal(asked, ['/watch', '/other']);
});

test('a response that waits for an earlier one ends when the client has disconnected', async () => {
  const client = await clientOf('/endless/1', '/endless/2');
  client.pause();
  await until(() => asked.length === 1);
  client.destroy();
  await until(() => ended.length === asked.length);
});

test('a client that sends no valid HTTP, or CONNECT, cannot keep its connection open', async () => {
  for (const line of ['NONSENSE\r\n\r\n', `CONNECT kcp:6443 ${HEAD}`]) {
    const client = connect({
      socket: connectPlain({ port, host: '127.0.0.1', allowHalfOpen: true }),
      host: '127.0.0.1',
      ca: ca.certificate,
    });
    client.on('error', () => undefined).resume();
    await once(client, 'secureConnect');
    client.write(line);
    const trickle = setInterval(() => client.write('x'), 100);
    try {
      await until(() => client.closed);
    } finally {
      clearInterval(trickle);
      client.destroy();
    }
  }
});

test('headers of a response arrive byte for byte', async () => {
  const client = await clientOf('/api');
  const [answer] = (await once(client, 'data')) as [Buffer];
  assert.ok(answer.toString('latin1').includes(`warning: ${WARNING}\r\n`), answer.toString('latin1'));
  client.destroy();
});

test.run();
