import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { HOSTED_CORE, ROTATE_AUTHORITIES, ROTATE_CERTIFICATES, SECRETS } from '@kubestellar/api';
import { certificatesIn, type KubeClient } from '@kubestellar/kube';
import { Authority } from '@kubestellar/kube/pki';
import { assert, suite } from '@kubestellar/testing';
import { coreOf, StoredObjects } from '../fixtures.ts';
import { type Secret, secretOf, textsOf } from '../hosting/secret.ts';
import { settingsOf } from '../settings.ts';
import { usersIn } from './kubeconfig.ts';
import { reconcileCertificates } from './reconcile-certificates.ts';
import { rotationOf } from './rotation.ts';

const test = suite('certificates');
const HOUR = 3600_000;
const endpoints = {
  kcp: { host: 'ks.example.com', port: 443 },
  view: { host: 'view.example.com', port: 443 },
};

/** Reconciles as if the time were `now`. */
async function reconcile(
  objects: StoredObjects,
  options: {
    now?: number;
    host?: string;
    annotations?: Record<string, string>;
    trusted?: boolean;
    presents?: string;
    issuer?: Secret;
    /** What is true of the view and not of kcp. */
    view?: { trusted?: boolean; presents?: string };
    /** Whether kcp trusts the new authority of the view. */
    trustsProxy?: boolean;
    withoutView?: boolean;
  } = {},
) {
  const {
    now = Date.now(),
    annotations,
    trusted = true,
    presents,
    issuer,
    view,
    trustsProxy = true,
  } = options;
  const spec = {
    ...(issuer ? { certificates: { issuerSecretName: 'mine' } } : {}),
    ...(options.withoutView ? { view: { enabled: false } } : {}),
  };
  const core = coreOf(spec, annotations);
  const announced: string[] = [];
  const { kcp } = endpoints;
  const at = {
    kcp: { ...kcp, host: options.host ?? kcp.host },
    view: options.withoutView ? undefined : endpoints.view,
  };
  const outcome = await reconcileCertificates(settingsOf(core, '1.0.0'), at, rotationOf(core, now), {
    objects,
    client: { get: async () => issuer } as unknown as KubeClient,
    now,
    ask: async ({ port, asProxy }) => {
      if (asProxy) return { trusts: trustsProxy, presents };
      if (port === HOSTED_CORE.port) return { trusts: trusted, presents };
      return { trusts: view?.trusted ?? true, presents: view?.presents };
    },
    announce: (message) => announced.push(message),
  });
  return { ...outcome, announced };
}

async function texts(objects: StoredObjects, name: string) {
  return textsOf(await objects.get<Secret>(SECRETS, name)) as Record<string, string>;
}

async function serverLeaf(objects: StoredObjects) {
  return new X509Certificate((await texts(objects, HOSTED_CORE.kcpSecret))['tls.crt'] ?? '');
}

async function adminCertificate(objects: StoredObjects): Promise<string> {
  const { 'admin.kubeconfig': text } = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  return usersIn(text)['kcp-admin']?.certificate ?? '';
}

/** Whether a TLS client that trusts `trust` accepts a server with the chain and key of kcp's Secret. */
async function isAccepted(kcp: Record<string, string>, trust: string, servername: string): Promise<boolean> {
  const server: Server = createServer({ cert: kcp['tls.crt'], key: kcp['tls.key'] }, (socket) =>
    socket.end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ca: trust, servername }, () =>
        resolve(socket.authorized),
      );
      socket.on('error', () => resolve(false));
    });
  } finally {
    server.close();
  }
}

test('makes everything once, and then writes nothing', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  assert.equal(objects.written.sort(), [
    'secrets/kubestellar',
    'secrets/kubestellar-client-ca',
    'secrets/kubestellar-controllers',
    'secrets/kubestellar-kcp',
    'secrets/kubestellar-proxy-ca',
    'secrets/kubestellar-server-ca',
    'secrets/kubestellar-view',
  ]);
  objects.written.length = 0;
  const { announced, lookAgainIn } = await reconcile(objects);
  assert.equal(objects.written, []);
  assert.equal(announced, []);
  // A year's certificates are due after eight months.
  assert.ok(lookAgainIn > 5800 * HOUR && lookAgainIn < 5880 * HOUR, String(lookAgainIn));
});

test('the server is trusted by all its names and by the kubeconfigs that are handed out', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const kcp = await texts(objects, HOSTED_CORE.kcpSecret);
  const trust = kcp['server-ca.crt'] ?? '';
  for (const name of ['localhost', 'kubestellar', 'kubestellar.ks.svc', 'ks.example.com']) {
    assert.ok(await isAccepted(kcp, trust, name), name);
  }
  assert.not(await isAccepted(kcp, trust, 'other.example.com'));
  const view = await texts(objects, HOSTED_CORE.viewSecret);
  for (const name of ['localhost', 'kubestellar.ks.svc', 'view.example.com']) {
    assert.ok(await isAccepted(view, trust, name), name);
  }
  assert.not(await isAccepted(view, trust, 'ks.example.com'));
  const kubeconfigs = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  assert.match(kubeconfigs['external.kubeconfig'] ?? '', 'server: https://ks.example.com:443/clusters/root');
  assert.match(
    kubeconfigs['cluster.kubeconfig'] ?? '',
    'server: https://kubestellar.ks.svc:6443/clusters/root',
  );
  const mailbox = usersIn(
    (await texts(objects, HOSTED_CORE.controllersSecret))['mailbox-controller.kubeconfig'],
  );
  assert.is(
    new X509Certificate(mailbox['shard-admin']?.certificate ?? '').subject,
    'O=system:masters\nCN=kubestellar:mailbox-controller',
  );
});

