/** The client layer against a real kcp: what a cache holds after cut connections, and how many watches there are. */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIG_MAPS, EDGE_PLACEMENTS, type KubeObject, NAMESPACES } from '@kubestellar/api';
import { Informer, KubeClient } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { eventually } from '../support/eventually.ts';
import { Forwarder } from '../support/forwarder.ts';
import { LocalHome } from '../support/local.ts';

const test = suite('the chain: the client layer', { timeout: 300_000 });

const USER = { fieldManager: 'user' };
const WORKSPACES = ['root:one', 'root:two', 'root:three'];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const home = await LocalHome.create();
const logger = createLogger('test', 0);
let root: KubeClient;
/** The same through a forwarder that can cut its connections. */
let shaky: KubeClient;
let forwarder: Forwarder;

test.before(async () => {
  await home.start(1);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  await home.enterRoot();
  for (const path of WORKSPACES)
    await home.must(`kubectl ws root && kubectl kubestellar ensure wmw ${path.slice('root:'.length)}`);
  const text = await readFile(kubeconfig, 'utf8');
  const server = /server:\s*"?(https:\/\/[^/"\s]+)/.exec(text)?.[1] ?? '';
  forwarder = await Forwarder.start('127.0.0.1', Number(new URL(server).port));
  const path = `${home.path}/shaky.kubeconfig`;
  await writeFile(path, text.replaceAll(server, `https://${forwarder.address}`), { mode: 0o600 });
  const everywhere = await KubeClient.fromKubeconfig({ kubeconfig: path, context: 'system:admin' });
  shaky = everywhere.workspace('*');
});

test.after(async () => {
  await Promise.all([root, shaky].map(({ connection }) => connection.close()));
  forwarder.stop();
  await home.dispose();
});

type Step =
  | { do: 'write' | 'delete'; workspace: string; name: string }
  | { do: 'cut' | 'pause'; milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('write', 'write', 'delete'),
      workspace: fc.constantFrom(...WORKSPACES),
      name: fc.constantFrom(...NAMES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut', 'pause'), milliseconds: fc.nat(30) }) },
);

test('a cache of all workspaces agrees with the server after any changes and cut connections, and tells each once', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const namespace = `run-${++run}`;
      for (const path of WORKSPACES)
        await root
          .workspace(path)
          .create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, USER);
      const labelSelector = `run=${namespace}`;
      const told = new Map<string, string>();
      const idOf = ({ metadata }: KubeObject) =>
        `${metadata.annotations?.['kcp.io/cluster']}/${metadata.name}`;
      const informer = new Informer({
        client: shaky,
        resource: CONFIG_MAPS,
        labelSelector,
        pageSize: 2,
        logger,
      });
      informer.addHandler({
        onAdd: (object) => {
          assert.not.ok(told.has(idOf(object)), 'told of twice');
          told.set(idOf(object), object.metadata.resourceVersion ?? '');
        },
        onUpdate: (object) => {
          assert.ok(told.has(idOf(object)), 'a change of what was never told of');
          told.set(idOf(object), object.metadata.resourceVersion ?? '');
        },
        onDelete: (object) => assert.ok(told.delete(idOf(object)), 'the end of what was never told of'),
      });
      informer.start();
      try {
        for (const each of steps) await take(each, namespace);
        const here = async () => [...told].map(([id, version]) => `${id}@${version}`).sort();
        const expected = await onServer(labelSelector, idOf);
        await eventually('the cache to agree', here, (found) => `${found}` === `${expected}`, 30);
        assert.is(informer.size, expected.length);
      } finally {
        await informer.stop();
      }
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

async function take(each: Step, namespace: string): Promise<void> {
  if (each.do === 'pause') return sleep(each.milliseconds);
  if (each.do === 'cut') return forwarder.cut();
  const client = root.workspace('workspace' in each ? each.workspace : '');
  const { name } = each as { name: string };
  if (each.do === 'delete') await client.delete(CONFIG_MAPS, { name, namespace });
  else {
    const data = { at: String(performance.now()) };
    const metadata = { name, namespace, labels: { run: namespace } };
    await client.apply(
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject,
      USER,
    );
  }
}

async function onServer(labelSelector: string, idOf: (object: KubeObject) => string): Promise<string[]> {
  const lists = await Promise.all(
    WORKSPACES.map((path) => root.workspace(path).list(CONFIG_MAPS, { labelSelector })),
  );
  return lists
    .flat()
    .map((object) => `${idOf(object)}@${object.metadata.resourceVersion}`)
    .sort();
}

for (const sign of ['nothing for a while', 'no answer to a short request'] as const) {
  test(`a change arrives although the connections are half open: the watch brings ${sign}`, async () => {
    const path = `${home.path}/shaky.kubeconfig`;
    const client = await KubeClient.fromKubeconfig({
      kubeconfig: path,
      context: 'base',
      requestTimeout: 1_000,
    });
    const watching = client.workspace(WORKSPACES[0] ?? '');
    const namespace = 'default';
    const name = sign.replaceAll(' ', '-');
    const quiet = sign === 'nothing for a while' ? { quiet: 2_000 } : {};
    const informer = new Informer({ client: watching, resource: CONFIG_MAPS, namespace, logger, ...quiet });
    try {
      await informer.start().whenSynced();
      await watching.get(NAMESPACES, { name: namespace });
      forwarder.freeze();
      const metadata = { name, namespace };
      await root
        .workspace(WORKSPACES[0] ?? '')
        .create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata } as KubeObject, USER);
      if (sign === 'no answer to a short request')
        await assertRejects(watching.get(NAMESPACES, { name: namespace }));
      const seen = async () => [...informer.list()].map((object) => object.metadata.name);
      await eventually('the change', seen, (names) => names.includes(name), 20);
    } finally {
      await informer.stop();
      await client.connection.close();
    }
  });
}

