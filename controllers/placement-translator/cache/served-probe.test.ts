import { CONFIG_MAPS } from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { until } from '@kubestellar/testing/fake-server';
import { ServedProbe } from './served-probe.ts';

const test = suite('finding out when a kind is served');

const type = { resource: CONFIG_MAPS, identity: '' };

/** A server that answers the first requests by an error. */
function serverWith(failures: number, code = 404) {
  const server = { asked: 0, client: {} as KubeClient };
  const listPage = async () => {
    if (++server.asked <= failures) throw new ApiError('GET', code, {});
    return { items: [], metadata: {} };
  };
  server.client = { listPage } as unknown as KubeClient;
  return server;
}

test('a kind that is served is reported once, however many wait for it', async () => {
  const probe = new ServedProbe();
  const server = serverWith(2);
  let served = 0;
  for (let n = 0; n < 3; n++) probe.begin('m/configmaps', server.client, type, () => served++);
  await until(() => served > 0);
  assert.equal([served, server.asked], [1, 3]);
  probe.begin('m/configmaps', server.client, type, () => served++);
  await until(() => served > 1);
  probe.stop();
});

test('any answer but "not found" counts: the writes that follow meet other problems', async () => {
  const probe = new ServedProbe();
  const server = serverWith(9, 403);
  let served = 0;
  probe.begin('m/configmaps', server.client, type, () => served++);
  await until(() => served > 0);
  assert.is(server.asked, 1);
  probe.stop();
});

test('after the end nothing is asked any more', async () => {
  const probe = new ServedProbe();
  const server = serverWith(9);
  probe.begin('m/configmaps', server.client, type, () => undefined);
  await until(() => server.asked > 0);
  probe.stop();
  const { asked } = server;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.is(server.asked, asked);
});

test.run();
