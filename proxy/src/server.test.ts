import type { IncomingHttpHeaders } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { CA, type KeyPair } from '@kubestellar/pki';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import type { Credentials } from './credentials.ts';
import { ProxyServer } from './server.ts';

const test = suite('the caller of the workspace proxy');

/** A request as kcp got it. */
interface Received {
  readonly headers: IncomingHttpHeaders;
  /** Common name of who made the connection. */
  readonly proxy: string | undefined;
}

const logger = createLogger('proxy', 0);
const serving = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const AUTHORIZED = { authorization: 'Bearer secret' };
const SPOOFED = {
  'x-remote-user': 'kcp-admin',
  'X-Remote-Group': ['system:masters', 'system:kcp:admin'],
  'X-Remote-Uid': '1',
  'X-Remote-Extra-Scopes': 'all',
};

let servers: CA;
let clients: CA;
let proxies: CA;
let kcp: Server;
let received: Received[] = [];
let kcpStatus = 200;
let credentials: Credentials;

async function serverPair(): Promise<KeyPair> {
  return servers.issue({ commonName: 'server', ...serving });
}

/** A proxy with these credentials, and its port; the caller closes it. */
async function start(having: Credentials): Promise<{ proxy: ProxyServer; port: number }> {
  const { port: kcpPort } = kcp.address() as AddressInfo;
  const proxy = new ProxyServer(`https://127.0.0.1:${kcpPort}`, having, logger);
  return { proxy, port: await proxy.listen('127.0.0.1', 0) };
}

interface RequestOptions {
  readonly as?: KeyPair | undefined;
  readonly headers?: { [name: string]: string | string[] };
  readonly agent?: Agent;
  readonly path?: string;
}

