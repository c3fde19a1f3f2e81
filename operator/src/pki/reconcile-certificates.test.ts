import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { HOSTED_CORE, ROTATE_CAS, ROTATE_CERTIFICATES } from '@kubestellar/api';
import { certificatesIn, type KubeClient } from '@kubestellar/kube';
import { CA } from '@kubestellar/pki';
import { assert, suite } from '@kubestellar/testing';
import { coreOf, StoredObjects } from '../fixtures.ts';
import { secretOf } from '../hosting/secret.ts';
import { settingsOf } from '../settings.ts';
import { adminCertificate, endpoints, reconcile, texts } from './fixtures.ts';
import { usersIn } from './kubeconfig.ts';
import { reconcileCertificates } from './reconcile-certificates.ts';
import { rotationOf } from './rotation.ts';

const test = suite('certificates');
const HOUR = 3600_000;

async function serverLeaf(objects: StoredObjects) {
  return new X509Certificate((await texts(objects, HOSTED_CORE.kcpSecret))['tls.crt'] ?? '');
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

test('the first reconcile issues all certificates, and the second writes nothing', async () => {
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

test('a client with an issued kubeconfig verifies the servers under all their names', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const kcp = await texts(objects, HOSTED_CORE.kcpSecret);
  const trust = kcp['server-ca.crt'] ?? '';
  for (const name of ['localhost', 'kubestellar', 'kubestellar.ks.svc', 'ks.example.com']) {
    assert.ok(await isAccepted(kcp, trust, name), name);
  }
  assert.not(await isAccepted(kcp, trust, 'other.example.com'));
  const proxy = await texts(objects, HOSTED_CORE.proxySecret);
  for (const name of ['localhost', 'kubestellar.ks.svc', 'view.example.com']) {
    assert.ok(await isAccepted(proxy, trust, name), name);
  }
  assert.not(await isAccepted(proxy, trust, 'ks.example.com'));
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

test('certificates are renewed at two thirds of their lifetime and not before', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const before = (await serverLeaf(objects)).serialNumber;
  await reconcile(objects, { now: Date.now() + 5800 * HOUR });
  assert.is((await serverLeaf(objects)).serialNumber, before);
  await reconcile(objects, { now: Date.now() + 5900 * HOUR });
  assert.is.not((await serverLeaf(objects)).serialNumber, before);
});

for (const host of ['127.0.0.1', 'localhost', 'kubestellar.ks.svc', '::1', '2001:db8::7']) {
  test(`a core with the external host ${host} gets one certificate`, async () => {
    const objects = new StoredObjects();
    await reconcile(objects, { host });
    assert.equal((await reconcile(objects, { host })).announced, []);
  });
}

test('a requested rotation happens once', async () => {
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

test('a rotation ends when kcp presents the new certificate', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const { fingerprint256 } = await serverLeaf(objects);
  assert.is((await reconcile(objects, { presents: fingerprint256 })).finding.reason, 'Issued');
  const { finding, lookAgainIn } = await reconcile(objects, { presents: 'that of the one before' });
  assert.is(finding.reason, 'Rotating');
  assert.is(finding.status, 'True');
  assert.ok(lookAgainIn <= 10_000);
});

test('a rotation requested for a later time waits until then', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const before = (await serverLeaf(objects)).serialNumber;
  const annotations = { [ROTATE_CERTIFICATES]: new Date(Date.now() + HOUR).toISOString() };
  const { lookAgainIn } = await reconcile(objects, { annotations });
  assert.is((await serverLeaf(objects)).serialNumber, before);
  assert.ok(lookAgainIn <= HOUR + 2_000);
});

test('old and new clients and servers accept each other while CAs are replaced', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const old = await texts(objects, HOSTED_CORE.kcpSecret);
  const oldClient = await adminCertificate(objects);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_CAS]: new Date().toISOString() };
  const rotating = await reconcile(objects, { annotations, trusted: false });
  const kcp = await texts(objects, HOSTED_CORE.kcpSecret);
  const [oldTrust = '', newTrust = ''] = [old['server-ca.crt'], kcp['server-ca.crt']];

  assert.is(certificatesIn(newTrust).length, 2);
  assert.ok(await isAccepted(kcp, oldTrust, 'localhost'), 'an old client, the new server');
  assert.ok(await isAccepted(old, newTrust, 'localhost'), 'a new client, the old server');
  assert.ok(
    await isAccepted(kcp, certificatesIn(newTrust)[0] ?? '', 'localhost'),
    'a client that trusts the new CA only',
  );

  assert.is(rotating.finding.reason, 'Rotating');
  assert.is(
    await adminCertificate(objects),
    oldClient,
    'clients keep their certificates until kcp trusts the new CA',
  );
  assert.is(certificatesIn(kcp['client-ca.crt'] ?? '').length, 2);
  await reconcile(objects, { annotations, trusted: true });
  const ca = new X509Certificate(certificatesIn(kcp['client-ca.crt'] ?? '')[0] ?? '');
  assert.ok(new X509Certificate(await adminCertificate(objects)).verify(ca.publicKey));

  await reconcile(objects, { annotations, now: Date.now() + 721 * HOUR });
  const later = await texts(objects, HOSTED_CORE.kcpSecret);
  assert.is(
    certificatesIn(later['client-ca.crt'] ?? '').length,
    1,
    'after the overlap the former is forgotten',
  );
  assert.is(certificatesIn(later['tls.crt'] ?? '').length, 1);
});

test('a given CA issues the server certificate and never those of clients', async () => {
  const objects = new StoredObjects();
  const given = await CA.create('company');
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
  test(`an issuer that ${what} is reported`, async () => {
    const issuer = contents && { apiVersion: 'v1', kind: 'Secret', ...secretOf('mine', contents) };
    const core = coreOf({ certificates: { issuerSecretName: 'mine' } });
    const now = Date.now();
    try {
      await reconcileCertificates(settingsOf(core, '1.0.0'), endpoints, rotationOf(core, now), {
        objects: new StoredObjects(),
        client: { get: async () => issuer } as unknown as KubeClient,
        now,
        probe: async () => ({ trusts: true, presents: undefined }),
        announce: () => {},
      });
      assert.unreachable('it must fail');
    } catch (error) {
      assert.is((error as { reason?: string }).reason, reason);
    }
  });
}

test.run();
