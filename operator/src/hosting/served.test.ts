import { CONFIG_MAPS, INGRESSES, ROUTES } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { Served } from './served.ts';

const test = suite('what a hosting cluster serves');

function world() {
  const server = new FakeServer();
  server.served.push(CONFIG_MAPS, INGRESSES);
  return { server, served: new Served(server.client) };
}

test('a kind is served in its version, and a group in any; what is missing is not served', async () => {
  const { served } = world();
  assert.equal([await served.has(INGRESSES), await served.has(ROUTES)], [true, false]);
  assert.not(await served.has({ ...INGRESSES, version: 'v1beta1' }));
  assert.equal([await served.hasGroup(INGRESSES.group), await served.hasGroup(ROUTES.group)], [true, false]);
});

test('each answer is asked for once', async () => {
  const { served, server } = world();
  assert.ok(await served.has(INGRESSES));
  server.fails = { line: /^GET/, error: new ApiError('GET', 500, {}) };
  assert.ok(await served.has(INGRESSES));
});

test('a cluster that does not answer is no cluster that does not serve', async () => {
  const { served, server } = world();
  server.fails = { line: /^GET/, error: new ApiError('GET', 500, {}) };
  assert.match(String(await served.has(INGRESSES).catch((error: unknown) => error)), '500');
});

test.run();