async function send(port: number, { as, headers = {}, agent, path = '/api' }: RequestOptions = {}) {
  const used = agent ?? agentOf(as);
  return new Promise<{ code: number | undefined; body: string; presented: string }>((resolve, reject) => {
    const outgoing = request(
      `https://127.0.0.1:${port}${path}`,
      { agent: used, headers },
      async (response) => {
        const presented = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
        resolve({ code: response.statusCode, body: await text(response), presented });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  }).finally(() => {
    if (!agent) used.destroy();
  });
}

function agentOf(as: KeyPair | undefined, keepAlive = false): Agent {
  const presented = as ? { cert: as.certificate, key: as.key } : {};
  return new Agent({ ca: servers.certificate, keepAlive, maxSockets: 1, ...presented });
}

const alice = (ca = clients, groups = ['team', 'système'], lifetime?: number) =>
  ca.issue({ commonName: 'alice', organizations: groups }, lifetime);

test.before(async () => {
  [servers, clients, proxies] = (await Promise.all(
    ['servers', 'clients', 'proxies'].map((name) => CA.create(name)),
  )) as [CA, CA, CA];
  const { certificate: cert, key } = await serverPair();
  const ca = proxies.certificate;
  kcp = createServer(
    { cert, key, ca, requestCert: true, rejectUnauthorized: false },
    (incoming, outgoing) => {
      const presented = (incoming.socket as TLSSocket).getPeerCertificate().subject?.CN;
      received.push({ headers: incoming.headers, proxy: [presented].flat()[0] });
      outgoing.writeHead(kcpStatus, { 'content-type': 'application/json' }).end('{}');
    },
  );
  await new Promise<void>((resolve) => kcp.listen(0, '127.0.0.1', resolve));
  credentials = {
    coreCA: servers.certificate,
    serving: await serverPair(),
    proxying: {
      clientCAs: clients.certificate,
      proxy: await proxies.issue({ commonName: 'the-proxy' }),
    },
  };
});

test.before.each(() => {
  received = [];
  kcpStatus = 200;
});

test.after(() => {
  kcp.close();
  kcp.closeAllConnections();
});

test("the user of a client certificate is sent to kcp with the proxy's own certificate", async () => {
  const { proxy: server, port } = await start(credentials);
  try {
    const { code } = await send(port, { as: await alice(), headers: { ...AUTHORIZED, ...SPOOFED } });
    assert.is(code, 200);
    const [{ headers, proxy } = { headers: {}, proxy: '' }] = received;
    assert.is(proxy, 'the-proxy');
    const utf8 = Buffer.from(String(headers['x-remote-group']), 'latin1').toString();
    assert.equal([headers['x-remote-user'], utf8], ['alice', 'team, système']);
    assert.equal(
      [headers.authorization, headers['x-remote-uid'], headers['x-remote-extra-scopes']],
      [undefined, undefined, undefined],
    );
  } finally {
    server.close();
  }
});

test('groups with rights on the server itself are not passed on', async () => {
  const { proxy: server, port } = await start(credentials);
  try {
    await send(port, { as: await alice(clients, ['system:masters', 'system:kcp:logical-cluster-admin']) });
    await send(port, { as: await alice(clients, ['system:masters', 'system:kcp:admin']) });
    assert.equal(
      received.map(({ headers }) => headers['x-remote-group']),
      [undefined, 'system:kcp:admin'],
    );
  } finally {
    server.close();
  }
});

for (const [what, path] of [
  ['passed on', '/clusters/root/api/v1/configmaps'],
  ['groups', '/clusters/root:wmw/apis'],
  ['denatured', '/clusters/root:wmw/apis/rbac.authorization.k8s.io/v1/clusterroles'],
] as const) {
  test(`identity headers of a client are never passed on (${what})`, async () => {
    const withoutClients = { ...credentials, proxying: undefined };
    for (const having of [credentials, withoutClients]) {
      const { proxy: server, port } = await start(having);
      try {
        for (const headers of [SPOOFED, { ...SPOOFED, ...AUTHORIZED }]) await send(port, { headers, path });
      } finally {
        server.close();
      }
    }
    assert.ok(received.length >= 4);
    for (const { headers, proxy } of received) {
      assert.equal(
        Object.keys(headers).filter((name) => name.startsWith('x-remote')),
        [],
      );
      assert.is(proxy, undefined);
    }
    assert.ok(received.some(({ headers }) => headers.authorization === AUTHORIZED.authorization));
  });
}

test('a proxy without client CAs requests no client certificate', async () => {
  const { proxy: server, port } = await start({ ...credentials, proxying: undefined });
  try {
    await send(port, { as: await alice() });
    assert.equal([received[0]?.proxy, received[0]?.headers['x-remote-user']], [undefined, undefined]);
  } finally {
    server.close();
  }
});

test('a certificate of another CA, or an expired one, gets 401 and kcp gets no request', async () => {
  const { proxy: server, port } = await start(credentials);
  const agent = agentOf(await alice(clients, [], 4_000), true);
  try {
    const other = await alice(await CA.create('clients'));
    const { code, body } = await send(port, { as: other, headers: AUTHORIZED });
    assert.is(code, 401);
    assert.match(body, /"kind":"Status".*client certificate is not accepted/);
    assert.equal(received, []);
    assert.is((await send(port, { agent })).code, 200);
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    assert.is((await send(port, { agent })).code, 401, 'on the connection that it was good on');
    assert.is((await send(port, { agent })).code, 401, 'on another connection');
    assert.is(received.length, 1);
  } finally {
    agent.destroy();
    server.close();
  }
});

for (const commonName of ['', ' kcp-admin', 'kcp-admin\t', 'a\r\nX-Remote-Group: system:masters']) {
  test(`a certificate with the common name ${JSON.stringify(commonName)} identifies no user`, async () => {
    const { proxy: server, port } = await start(credentials);
    try {
      const { code } = await send(port, { as: await clients.issue({ commonName }) });
      assert.is(code, 401);
      assert.equal(received, []);
    } finally {
      server.close();
    }
  });
}

test("a kcp that does not accept the proxy's identity headers is reported as an error of the server", async () => {
  const { proxy: server, port } = await start(credentials);
  kcpStatus = 401;
  try {
    const { code, body } = await send(port, { as: await alice() });
    assert.is(code, 502);
    assert.match(body, /--requestheader-client-ca-file/);
    assert.is((await send(port, { headers: AUTHORIZED })).code, 401);
  } finally {
    server.close();
  }
});

test('replaced certificates are used at once, and clients of a previous CA are refused', async () => {
  const { proxy: server, port } = await start(credentials);
  const successor = await CA.create('clients');
  const agent = agentOf(await alice(), true);
  const proxying = {
    clientCAs: successor.certificate + clients.certificate,
    proxy: await proxies.issue({ commonName: 'the-proxy-anew' }),
  };
  try {
    const before = await send(port, { agent });
    server.use({ ...credentials, serving: await serverPair(), proxying });
    for (const ca of [clients, successor]) {
      const { code, presented } = await send(port, { as: await alice(ca) });
      assert.is(code, 200);
      assert.is.not(presented, before.presented);
    }
    assert.is((await send(port, { agent })).code, 200, 'on the former connection');
    assert.equal(
      received.map(({ proxy }) => proxy),
      ['the-proxy', 'the-proxy-anew', 'the-proxy-anew', 'the-proxy-anew'],
    );
    server.use({ ...credentials, proxying: { ...proxying, clientCAs: successor.certificate } });
    assert.is((await send(port, { agent })).code, 401, 'on the former connection');
    assert.is((await send(port, { as: await alice() })).code, 401);
    assert.is((await send(port, { as: await alice(successor) })).code, 200);
  } finally {
    agent.destroy();
    server.close();
  }
});

test.run();
