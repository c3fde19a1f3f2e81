import { createPrivateKey, X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { assert, suite } from '@kubestellar/testing';
import { CA } from './ca.ts';

const test = suite('certificate authority');
let testCA: CA;

test.before(async () => {
  testCA = await CA.create('test-ca');
});

test('a new CA is self-signed', () => {
  const ca = new X509Certificate(testCA.certificate);
  assert.ok(ca.ca);
  assert.ok(ca.verify(ca.publicKey));
  assert.is(ca.subject, 'CN=test-ca');
});

test('a certificate chains to its CA and belongs to its key', async () => {
  const ca = new X509Certificate(testCA.certificate);
  const { certificate, key } = await testCA.issue({
    commonName: 'system:kube-scheduler',
    organizations: ['g1', 'g2'],
  });
  const leaf = new X509Certificate(certificate);
  assert.ok(leaf.verify(ca.publicKey));
  assert.ok(leaf.checkIssued(ca));
  assert.ok(leaf.checkPrivateKey(createPrivateKey(key)));
  assert.not(leaf.ca);
  assert.is(leaf.subject, 'O=g1\nO=g2\nCN=system:kube-scheduler');
  assert.equal(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.ok(leaf.validToDate.getTime() - Date.now() > 9 * 365 * 24 * 3600 * 1000);
  const other = await CA.create('other-ca');
  assert.not(leaf.verify(new X509Certificate(other.certificate).publicKey));
});

test('a server with an issued certificate is trusted under its names only, and requests a client of the same CA', async () => {
  const server = await testCA.issue({
    commonName: 'server',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const client = await testCA.issue({ commonName: 'me' });
  const ca = testCA.certificate;
  const listener = createServer(
    { cert: server.certificate, key: server.key, ca, requestCert: true },
    (socket) => {
      socket.end(String(socket.getPeerCertificate().subject.CN));
    },
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connectAs = (options: object) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca, ...options });
      let received = '';
      socket.on('data', (data) => {
        received += data;
      });
      socket.on('error', reject).on('close', () => resolve(received));
    });
  try {
    assert.is(await connectAs({ cert: client.certificate, key: client.key }), 'me');
    assert.match(
      String(
        await connectAs({ servername: 'elsewhere', cert: client.certificate, key: client.key }).catch(String),
      ),
      "does not match certificate's altnames",
    );
    assert.not.equal(await connectAs({}).catch(() => 'refused'), 'me');
  } finally {
    listener.close();
  }
});

test('a certificate of a cross-signed successor chains to its predecessor', async () => {
  const successor = await CA.create('successor');
  const cross = new X509Certificate(await testCA.certify(successor));
  assert.ok(testCA.hasIssued(cross));
  const leaf = new X509Certificate((await successor.issue({ commonName: 'someone' })).certificate);
  assert.ok(leaf.checkIssued(cross));
  assert.ok(leaf.verify(cross.publicKey));
});

test('a CA can be written and read, and a certificate ends with its CA', async () => {
  const short = await CA.create('short', 60_000);
  const read = CA.parse({ certificate: short.certificate, key: short.key });
  const leaf = new X509Certificate((await read.issue({ commonName: 'someone' })).certificate);
  assert.ok(short.hasIssued(leaf));
  assert.equal(leaf.validToDate, new X509Certificate(short.certificate).validToDate);
});

test('a certificate that is no CA is refused', async () => {
  const leaf = await testCA.issue({ commonName: 'someone' });
  const other = await CA.create('other');
  const cases = [
    [leaf, /not that of a CA/],
    [{ certificate: testCA.certificate, key: other.key }, /does not belong/],
    [{ certificate: '', key: '' }, /cannot be read/],
  ] as const;
  for (const [pair, message] of cases) assert.throws(() => CA.parse(pair), message);
});

test.run();
