/** How copies are written, against a real kcp and a real apiserver: created by POST, applied from then on. */
import {
  CONFIG_MAPS,
  CREATED_FIELDS,
  DEPLOYMENTS,
  NAMESPACES,
  type Resource,
  SERVICES,
  type Unstructured,
} from '@kubestellar/api';
import { Applier, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { LocalHome } from '../support/local.ts';

const test = suite('chain: how copies are written', { timeout: 300_000 });
const NAMESPACE = 'written';
const USER = { fieldManager: 'user' };

type Content = { [field: string]: unknown };
// biome-ignore lint/suspicious/noExplicitAny: what a server returns is looked at field by field
type Read = Unstructured & { spec: any; data: any };

const home = await LocalHome.create();
let servers: { name: string; client: KubeClient }[];

test.before(async () => {
  await home.start(1);
  const wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  const kcp = await KubeClient.fromKubeconfig({
    kubeconfig: `${home.path}/admin.kubeconfig`,
    context: 'root',
  });
  servers = [
    { name: 'cluster', client: wec },
    { name: 'workspace', client: kcp.workspace('root:wmw1') },
  ];
  for (const { client } of servers) {
    await client.create(
      NAMESPACES,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      USER,
    );
  }
});

test.after(async () => {
  await Promise.all(servers.map(({ client }) => client.connection.close()));
  await home.dispose();
});

const metadata = (name: string, rest: Content = {}) => ({ name, namespace: NAMESPACE, ...rest });

const deployment = (name: string, spec: Content = {}, labels?: Record<string, string>): Unstructured => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata(name, labels ? { labels } : {}),
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'busybox:1', ports: [{ containerPort: 80 }] }] },
    },
    ...spec,
  },
});

/** Creates an object as our programs do. @returns what makes its desired form true, and reads it */
async function create(client: KubeClient, resource: Resource, object: Unstructured) {
  const applier = new Applier('ours');
  await applier.create(client, resource, object);
  const read = async () => (await client.get(resource, object.metadata)) as Read;
  return {
    read,
    /** As a process does that knows nothing but what the server tells. @returns whether it wrote */
    ensure: async (desired: Unstructured) =>
      (await new Applier('ours').ensure(client, resource, desired, await read())).written,
  };
}

/** One test for each of the two servers. */
function onBoth(name: string, check: (client: KubeClient) => Promise<void>): void {
  for (const [index, where] of ['cluster', 'workspace'].entries()) {
    test(`${where}: ${name}`, () => check((servers[index] as (typeof servers)[0]).client));
  }
}

onBoth('what was created is settled, for a new process, too', async (client) => {
  const wanted = deployment('settled');
  const { ensure, read } = await create(client, DEPLOYMENTS, wanted);
  assert.not(await ensure(wanted));
  assert.ok((await read()).metadata.annotations?.[CREATED_FIELDS]);
});

onBoth('a value that changed is applied, and no default of the server is lost', async (client) => {
  const { ensure, read } = await create(client, DEPLOYMENTS, deployment('changed', { minReadySeconds: 1 }));
  const before = await read();
  const wanted = deployment('changed', { minReadySeconds: 2 });
  assert.ok(await ensure(wanted));
  assert.equal((await read()).spec, { ...before.spec, minReadySeconds: 2 });
  assert.not(await ensure(wanted));
});

onBoth('a field that left the desired object goes, the defaults stay', async (client) => {
  const { ensure, read } = await create(
    client,
    DEPLOYMENTS,
    deployment('left', { paused: true }, { a: '1', b: '2' }),
  );
  const before = await read();
  const wanted = deployment('left', {}, { a: '1' });
  assert.ok(await ensure(wanted));
  const { spec, metadata } = await read();
  const { paused: _, ...rest } = before.spec;
  const { paused = false, ...others } = spec;
  assert.equal(others, rest);
  assert.not(paused);
  assert.equal(metadata.labels, { a: '1' });
  assert.not(metadata.annotations?.[CREATED_FIELDS]);
  assert.not(await ensure(wanted));
});

onBoth('entries of keyed lists come and go', async (client) => {
  const ports = (...numbers: number[]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('ports'),
    spec: { ports: numbers.map((port) => ({ name: `p${port}`, port })) },
  });
  const { ensure, read } = await create(client, SERVICES, ports(80, 81));
  for (const numbers of [[81, 82], [82], [82, 80]]) {
    assert.ok(await ensure(ports(...numbers)));
    const found = (await read()).spec.ports.map(({ port }: { port: number }) => port);
    assert.equal(found.sort(), numbers.sort());
    assert.not(await ensure(ports(...numbers)));
  }
});

onBoth('fields of others stay, and what they change of ours is put right', async (client) => {
  const wanted = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('shared'),
    data: { ours: '1', gone: '1' },
  };
  const { ensure, read } = await create(client, CONFIG_MAPS, wanted);
  const patch = { data: { theirs: '1', ours: '2' }, metadata: { labels: { their: 'label' } } };
  await client.mergePatch(CONFIG_MAPS, wanted.metadata, patch, USER);
  assert.ok(await ensure(wanted));
  assert.equal((await read()).data, { ours: '1', gone: '1', theirs: '1' });
  assert.ok(await ensure({ ...wanted, data: { ours: '1' } }));
  const { data, metadata: after } = await read();
  assert.equal(data, { ours: '1', theirs: '1' });
  assert.equal(after.labels, { their: 'label' });
});

// A workspace serves no /scale of bound kinds.
test('cluster: replicas yields to an autoscaler, without a write', async () => {
  const { client } = servers[0] as (typeof servers)[0];
  const wanted = deployment('scaled', { replicas: 1 });
  const { ensure, read } = await create(client, DEPLOYMENTS, wanted);
  const scale = { spec: { replicas: 3 } };
  await client.mergePatch(DEPLOYMENTS, wanted.metadata, scale, { fieldManager: 'hpa', subresource: 'scale' });
  assert.not(await ensure(wanted));
  assert.is((await read()).spec.replicas, 3);
});

onBoth('without its mark an object is taken over by one apply', async (client) => {
  const { ensure, read } = await create(client, DEPLOYMENTS, deployment('unmarked', { paused: true }));
  const patch = { metadata: { annotations: { [CREATED_FIELDS]: null } } };
  await client.mergePatch(DEPLOYMENTS, metadata('unmarked'), patch, USER);
  const wanted = deployment('unmarked');
  assert.ok(await ensure(wanted));
  assert.not((await read()).spec.paused);
  assert.not(await ensure(wanted));
});

onBoth('a field that the server does not know is refused, and an object that exists', async (client) => {
  const applier = new Applier('ours');
  const unknown = deployment('unknown', { noSuchField: 1 });
  await rejects(applier.create(client, DEPLOYMENTS, unknown), /noSuchField/);
  const taken: Unstructured = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('taken'),
    data: { a: '1' },
  };
  await client.create(CONFIG_MAPS, taken, USER);
  const other: Unstructured = { ...taken, data: { a: '2' } };
  await rejects(applier.create(client, CONFIG_MAPS, other), /already exists/);
  assert.equal(((await client.get(CONFIG_MAPS, taken.metadata)) as Read).data, { a: '1' });
});

async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error, 'it was accepted');
  assert.match((error as Error).message, message);
}

test.run();