test('the view is a proxy that only the authority of its own certifies, and has kubeconfigs of no server administrator', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const [kcp, view] = [
    await texts(objects, HOSTED_CORE.kcpSecret),
    await texts(objects, HOSTED_CORE.viewSecret),
  ];
  const proxy = new X509Certificate(view['proxy.crt'] ?? '');
  assert.is(proxy.subject, 'CN=kubestellar:view');
  assert.ok(proxy.verify(new X509Certificate(kcp['proxy-ca.crt'] ?? '').publicKey));
  for (const other of ['client-ca.crt', 'server-ca.crt'])
    assert.not(proxy.verify(new X509Certificate(kcp[other] ?? '').publicKey), other);
  assert.equal([view['client-ca.crt'], view['server-ca.crt']], [kcp['client-ca.crt'], kcp['server-ca.crt']]);
  const keys = Object.values(view).filter((text) => text.includes('PRIVATE KEY'));
  for (const key of [kcp['tls.key'], kcp['service-account.key']]) assert.not(keys.includes(key ?? ''));
  const kubeconfigs = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  for (const [key, server] of [
    ['view.kubeconfig', 'https://kubestellar.ks.svc:6444'],
    ['external-view.kubeconfig', 'https://view.example.com:443'],
  ]) {
    const text = kubeconfigs[key ?? ''] ?? '';
    assert.match(text, `server: ${server}/clusters/root`);
    assert.equal(Object.keys(usersIn(text)), ['kcp-admin']);
    assert.not.match(text, 'system:admin');
  }
});

test('a view that is switched off leaves nothing', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const { reports } = await reconcile(objects, { withoutView: true });
  for (const name of [HOSTED_CORE.viewSecret, HOSTED_CORE.proxyAuthoritySecret])
    assert.is(await objects.get(SECRETS, name), undefined);
  const kcp = await texts(objects, HOSTED_CORE.kcpSecret);
  const kubeconfigs = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  const left = [...Object.keys(kcp), ...Object.keys(kubeconfigs), ...reports.map(({ name }) => name)];
  assert.equal(
    left.filter((name) => /view|proxy/.test(name)),
    [],
  );
});

test('at two thirds of their life certificates are renewed, and not before', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const before = (await serverLeaf(objects)).serialNumber;
  await reconcile(objects, { now: Date.now() + 5800 * HOUR });
  assert.is((await serverLeaf(objects)).serialNumber, before);
  await reconcile(objects, { now: Date.now() + 5900 * HOUR });
  assert.is.not((await serverLeaf(objects)).serialNumber, before);
});

for (const host of ['127.0.0.1', 'localhost', 'kubestellar.ks.svc', '::1', '2001:db8::7']) {
  test(`a core that is reached from outside as ${host} gets its certificate once`, async () => {
    const objects = new StoredObjects();
    await reconcile(objects, { host });
    assert.equal((await reconcile(objects, { host })).announced, []);
  });
}

test('a rotation that is asked for happens once', async () => {
  const objects = new StoredObjects();
  await reconcile(objects, { now: Date.now() });
  const before = (await serverLeaf(objects)).serialNumber;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_CERTIFICATES]: new Date().toISOString() };
  await reconcile(objects, { annotations });
  const after = (await serverLeaf(objects)).serialNumber;
  assert.is.not(after, before);
  await reconcile(objects, { annotations });
  assert.is((await serverLeaf(objects)).serialNumber, after);
});

test('a rotation is over when kcp presents the new certificate', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const { fingerprint256 } = await serverLeaf(objects);
  assert.is((await reconcile(objects, { presents: fingerprint256 })).finding.reason, 'Issued');
  const { finding, lookAgainIn } = await reconcile(objects, { presents: 'that of the one before' });
  assert.is(finding.reason, 'Rotating');
  assert.is(finding.status, 'True');
  assert.ok(lookAgainIn <= 10_000);
});

test('and when the view does', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const { 'tls.crt': text = '' } = await texts(objects, HOSTED_CORE.viewSecret);
  const { fingerprint256 } = new X509Certificate(text);
  const reasonWith = async (presents: string) =>
    (await reconcile(objects, { view: { presents } })).finding.reason;
  assert.equal([await reasonWith(fingerprint256), await reasonWith('another')], ['Issued', 'Rotating']);
});

