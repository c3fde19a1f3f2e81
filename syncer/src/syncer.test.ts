import {
  API_BINDINGS,
  CLUSTER_LEASE,
  CONFIG_MAPS,
  DOWNSYNCED,
  type KubeObject,
  LEASES,
  LOGICAL_CLUSTERS,
  MAILBOX_BINDING,
  MAILBOX_ORIGIN,
  NAMESPACES,
  type ObjectMeta,
  ORIGIN,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  SYNCER_CONFIGS,
  SYNCER_LEASE,
  type SyncerConfig,
  type Unstructured,
} from '@kubestellar/api';
import { createRegistry, type Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { Syncer } from './syncer.ts';

const test = suite('a syncer whose servers are in memory');

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing } as unknown as Logger;
let version = 1;
const running: Syncer[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

function objectOf(
  { version: apiVersion, kind }: Resource,
  name: string,
  metadata: Partial<ObjectMeta>,
  content: object,
): Unstructured {
  const common = { name, uid: `uid-${name}`, resourceVersion: `${version++}` };
  return { apiVersion, kind, metadata: { ...common, ...metadata }, ...content } as Unstructured;
}

const configMap = (name: string, value: string, metadata: Partial<ObjectMeta> = {}): Unstructured =>
  objectOf(CONFIG_MAPS, name, { namespace: 'ns', ...metadata }, { data: { value } });

/** A Lease that `holderIdentity` renews now. */
const leaseOf = (
  { namespace, name }: { namespace: string; name: string },
  holderIdentity: string,
): Unstructured =>
  objectOf(
    LEASES,
    name,
    { namespace },
    {
      spec: {
        holderIdentity,
        leaseDurationSeconds: 45,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    },
  );

/** A copy of the ConfigMap `a` that a syncer has made for another object of this name. */
const copyFor = (origin: string): Unstructured =>
  configMap('a', 'theirs', {
    labels: { [PROJECTED]: PROJECTED_VALUE },
    annotations: { [DOWNSYNCED]: 'ConfigMap/ns/a', [ORIGIN]: `${origin}/configmaps/ns/a/:uid-a` },
  });

/** A mailbox workspace whose SyncerConfig names these ConfigMaps of `ns`, and a cluster. */
function world(...names: string[]) {
  const [mailbox, wec] = [new FakeServer(), new FakeServer()];
  for (const server of [mailbox, wec]) server.served.push(NAMESPACES, CONFIG_MAPS);
  mailbox.served.push(SYNCER_CONFIGS);
  mailbox.put(
    '',
    LOGICAL_CLUSTERS,
    objectOf(LOGICAL_CLUSTERS, 'cluster', { creationTimestamp: '2026-01-01T00:00:00Z' }, {}),
  );
  const annotations = { [MAILBOX_ORIGIN]: 'core/one' };
  mailbox.put('', API_BINDINGS, objectOf(API_BINDINGS, MAILBOX_BINDING, { annotations }, {}));
  mailbox.put('', NAMESPACES, objectOf(NAMESPACES, 'ns', {}, {}));
  const name = (...named: string[]) => {
    const objectsByNamespace = [{ namespace: 'ns', names: named }];
    const namespacedObjects = [{ group: '', resource: 'configmaps', apiVersion: 'v1', objectsByNamespace }];
    const generation = version;
    const spec = {
      namespaceScope: {},
      namespacedObjects: named.length > 0 ? namespacedObjects : [],
      clusterScope: [],
    };
    mailbox.put('', SYNCER_CONFIGS, objectOf(SYNCER_CONFIGS, 'the-one', { generation }, { spec }));
  };
  name(...names);
  for (const each of names) mailbox.put('', CONFIG_MAPS, configMap(each, 'x'));
  let registry = createRegistry('test');
  const start = ({ holder = 'uid/host/1', takesOver = false } = {}) => {
    registry = createRegistry('test');
    const clients = { mailbox: mailbox.client, wec: wec.client };
    const syncer = new Syncer({ ...clients, holder, takesOver, logger, registry });
    running.push(syncer);
    syncer.start();
    return syncer;
  };
  const copy = (each: string) =>
    wec.find('', CONFIG_MAPS, each, 'ns') as (Unstructured & { data?: { value: string } }) | undefined;
  const config = () => mailbox.find('', SYNCER_CONFIGS, 'the-one') as SyncerConfig;
  return { mailbox, wec, name, start, copy, config, metrics: () => registry.metrics() };
}

test('what the SyncerConfig names is brought into the cluster, with its Namespace, and marked', async () => {
  const { start, copy, wec } = world('a', 'b');
  start();
  await until(() => copy('a') !== undefined && copy('b') !== undefined);
  assert.is(copy('a')?.data?.value, 'x');
  assert.is(copy('a')?.metadata.annotations?.[DOWNSYNCED], 'ConfigMap/ns/a');
  assert.is(copy('a')?.metadata.annotations?.[ORIGIN], 'core/one/configmaps/ns/a/:uid-a');
  assert.is(copy('a')?.metadata.labels?.[PROJECTED] ?? PROJECTED_VALUE, PROJECTED_VALUE);
  assert.ok(wec.find('', NAMESPACES, 'ns'));
});

test('what the SyncerConfig does not name stays in the mailbox workspace', async () => {
  const { start, copy, mailbox } = world('a');
  mailbox.put('', CONFIG_MAPS, configMap('other', 'x'));
  start();
  await until(() => copy('a') !== undefined);
  assert.is(copy('other'), undefined);
});

test('a change in the mailbox workspace, and one by somebody in the cluster, leads to what is wanted', async () => {
  const { start, copy, mailbox, wec } = world('a');
  start();
  await until(() => copy('a') !== undefined);
  mailbox.put('', CONFIG_MAPS, configMap('a', 'y'));
  await until(() => copy('a')?.data?.value === 'y');
  const theirs = copy('a') as Unstructured;
  wec.put('', CONFIG_MAPS, {
    ...theirs,
    data: { value: 'theirs' },
    metadata: { ...theirs.metadata, resourceVersion: 'theirs' },
  } as KubeObject);
  await until(() => copy('a')?.data?.value === 'y');
});

test('a copy goes when the SyncerConfig names it no more, and nothing else does', async () => {
  const { start, copy, name, wec } = world('a', 'b');
  wec.put('', CONFIG_MAPS, configMap('own', 'x'));
  start();
  await until(() => copy('a') !== undefined && copy('b') !== undefined);
  name('b');
  await until(() => copy('a') === undefined);
  assert.ok(copy('b') && copy('own'));
});

test('an object of the mailbox workspace that is missing takes no copy away', async () => {
  const { start, copy, mailbox } = world('a', 'b');
  start();
  await until(() => copy('a') !== undefined && copy('b') !== undefined);
  mailbox.drop('', CONFIG_MAPS, configMap('a', 'x'));
  mailbox.put('', CONFIG_MAPS, configMap('b', 'y'));
  await until(() => copy('b')?.data?.value === 'y');
  assert.ok(copy('a'));
});

test("somebody else's object is left alone, and reported", async () => {
  const { start, copy, wec, config } = world('a');
  wec.put('', CONFIG_MAPS, configMap('a', 'theirs'));
  start();
  await until(() => JSON.stringify(config().status ?? {}).includes('NotOurs'));
  assert.is(copy('a')?.data?.value, 'theirs');
});

test('a copy of another SyncTarget or core is left alone and reported, and is taken over on request', async () => {
  for (const origin of ['core/other', 'rebuilt/one']) {
    const { start, copy, wec, config } = world('a');
    wec.put('', CONFIG_MAPS, copyFor(origin));
    const syncer = start();
    await until(() => JSON.stringify(config().status ?? {}).includes('"a"'));
    assert.is(copy('a')?.data?.value, 'theirs');
    await syncer.stop();
    start({ takesOver: true });
    await until(() => copy('a')?.data?.value === 'x');
    assert.is(copy('a')?.metadata.annotations?.[ORIGIN], 'core/one/configmaps/ns/a/:uid-a');
  }
});

test('after a restart, a copy of its own that nobody asks for any more is deleted, and those of others are not', async () => {
  for (const [origin, isOurs] of [
    ['core/one', true],
    ['core/other', false],
    ['rebuilt/one', false],
  ] as const) {
    const { start, copy, wec } = world();
    wec.put('', CONFIG_MAPS, copyFor(origin));
    const syncer = start({ takesOver: true });
    await until(() => syncer.notReady().length === 0 && (!isOurs || copy('a') === undefined));
    await syncer.stop();
    assert.is(copy('a') === undefined, isOurs, origin);
  }
});

test('in a cluster that another SyncTarget has, nothing is written, and the reason is reported', async () => {
  const { start, wec, config } = world('a');
  wec.put('', LEASES, leaseOf(CLUSTER_LEASE, 'core/other'));
  const syncer = start();
  await until(() => JSON.stringify(config().status ?? {}).includes('ClusterClash'));
  assert.ok(syncer.notReady().some((reason) => reason.includes('SyncTarget other')));
  assert.not(wec.log.some((line) => line.includes(' configmaps ') || line.includes(' namespaces ')));
});

test('what the mailbox workspace is for must be known before anything is written', async () => {
  const { start, copy, mailbox, wec } = world('a');
  const binding = mailbox.find('', API_BINDINGS, MAILBOX_BINDING) as KubeObject;
  mailbox.drop('', API_BINDINGS, binding);
  const syncer = start();
  await until(() => syncer.notReady().join().includes('does not say so'));
  assert.equal(wec.log, []);
  mailbox.put('', API_BINDINGS, binding);
  await until(() => copy('a') !== undefined);
});

test('the status of a copy comes back', async () => {
  const { start, copy, wec, mailbox } = world('a');
  start();
  await until(() => copy('a') !== undefined);
  const live = copy('a') as Unstructured;
  wec.put('', CONFIG_MAPS, {
    ...live,
    status: { ready: 1 },
    metadata: { ...live.metadata, resourceVersion: 's' },
  });
  await until(() => JSON.stringify(mailbox.find('', CONFIG_MAPS, 'a', 'ns')?.status) === '{"ready":1}');
});

test('a syncer that does not hold the Lease writes nothing, says for whom it stands by, and takes over', async () => {
  const { start, copy, mailbox, wec, metrics } = world('a');
  mailbox.put('', LEASES, leaseOf(SYNCER_LEASE, 'uid/elsewhere/7'));
  const syncer = start();
  await until(() => syncer.notReady().length === 0);
  assert.match(syncer.notes()[0] ?? '', 'standing by: "uid/elsewhere/7" holds the Lease');
  assert.equal(wec.log, []);
  assert.match(await metrics(), /kubestellar_syncer_active\{[^}]*\} 0/);
  await syncer.stop();
  mailbox.put('', LEASES, leaseOf(SYNCER_LEASE, ''));
  start();
  await until(() => copy('a') !== undefined);
  assert.match(await metrics(), /kubestellar_syncer_writes_total\{[^}]*\} \d/);
});

test('it is not ready before it has read what it is to do', async () => {
  const { start } = world('a');
  const syncer = start();
  assert.ok(syncer.notReady().some((reason) => reason.includes('were not read yet')));
  await until(() => syncer.notReady().length === 0);
  assert.equal(syncer.notes(), []);
});

test.run();
