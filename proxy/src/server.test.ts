import type { IncomingHttpHeaders } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { Authority, type KeyPair } from '@kubestellar/pki';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import type { Credentials } from './credentials.ts';
import { ViewServer } from './server.ts';

const test = suite('the caller of the workspace proxy');

/** A request as kcp got it. */
interface Heard {
  readonly headers: IncomingHttpHeaders;
  /** Common name of who made the connection. */
  readonly proxy: string | undefined;
}

const logger = createLogger('view', 0);
const serving = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const AUTHORIZED = { authorization: 'Bearer secret' };
const SPOOFED = {
  'x-remote-user': 'kcp-admin',
  'X-Remote-Group': ['system:masters', 'system:kcp:admin'],
  'X-Remote-Uid': '1',
  'X-Remote-Extra-Scopes': 'all',
};

let servers: Authority;
let clients: Authority;
let proxies: Authority;
let kcp: Server;
let heard: Heard[] = [];
let answer = 200;
let credentials: Credentials;

async function serverPair(): Promise<KeyPair> {
  return servers.issue({ commonName: 'server', ...serving });
}

/** A view with these credentials, and its port; the caller closes it. */
async function start(having: Credentials): Promise<{ view: ViewServer; port: number }> {
  const { port: kcpPort } = kcp.address() as AddressInfo;
  const view = new ViewServer(`https://127.0.0.1:${kcpPort}`, having, logger);
  return { view, port: await view.listen('127.0.0.1', 0) };
}

interface Asking {
  readonly as?: KeyPair | undefined;
  readonly headers?: { [name: string]: string | string[] };
  readonly agent?: Agent;
  readonly path?: string;
}

async function ask(port: number, { as, headers = {}, agent, path = '/api' }: Asking = {}) {
  const used = agent ?? agentOf(as);
  return new Promise<{ code: number | undefined; body: string; presented: string }>((resolve, reject) => {
    const asked = request(`https://127.0.0.1:${port}${path}`, { agent: used, headers }, async (response) => {
      const presented = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
      resolve({ code: response.statusCode, body: await text(response), presented });
    });
    asked.on('error', reject);
    asked.end();
  }).finally(() => {
    if (!agent) used.destroy();
  });
}

function agentOf(as: KeyPair | undefined, keepAlive = false): Agent {
  const shown = as ? { cert: as.certificate, key: as.key } : {};
  return new Agent({ ca: servers.certificate, keepAlive, maxSockets: 1, ...shown });
}

const alice = (authority = clients, groups = ['team', 'système'], lifetime?: number) =>
  authority.issue({ commonName: 'alice', organizations: groups }, lifetime);

test.before(async () => {
  [servers, clients, proxies] = (await Promise.all(
    ['servers', 'clients', 'proxies'].map((name) => Authority.create(name)),
  )) as [Authority, Authority, Authority];
  const { certificate: cert, key } = await serverPair();
  const ca = proxies.certificate;
  kcp = createServer(
    { cert, key, ca, requestCert: true, rejectUnauthorized: false },
    (incoming, outgoing) => {
      const shown = (incoming.socket as TLSSocket).getPeerCertificate().subject?.CN;
      heard.push({ headers: incoming.headers, proxy: [shown].flat()[0] });
      outgoing.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
    },
  );
  await new Promise<void>((resolve) => kcp.listen(0, '127.0.0.1', resolve));
  credentials = {
    coreAuthority: servers.certificate,
    serving: await serverPair(),
    proxying: {
      clientAuthorities: clients.certificate,
      proxy: await proxies.issue({ commonName: 'the-view' }),
    },
  };
});

test.before.each(() => {
  heard = [];
  answer = 200;
});

test.after(() => {
  kcp.close();
  kcp.closeAllConnections();
});

test('who shows a certificate is told to kcp, which can tell that it is the view that says so', async () => {
  const { view, port } = await start(credentials);
  try {
    const { code } = await ask(port, { as: await alice(), headers: { ...AUTHORIZED, ...SPOOFED } });
    assert.is(code, 200);
    const [{ headers, proxy } = { headers: {}, proxy: '' }] = heard;
    assert.is(proxy, 'the-view');
    const utf8 = Buffer.from(String(headers['x-remote-group']), 'latin1').toString();
    assert.equal([headers['x-remote-user'], utf8], ['alice', 'team, système']);
    assert.equal(
      [headers.authorization, headers['x-remote-uid'], headers['x-remote-extra-scopes']],
      [undefined, undefined, undefined],
    );
  } finally {
    view.close();
  }
});

