import { assert, suite } from '@kubestellar/testing';
import { byteCounts, countReceived, countRequest, countSent, requestCounts } from './traffic.ts';

const test = suite('traffic');

const counted = (method: string, path: string, watching = false) => {
  const answered = () =>
    [...requestCounts()]
      .filter(({ code }) => code === '200')
      .map(({ verb, resource, count }) => [`${verb} ${resource}`, count] as const);
  const before = new Map(answered());
  countRequest(method, path, watching, 200);
  const after = answered();
  return after.find(([key, count]) => count !== (before.get(key) ?? 0))?.[0];
};

test('verb and resource are parsed from every form of path', () => {
  assert.is(counted('GET', '/api/v1/namespaces'), 'list namespaces');
  assert.is(counted('GET', '/api/v1/namespaces/a'), 'get namespaces');
  assert.is(counted('GET', '/clusters/root:x/api/v1/namespaces/a/configmaps'), 'list configmaps');
  assert.is(counted('GET', '/clusters/*/apis/apps/v1/deployments:abc', true), 'watch deployments');
  assert.is(counted('PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/x'), 'update leases');
  assert.is(
    counted('PATCH', '/services/apiexport/1/e/clusters/a/apis/e/v1/namespaces/n/things/x/status'),
    'patch things',
  );
  assert.is(counted('GET', '/apis/apps/v1'), 'get ');
  assert.is(counted('GET', '/api/v1'), 'get ');
});

test('a request without a response is counted separately', () => {
  countRequest('DELETE', '/api/v1/nodes/x', false, 0);
  const line = [...requestCounts()].find(({ verb, resource }) => verb === 'delete' && resource === 'nodes');
  assert.is(line?.code, '0');
});

test('bytes add up by direction', () => {
  const { sent, received } = { ...byteCounts() };
  countSent(3);
  countSent(4);
  countReceived(5);
  assert.equal({ ...byteCounts() }, { sent: sent + 7, received: received + 5 });
});

test.run();
