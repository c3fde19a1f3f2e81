import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { explain } from '@kubestellar/kube';
import { Authority } from '@kubestellar/pki';
import { assert, suite } from '@kubestellar/testing';
import { ForeignCertificate, serverCertificate } from './certificates.ts';

const test = suite('certificates that doctor looks at');

const ours = await Authority.create('ours');
const proxys = await Authority.create('of a proxy');

/** What a client that trusts ours gets to know of a server with a certificate of that authority. */
async function asked(issuer: Authority, host: string): Promise<Date | unknown> {
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

test('that of a trusted server: its end', async () => {
  const end = await asked(ours, 'core.example');
  assert.ok(end instanceof Date && end.getTime() > Date.now(), String(end));
});

test('that of someone who ends TLS on the way is named', async () => {
  const error = await asked(proxys, 'core.example');
  assert.ok(error instanceof ForeignCertificate, explain(error));
  assert.match(
    explain(error),
    /"CN=server" of "CN=of a proxy", which the kubeconfig's authority has not issued/,
  );
});

test('that of another host is not trusted', async () => {
  const error = await asked(ours, 'other.example');
  assert.not(error instanceof ForeignCertificate);
  assert.match(explain(error), /does not match certificate's altnames/);
});

test.run();
