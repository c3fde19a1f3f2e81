import { setImmediate } from 'node:timers/promises';
import {
  EVENTS,
  HOSTED_CORE,
  KUBESTELLARS,
  type KubeObject,
  type KubeStellar,
  type KubeStellarSpec,
  PERSISTENT_VOLUME_CLAIMS,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
  STORAGE_CLASSES,
} from '@kubestellar/api';
import { createRegistry, type Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { coreOf } from './fixtures.ts';
import { Operator } from './operator.ts';

const test = suite('an operator whose hosting cluster is in memory', { timeout: 60_000 });

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing } as unknown as Logger;
const RELEASE = '1.0.0';
let version = 1;

const running: Operator[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A hosting cluster with a KubeStellar, and an operator that reconciles it. */
async function world(spec: KubeStellarSpec | 'none' = {}, prepare: (server: FakeServer) => void = nothing) {
  const server = new FakeServer();
  server.put('', STORAGE_CLASSES, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  });
  const put = (core: KubeStellar) =>
    server.put('', KUBESTELLARS, {
      ...core,
      metadata: { ...core.metadata, resourceVersion: `${version++}` },
    });
  prepare(server);
  if (spec !== 'none') put(coreOf(spec));
  const { client } = server;
  const registry = createRegistry('test');
  const operator = new Operator({
    client,
    namespace: 'ks',
    release: RELEASE,
    logger,
    registry,
  });
  running.push(operator);
  await operator.start();
  const find = (resource: { plural: string }, name: string) => server.find('', resource, name, 'ks');
  const core = () => find(KUBESTELLARS, 'kubestellar') as KubeStellar;
  const condition = (type: string) => core().status?.conditions?.find((each) => each.type === type);
  const events = () =>
    [...server.objects]
      .filter(([key]) => key.includes(` ${EVENTS.plural} `))
      .map(([, event]) => `${(event as unknown as { reason: string }).reason}`);
  const reconciles = async () =>
    Number(/reconcile_total\{[^}]*success[^}]*\} (\d+)/.exec(await registry.metrics())?.[1] ?? 0);
  return { server, operator, reconciles, put, find, core, condition, events };
}

test('a KubeStellar gets its Secrets, storage, Service and workload, and its status reports the progress', async () => {
  const { operator, find, core, condition, events } = await world();
  await until(() => core().status?.conditions !== undefined);
  for (const [resource, name] of [
    [SECRETS, HOSTED_CORE.kcpSecret],
    [SECRETS, HOSTED_CORE.kubeconfigSecret],
    [PERSISTENT_VOLUME_CLAIMS, HOSTED_CORE.volumeClaim],
    [SERVICES, HOSTED_CORE.name],
    [STATEFUL_SETS, HOSTED_CORE.name],
  ] as const) {
    const made = find(resource, name);
    assert.ok(made, `${resource.kind} ${name}`);
    assert.equal(
      made.metadata.ownerReferences?.map(({ uid }) => uid),
      ['uid-1'],
      name,
    );
  }
  assert.is(operator.owner?.uid, 'uid-1');
  assert.is(core().status?.observedGeneration, 3);
  assert.is(condition('Ready')?.status, 'False', 'no pod runs');
  assert.ok(events().includes('CertificatesIssued'), events().join());
});

test('what somebody deletes is restored', async () => {
  const { server, find, core } = await world();
  await until(() => core().status?.conditions !== undefined);
  server.drop('', SERVICES, find(SERVICES, HOSTED_CORE.name) as KubeObject);
  await until(() => find(SERVICES, HOSTED_CORE.name) !== undefined);
});

test("somebody else's object of a needed name is left alone, and reported", async () => {
  const foreign: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: HOSTED_CORE.name, namespace: 'ks' },
  };
  const { find, core } = await world({}, (server) => void server.put('', SERVICES, foreign));
  await until(() => core().status?.conditions !== undefined);
  const taken = core().status?.conditions?.find(({ reason }) => reason === 'NameTaken');
  assert.match(taken?.message ?? '', `Service "${HOSTED_CORE.name}" exists and does not belong to this`);
  assert.is(find(SERVICES, HOSTED_CORE.name), foreign);
});

test('without a KubeStellar, or for one that is being deleted, nothing is made', async () => {
  const { server, operator, put, core, reconciles } = await world('none', (fake) => {
    const core = coreOf();
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    fake.put('', KUBESTELLARS, {
      ...core,
      metadata: { ...core.metadata, deletionTimestamp, resourceVersion: '0' },
    });
  });
  while ((await reconciles()) === 0) await setImmediate();
  assert.is(operator.owner, undefined);
  assert.equal(server.log, []);
  put(coreOf());
  await until(() => core().status?.conditions !== undefined);
  assert.is(operator.owner?.uid, 'uid-1');
});

test('an own etcd needs no volume', async () => {
  const { find, core } = await world({ etcd: { servers: ['https://etcd:2379'] } });
  await until(() => core().status?.conditions !== undefined);
  assert.ok(find(STATEFUL_SETS, HOSTED_CORE.name));
  assert.is(find(PERSISTENT_VOLUME_CLAIMS, HOSTED_CORE.volumeClaim), undefined);
});

test.run();
