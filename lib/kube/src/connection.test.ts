import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { CA } from '@kubestellar/pki';
import { assert, suite } from '@kubestellar/testing';
import { connect } from './connection.ts';
import { KubeconfigError } from './kubeconfig.ts';

const test = suite('connection');
const folder = await mkdtemp(join(tmpdir(), 'kubestellar-connection-'));

test.after(() => rm(folder, { recursive: true }));

async function kubeconfig(cluster: object, user: object = { token: 'secret' }): Promise<string> {
  const path = join(folder, 'config');
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'one', cluster: { server: 'https://127.0.0.1:1/clusters/root', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'one', user: 'u' } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

test('a connection takes server, path and token from a kubeconfig', async () => {
  const connection = await connect({ kubeconfig: await kubeconfig({}) });
  assert.is(connection.server, 'https://127.0.0.1:1');
  assert.is(connection.basePath, '/clusters/root');
  assert.match((await connection.headers()).Authorization ?? '', /^Bearer secret$/);
  await connection.close();
});

test('a kubeconfig with a proxy is refused with its file and cluster', async () => {
  const options = { kubeconfig: await kubeconfig({ 'proxy-url': 'http://proxy:3128' }) };
  const error = await connect(options).catch((error: unknown) => error);
  assert.instance(error, KubeconfigError);
  assert.match((error as Error).message, /proxy-url of cluster "one"/);
});

test('the message about a kubeconfig that is no YAML names the line, and shows nothing of the file', async () => {
  const secret = 'ZmlyZWJpcmQK0815';
  const text = `apiVersion: v1\nusers:\n- name: a\n  user:\n    token: ${secret}\n`;
  const refusals = new Set<string>();
  for (const odd of ['"', '[', '*', '!x ', '  ', '\t', '|', '@']) {
    for (let at = 0; at <= text.length; at++) {
      const path = join(folder, 'broken');
      await writeFile(path, text.slice(0, at) + odd + text.slice(at));
      const { message } = (await connect({ kubeconfig: path }).catch(
        (error: Error) => error as Error,
      )) as Error;
      for (let part = 0; part + 6 <= secret.length; part++)
        assert.not.match(message, secret.slice(part, part + 6), message);
      refusals.add(message);
    }
  }
  assert.ok(
    refusals.has(`cannot read the kubeconfig ${join(folder, 'broken')}: it is no YAML, see its line 5`),
  );
});

test('a changed kubeconfig replaces the certificates, without ending requests in progress', async () => {
  const ca = await CA.create('ca');
  const server = await ca.issue({ commonName: 's', ipAddresses: ['127.0.0.1'] });
  const peers: string[] = [];
  const responses: (() => void)[] = [];
  const https = createServer(
    { cert: server.certificate, key: server.key, ca: ca.certificate, requestCert: true },
    (request, response) => {
      peers.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
      if (request.url === '/slow') responses.push(() => response.end('{}'));
      else response.end('{}');
    },
  );
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  const { port } = https.address() as AddressInfo;
  const as = async (commonName: string) => {
    const { certificate, key } = await ca.issue({ commonName });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    const cluster = {
      server: `https://127.0.0.1:${port}`,
      'certificate-authority-data': base64(ca.certificate),
    };
    return kubeconfig(cluster, user);
  };
  const connection = await connect({ kubeconfig: await as('first') });
  const get = async (path: string) => {
    const headers = await connection.headers();
    const { body } = await connection.dispatcher.request({
      origin: connection.server,
      path,
      method: 'GET',
      headers,
    });
    return body.text();
  };
  try {
    const slow = get('/slow');
    await get('/');
    await as('second');
    assert.ok(await connection.reload(await connection.headers()));
    await get('/');
    for (const respond of responses) respond();
    assert.is(await slow, '{}');
    assert.equal(peers, ['first', 'first', 'second']);
  } finally {
    await connection.close();
    https.close();
  }
});

test.run();