async function assertRejects(request: Promise<unknown>): Promise<void> {
  const outcome = await request.then(
    () => 'answered',
    () => 'unanswered',
  );
  assert.is(outcome, 'unanswered');
}

test('the controllers open no further watch for further workspaces with the same kinds', async () => {
  const placeIn = async (path: string) => {
    const placement = {
      apiVersion: 'edge.kubestellar.io/v2alpha1',
      kind: 'EdgePlacement',
      metadata: { name: 'all' },
      spec: {
        locationSelectors: [{ matchLabels: { env: 'demo' } }],
        downsync: [
          { apiGroup: '', resources: ['configmaps'], labelSelectors: [{ matchLabels: { go: 'yes' } }] },
        ],
      },
    };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: configMapIn(path) } as KubeObject;
    await root.workspace(path).apply(CONFIG_MAPS, object, USER);
    await root.workspace(path).create<KubeObject>(EDGE_PLACEMENTS, placement, USER);
    const wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
    const read = () => wec.get(CONFIG_MAPS, configMapIn(path));
    await eventually(`the object of ${path} in the cluster`, read, (found) => found !== undefined);
    await wec.connection.close();
  };
  const [first = '', ...others] = WORKSPACES;
  await placeIn(first);
  const before = await openWatches();
  for (const path of others) await placeIn(path);
  assert.equal(await openWatches(), before);
  assert.ok(
    before.every(({ count }) => count > 0),
    JSON.stringify(before),
  );
});

const configMapIn = (path: string) => ({
  name: path.replace(':', '-'),
  namespace: 'default',
  labels: { go: 'yes' },
});

/** How many watches each of our programs has open. */
async function openWatches(): Promise<{ program: string; count: number }[]> {
  const programs = [
    'kubestellar-where-resolver',
    'placement-translator',
    'mailbox-controller',
    'edge1-syncer',
  ];
  return Promise.all(
    programs.map(async (program) => {
      const commandLine = await readFile(`/proc/${await home.pidOf(program)}/cmdline`, 'utf8');
      const address = /--server-bind-address=(\S+?)\0/.exec(commandLine)?.[1];
      const metrics = await (await fetch(`http://${address}/metrics`)).text();
      return {
        program,
        count: Number(/^kubestellar_client_open_watches(?:\{.*\})? (\d+)/m.exec(metrics)?.[1]),
      };
    }),
  );
}

test.run();