test('the view keeps its certificate as a proxy until kcp trusts its new authority', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const proxyOf = async () => (await texts(objects, HOSTED_CORE.viewSecret))['proxy.crt'];
  const old = await proxyOf();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_AUTHORITIES]: new Date().toISOString() };
  const rotating = await reconcile(objects, { annotations, trustsProxy: false });
  assert.equal([rotating.finding.reason, await proxyOf()], ['Rotating', old]);
  assert.ok(rotating.lookAgainIn <= 10_000);
  const trust = certificatesIn((await texts(objects, HOSTED_CORE.kcpSecret))['proxy-ca.crt'] ?? '');
  assert.is(trust.length, 2);
  await reconcile(objects, { annotations });
  const made = new X509Certificate((await proxyOf()) ?? '');
  assert.ok(made.verify(new X509Certificate(trust[0] ?? '').publicKey));
});

test('clients keep theirs until the view trusts the new authority, too', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const old = await adminCertificate(objects);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_AUTHORITIES]: new Date().toISOString() };
  await reconcile(objects, { annotations, view: { trusted: false } });
  assert.is(await adminCertificate(objects), old);
  await reconcile(objects, { annotations });
  assert.is.not(await adminCertificate(objects), old);
});

test('a rotation that is asked for a later time waits for it', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const before = (await serverLeaf(objects)).serialNumber;
  const annotations = { [ROTATE_CERTIFICATES]: new Date(Date.now() + HOUR).toISOString() };
  const { lookAgainIn } = await reconcile(objects, { annotations });
  assert.is((await serverLeaf(objects)).serialNumber, before);
  assert.ok(lookAgainIn <= HOUR + 2_000);
});

test('while authorities are replaced, old and new clients and servers accept each other', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const old = await texts(objects, HOSTED_CORE.kcpSecret);
  const oldClient = await adminCertificate(objects);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_AUTHORITIES]: new Date().toISOString() };
  const rotating = await reconcile(objects, { annotations, trusted: false });
  const kcp = await texts(objects, HOSTED_CORE.kcpSecret);
  const [oldTrust = '', newTrust = ''] = [old['server-ca.crt'], kcp['server-ca.crt']];

  assert.is(certificatesIn(newTrust).length, 2);
  assert.ok(await isAccepted(kcp, oldTrust, 'localhost'), 'an old client, the new server');
  assert.ok(await isAccepted(old, newTrust, 'localhost'), 'a new client, the old server');
  assert.ok(
    await isAccepted(kcp, certificatesIn(newTrust)[0] ?? '', 'localhost'),
    'a client of the new authority only',
  );

  assert.is(rotating.finding.reason, 'Rotating');
  assert.is(
    await adminCertificate(objects),
    oldClient,
    'clients keep theirs until kcp trusts the new authority',
  );
  assert.is(certificatesIn(kcp['client-ca.crt'] ?? '').length, 2);
  await reconcile(objects, { annotations, trusted: true });
  const authority = new X509Certificate(certificatesIn(kcp['client-ca.crt'] ?? '')[0] ?? '');
  assert.ok(new X509Certificate(await adminCertificate(objects)).verify(authority.publicKey));

  await reconcile(objects, { annotations, now: Date.now() + 721 * HOUR });
  const later = await texts(objects, HOSTED_CORE.kcpSecret);
  assert.is(
    certificatesIn(later['client-ca.crt'] ?? '').length,
    1,
    'after the overlap the former is forgotten',
  );
  assert.is(certificatesIn(later['tls.crt'] ?? '').length, 1);
});

test('an authority that is given issues the server certificate, and never those of clients', async () => {
  const objects = new StoredObjects();
  const given = await Authority.create('company');
  const issuer = {
    apiVersion: 'v1',
    kind: 'Secret',
    ...secretOf('mine', { 'tls.crt': given.certificate, 'tls.key': given.key }),
  };
  await reconcile(objects, { issuer });
  assert.ok(given.hasIssued(await serverLeaf(objects)));
  assert.not(given.hasIssued(new X509Certificate(await adminCertificate(objects))));
  assert.not(objects.written.includes('secrets/kubestellar-server-ca'));
});

for (const [what, contents, reason] of [
  ['is not there', undefined, 'IssuerSecretMissing'],
  ['is empty', {}, 'IssuerSecretInvalid'],
  ['is no PEM', { 'tls.crt': 'x', 'tls.key': 'y' }, 'IssuerSecretInvalid'],
] as const) {
  test(`an issuer that ${what} is told of`, async () => {
    const issuer = contents && { apiVersion: 'v1', kind: 'Secret', ...secretOf('mine', contents) };
    const core = coreOf({ certificates: { issuerSecretName: 'mine' } });
    const now = Date.now();
    try {
      await reconcileCertificates(settingsOf(core, '1.0.0'), endpoints, rotationOf(core, now), {
        objects: new StoredObjects(),
        client: { get: async () => issuer } as unknown as KubeClient,
        now,
        ask: async () => ({ trusts: true, presents: undefined }),
        announce: () => {},
      });
      assert.unreachable('it must fail');
    } catch (error) {
      assert.is((error as { reason?: string }).reason, reason);
    }
  });
}

test.run();
