import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONFIG_MAPS } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { KubeClient } from './client.ts';
import { connect } from './connection.ts';

const test = suite('client');

test('a client reuses its connection after each kind of request, even deletions with preconditions, and sends the given headers', async () => {
  let connections = 0;
  const groups = new Set<string>();
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    groups.add(String(request.headersDistinct['impersonate-group']));
    bodies.push(`${request.method} ${body}`);
    response.setHeader('content-type', 'application/json').end('{"metadata":{"name":"c"}}');
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const contents = JSON.stringify({
    'current-context': 'c',
    clusters: [
      { name: 'one', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'one', user: 'u' } }],
  });
  const headers = { 'Impersonate-Group': ['a', 'b'] };
  const client = new KubeClient(await connect({ contents, connections: 1, headers }), '');
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'n' } };
  for (let i = 0; i < 2; i++) {
    await client.createForMetadata(CONFIG_MAPS, object, { fieldManager: 'm' });
    await client.apply(CONFIG_MAPS, object, { fieldManager: 'm' });
    await client.get(CONFIG_MAPS, { name: 'c', namespace: 'n' });
    await client.delete(CONFIG_MAPS, { name: 'c', namespace: 'n' }, { uid: 'u1' });
  }
  await client.connection.close();
  server.close();
  assert.is(connections, 1);
  assert.equal([...groups], ['a,b']);
  assert.match(bodies.at(-1) ?? '', /^DELETE .*"uid":"u1"/);
});

test.run();
