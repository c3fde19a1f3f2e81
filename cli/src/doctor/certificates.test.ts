import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { explain } from '@kubestellar/kube';
import { CA } from '@kubestellar/pki';
import { assert, suite } from '@kubestellar/testing';
import { ForeignCertificate, serverCertificate } from './certificates.ts';

const test = suite('certificates that doctor checks');

const ours = await CA.create('ours');
const proxys = await CA.create('of a proxy');

/** The result of a client that trusts our CA, for a server with a certificate of the given CA. */
async function asked(issuer: CA, host: string): Promise<Date | unknown> {
  const { certificate, key } = await issuer.issue({ commonName: 'server', dnsNames: [host] });
  const server = createServer({ cert: certificate, key });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await serverCertificate(`https://127.0.0.1:${port}`, ours.certificate, 'core.example').catch(
      (error) => error,
    );
  } finally {
    server.close();
  }
}

test('the certificate of a trusted server is reported with its end', async () => {
  const end = await asked(ours, 'core.example');
  assert.ok(end instanceof Date && end.getTime() > Date.now(), String(end));
});

test('the certificate of a proxy that terminates TLS is reported with its issuer', async () => {
  const error = await asked(proxys, 'core.example');
  assert.ok(error instanceof ForeignCertificate, explain(error));
  assert.match(
    explain(error),
    /"CN=server" of "CN=of a proxy", which the CA of the kubeconfig has not issued/,
  );
});

test('the certificate of another host is not trusted', async () => {
  const error = await asked(ours, 'other.example');
  assert.not(error instanceof ForeignCertificate);
  assert.match(explain(error), /does not match certificate's altnames/);
});

test.run();