test('the groups that act on the server itself are not told', async () => {
  const { view, port } = await start(credentials);
  try {
    await ask(port, { as: await alice(clients, ['system:masters', 'system:kcp:logical-cluster-admin']) });
    await ask(port, { as: await alice(clients, ['system:masters', 'system:kcp:admin']) });
    assert.equal(
      heard.map(({ headers }) => headers['x-remote-group']),
      [undefined, 'system:kcp:admin'],
    );
  } finally {
    view.close();
  }
});

for (const [what, path] of [
  ['passed on', '/clusters/root/api/v1/configmaps'],
  ['groups', '/clusters/root:wmw/apis'],
  ['twins', '/clusters/root:wmw/apis/rbac.authorization.k8s.io/v1/clusterroles'],
] as const) {
  test(`headers that tell who asks are never the client's (${what})`, async () => {
    const withoutClients = { ...credentials, proxying: undefined };
    for (const having of [credentials, withoutClients]) {
      const { view, port } = await start(having);
      try {
        for (const headers of [SPOOFED, { ...SPOOFED, ...AUTHORIZED }]) await ask(port, { headers, path });
      } finally {
        view.close();
      }
    }
    assert.ok(heard.length >= 4);
    for (const { headers, proxy } of heard) {
      assert.equal(
        Object.keys(headers).filter((name) => name.startsWith('x-remote')),
        [],
      );
      assert.is(proxy, undefined);
    }
    assert.ok(heard.some(({ headers }) => headers.authorization === AUTHORIZED.authorization));
  });
}

test('without an authority of clients nobody is asked for a certificate', async () => {
  const { view, port } = await start({ ...credentials, proxying: undefined });
  try {
    await ask(port, { as: await alice() });
    assert.equal([heard[0]?.proxy, heard[0]?.headers['x-remote-user']], [undefined, undefined]);
  } finally {
    view.close();
  }
});

test('a certificate of another authority, or one that has ended, is answered 401 and kcp hears nothing', async () => {
  const { view, port } = await start(credentials);
  const agent = agentOf(await alice(clients, [], 4_000), true);
  try {
    const other = await alice(await Authority.create('clients'));
    const { code, body } = await ask(port, { as: other, headers: AUTHORIZED });
    assert.is(code, 401);
    assert.match(body, /"kind":"Status".*client certificate is not accepted/);
    assert.equal(heard, []);
    assert.is((await ask(port, { agent })).code, 200);
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    assert.is((await ask(port, { agent })).code, 401, 'on the connection that it was good on');
    assert.is((await ask(port, { agent })).code, 401, 'on another connection');
    assert.is(heard.length, 1);
  } finally {
    agent.destroy();
    view.close();
  }
});

for (const commonName of ['', ' kcp-admin', 'kcp-admin\t', 'a\r\nX-Remote-Group: system:masters']) {
  test(`a certificate for ${JSON.stringify(commonName)} makes nobody of it`, async () => {
    const { view, port } = await start(credentials);
    try {
      const { code } = await ask(port, { as: await clients.issue({ commonName }) });
      assert.is(code, 401);
      assert.equal(heard, []);
    } finally {
      view.close();
    }
  });
}

test('a kcp that does not believe the view is told of, not taken for what the client did wrong', async () => {
  const { view, port } = await start(credentials);
  answer = 401;
  try {
    const { code, body } = await ask(port, { as: await alice() });
    assert.is(code, 502);
    assert.match(body, /--requestheader-client-ca-file/);
    assert.is((await ask(port, { headers: AUTHORIZED })).code, 401);
  } finally {
    view.close();
  }
});

test('replaced certificates are used at once, and clients of a former authority refused', async () => {
  const { view, port } = await start(credentials);
  const successor = await Authority.create('clients');
  const agent = agentOf(await alice(), true);
  const proxying = {
    clientAuthorities: successor.certificate + clients.certificate,
    proxy: await proxies.issue({ commonName: 'the-view-anew' }),
  };
  try {
    const before = await ask(port, { agent });
    view.use({ ...credentials, serving: await serverPair(), proxying });
    for (const authority of [clients, successor]) {
      const { code, presented } = await ask(port, { as: await alice(authority) });
      assert.is(code, 200);
      assert.is.not(presented, before.presented);
    }
    assert.is((await ask(port, { agent })).code, 200, 'on the former connection');
    assert.equal(
      heard.map(({ proxy }) => proxy),
      ['the-view', 'the-view-anew', 'the-view-anew', 'the-view-anew'],
    );
    view.use({ ...credentials, proxying: { ...proxying, clientAuthorities: successor.certificate } });
    assert.is((await ask(port, { agent })).code, 401, 'on the former connection');
    assert.is((await ask(port, { as: await alice() })).code, 401);
    assert.is((await ask(port, { as: await alice(successor) })).code, 200);
  } finally {
    agent.destroy();
    view.close();
  }
});

test.run();
