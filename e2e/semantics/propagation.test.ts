import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  type DownsyncObjectTest,
  EDGE_PLACEMENTS,
  type EdgePlacementSpec,
  type KubeObject,
  LOCATIONS,
  NAMESPACES,
  type Resource,
  SERVICE_ACCOUNTS,
} from '@kubestellar/api';
import { isNotFound, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { crdOf, objectOf, WIDGETS } from '../chain/kinds.ts';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';

/** What goes where, and what becomes of it there (semantics 2, 4 to 6 and 9, syncer 4), on real kcp and two clusters. */
const test = suite('selection and propagation', { timeout: 300_000 });

type Content = { [field: string]: unknown };
type Read = KubeObject & { data?: { [key: string]: string } };

const USER = { fieldManager: 'user' };
const OVERWRITE = 'edge.kubestellar.io/downsync-overwrite';
const ADOPT = 'edge.kubestellar.io/adopt';
const COUNT = 'kubestellar.io/executing-count';
const ONE = [{ matchLabels: { name: 'edge1' } }];
const BOTH = [{ matchLabels: { env: 'demo' } }];
const home = await LocalHome.create();
/** Two WMWs. */
let wmw: KubeClient;
let other: KubeClient;
let imw: KubeClient;
let edge1: KubeClient;
let edge2: KubeClient;

test.before(async () => {
  const started = await home.npm('start').done;
  assert.is(started.code, 0, `${started.stdout}${started.stderr}`);
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  await home.must(`
    cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root
    kubectl kubestellar ensure wmw plain --with-kube false
    kubectl kubestellar ensure wmw other --with-kube false`);
  const root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  wmw = root.workspace('root:plain');
  other = root.workspace('root:other');
  imw = root.workspace('root:imw1');
  edge1 = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  edge2 = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge2') });
});

test.after(() => home.dispose());

test('semantics 4.3: an object is selected if all criteria of some test hold', async () => {
  const [a, b] = [await namespace(wmw), await namespace(wmw)];
  for (const [name, in_, labels] of [
    ['by-name', a, {}],
    ['by-label', a, { pick: 'me' }],
    ['by-label', b, { pick: 'me' }],
    ['neither', a, {}],
    ['by-name', b, {}],
  ] as const)
    await create(wmw, CONFIG_MAPS, name, in_, {}, { labels });
  await place(wmw, 'criteria', [
    { resources: ['configmaps'], namespaces: [a], objectNames: ['by-name'] },
    { resources: ['configmaps'], namespaces: [b], labelSelectors: [{ matchLabels: { pick: 'me' } }] },
    { resources: ['secrets'], namespaces: [a] },
  ]);
  await arrives(edge1, CONFIG_MAPS, 'by-name', a);
  await arrives(edge1, CONFIG_MAPS, 'by-label', b);
  for (const [name, in_] of [
    ['by-label', a],
    ['neither', a],
    ['by-name', b],
  ] as const)
    assert.is(await read(edge1, CONFIG_MAPS, name, in_), undefined, `${name} in ${in_}`);
});

test('api 3.1: cluster-scoped objects pass namespaces only by *, and namespaceSelectors only by the empty one', async () => {
  for (const name of ['none', 'star', 'empty', 'labelled'])
    await create(wmw, CLUSTER_ROLES, `scoped-${name}`, undefined, { rules: [] });
  const test = (name: string, more: Partial<DownsyncObjectTest>): Partial<DownsyncObjectTest> => ({
    apiGroup: CLUSTER_ROLES.group,
    resources: ['clusterroles'],
    objectNames: [`scoped-${name}`],
    ...more,
  });
  await place(wmw, 'scoped', [
    test('none', { namespaces: ['default'] }),
    test('star', { namespaces: ['*'] }),
    test('empty', { namespaceSelectors: [{}] }),
    test('labelled', { namespaceSelectors: [{ matchLabels: { a: 'b' } }] }),
  ]);
  await arrives(edge1, CLUSTER_ROLES, 'scoped-star');
  await arrives(edge1, CLUSTER_ROLES, 'scoped-empty');
  assert.is(await read(edge1, CLUSTER_ROLES, 'scoped-none'), undefined);
  assert.is(await read(edge1, CLUSTER_ROLES, 'scoped-labelled'), undefined);
});

test('semantics 4.3: when the labels of a Namespace change, what is in it is looked at again', async () => {
  const in_ = await namespace(wmw);
  await create(wmw, CONFIG_MAPS, 'inside', in_);
  await place(wmw, 'labelled', [
    { resources: ['configmaps'], namespaceSelectors: [{ matchLabels: { tier: 'gold' } }] },
  ]);
  await label(wmw, NAMESPACES, in_, undefined, { tier: 'gold' });
  await arrives(edge1, CONFIG_MAPS, 'inside', in_);
  await label(wmw, NAMESPACES, in_, undefined, { tier: 'tin' });
  await leaves(edge1, CONFIG_MAPS, 'inside', in_);
});

test('semantics 4.3, 6.3: a Namespace comes without its contents, contents with a bare Namespace that outlives them', async () => {
  const full = await namespace(wmw, { owner: 'me' });
  const bare = await namespace(wmw, { owner: 'me' });
  await create(wmw, CONFIG_MAPS, 'left', full);
  await create(wmw, CONFIG_MAPS, 'taken', bare);
  await place(wmw, 'parts', [
    { resources: ['namespaces'], objectNames: [full] },
    { resources: ['configmaps'], namespaces: [bare] },
  ]);
  assert.is((await arrives(edge1, NAMESPACES, full)).metadata.labels?.owner, 'me');
  await arrives(edge1, CONFIG_MAPS, 'taken', bare);
  assert.is((await arrives(edge1, NAMESPACES, bare)).metadata.labels?.owner, undefined);
  assert.is(await read(edge1, CONFIG_MAPS, 'left', full), undefined);
  await wmw.delete(EDGE_PLACEMENTS, { name: 'parts' });
  await leaves(edge1, CONFIG_MAPS, 'taken', bare);
  assert.ok(await read(edge1, NAMESPACES, bare));
});

test('semantics 4.3: what an upsync set names does not go down, be it named or by a star', async () => {
  const in_ = await namespace(wmw);
  for (const name of ['down', 'up']) await create(wmw, CONFIG_MAPS, name, in_);
  const upsync = [{ apiGroup: '', resources: ['configmaps'], namespaces: [in_], names: ['up'] }];
  await place(wmw, 'apart', [{ resources: ['configmaps'], namespaces: [in_] }], { upsync });
  await arrives(edge1, CONFIG_MAPS, 'down', in_);
  assert.is(await read(edge1, CONFIG_MAPS, 'up', in_), undefined);
  await place(wmw, 'apart', [{ resources: ['configmaps'], namespaces: [in_] }], { upsync: [] });
  await arrives(edge1, CONFIG_MAPS, 'up', in_);
});

test('semantics 4.2: what every cluster makes for itself stays, also when it is named; the placement tells', async () => {
  const in_ = await namespace(wmw);
  await create(wmw, SERVICE_ACCOUNTS, 'app', in_);
  await place(wmw, 'own', [
    { resources: ['serviceaccounts', 'configmaps'], namespaces: [in_] },
    { resources: ['serviceaccounts'], objectNames: ['default'] },
    { resources: ['nodes'] },
  ]);
  await arrives(edge1, SERVICE_ACCOUNTS, 'app', in_);
  const own = await arrives(edge1, SERVICE_ACCOUNTS, 'default', in_);
  assert.is(own.metadata.labels?.['edge.kubestellar.io/projected'], undefined);
  const told = await eventually(
    'the placement to tell',
    async () => Object.values((await wmw.get(EDGE_PLACEMENTS, { name: 'own' }))?.metadata.annotations ?? {}),
    (annotations) => annotations.some((text) => text.includes('nodes')),
  );
  assert.ok(told.includes('downsync[2]: nodes never propagate, each is made by each cluster for itself'));
  assert.ok(
    told.some((text) => text.startsWith('downsync[1]: serviceaccounts named default never propagate')),
  );
});

test('semantics 5.1: of two placements that overlap the end of one changes nothing', async () => {
  const in_ = await namespace(wmw);
  await create(wmw, CONFIG_MAPS, 'shared', in_);
  for (const name of ['first', 'second'])
    await place(wmw, name, [{ resources: ['configmaps'], namespaces: [in_] }]);
  const { uid } = (await arrives(edge1, CONFIG_MAPS, 'shared', in_)).metadata;
  await wmw.delete(EDGE_PLACEMENTS, { name: 'first' });
  await create(wmw, CONFIG_MAPS, 'later', in_);
  await arrives(edge1, CONFIG_MAPS, 'later', in_);
  assert.is((await read(edge1, CONFIG_MAPS, 'shared', in_))?.metadata.uid, uid);
  await wmw.delete(EDGE_PLACEMENTS, { name: 'second' });
  await leaves(edge1, CONFIG_MAPS, 'shared', in_);
});

test('semantics 5.2: of the same object in two workspaces the one written last counts, and the one that is left', async () => {
  const in_ = await namespace(wmw);
  await create(other, NAMESPACES, in_);
  for (const each of [wmw, other])
    await place(each, 'rival', [{ resources: ['configmaps'], namespaces: [in_] }]);
  await create(wmw, CONFIG_MAPS, 'rival', in_, { data: { from: 'plain' } });
  await carries(edge1, 'rival', in_, 'plain');
  await create(other, CONFIG_MAPS, 'rival', in_, { data: { from: 'other' } });
  await carries(edge1, 'rival', in_, 'other');
  await write(wmw, 'rival', in_, 'plain again');
  await carries(edge1, 'rival', in_, 'plain again');
  await wmw.delete(CONFIG_MAPS, { name: 'rival', namespace: in_ });
  await carries(edge1, 'rival', in_, 'other');
});

test('syncer 4.3: a create-only object is made once, left alone, and spared; "true" takes it up again', async () => {
  const in_ = await namespace(wmw);
  const annotations = { [OVERWRITE]: 'false' };
  for (const name of ['spared', 'resumed'])
    await create(wmw, CONFIG_MAPS, name, in_, { data: { from: 'us' } }, { annotations });
  await place(wmw, 'once', [{ resources: ['configmaps'], namespaces: [in_] }]);
  for (const name of ['spared', 'resumed']) {
    await arrives(edge1, CONFIG_MAPS, name, in_);
    await write(edge1, name, in_, 'them');
    await write(wmw, name, in_, 'us, later');
  }
  await create(wmw, CONFIG_MAPS, 'marker', in_);
  await arrives(edge1, CONFIG_MAPS, 'marker', in_);
  assert.is((await read(edge1, CONFIG_MAPS, 'resumed', in_))?.data?.from, 'them');
  await annotate(wmw, 'resumed', in_, { [OVERWRITE]: 'true' });
  await carries(edge1, 'resumed', in_, 'us, later');
  for (const name of ['spared', 'resumed']) await wmw.delete(CONFIG_MAPS, { name, namespace: in_ });
  await leaves(edge1, CONFIG_MAPS, 'resumed', in_);
  assert.is((await read(edge1, CONFIG_MAPS, 'spared', in_))?.data?.from, 'them');
});

test('syncer 4.1: an object that the cluster had before is left alone until its user says otherwise', async () => {
  const in_ = await namespace(wmw);
  await create(edge1, NAMESPACES, in_);
  await create(edge1, CONFIG_MAPS, 'theirs', in_, { data: { from: 'them' } });
  await create(wmw, CONFIG_MAPS, 'theirs', in_, { data: { from: 'us' } });
  await place(wmw, 'foreign', [{ resources: ['configmaps'], namespaces: [in_] }]);
  await create(wmw, CONFIG_MAPS, 'marker', in_);
  await arrives(edge1, CONFIG_MAPS, 'marker', in_);
  assert.is((await read(edge1, CONFIG_MAPS, 'theirs', in_))?.data?.from, 'them');
  await annotate(wmw, 'theirs', in_, { [ADOPT]: 'true' });
  await carries(edge1, 'theirs', in_, 'us');
});

test('semantics 6.1: labels and annotations go along; finalizers, owners and what servers and tools add do not', async () => {
  const in_ = await namespace(wmw);
  const owner = await create(wmw, CONFIG_MAPS, 'owner', in_);
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' },
  ];
  const tool = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', note: 'kept' };
  const metadata = {
    labels: { app: 'x' },
    annotations: tool,
    finalizers: ['none.test/wait'],
    ownerReferences,
  };
  await create(wmw, CONFIG_MAPS, 'dressed', in_, {}, metadata);
  await place(wmw, 'dressed', [{ resources: ['configmaps'], namespaces: [in_] }]);
  const copy = (await arrives(edge1, CONFIG_MAPS, 'dressed', in_)).metadata;
  assert.equal(copy.labels, { app: 'x', 'edge.kubestellar.io/projected': 'yes' });
  const { 'edge.kubestellar.io/created-fields': _, ...annotations } = copy.annotations ?? {};
  assert.equal(annotations, { note: 'kept', 'edge.kubestellar.io/downsynced': `ConfigMap/${in_}/dressed` });
  assert.is(copy.finalizers, undefined);
  assert.is(copy.ownerReferences, undefined);
  await wmw.mergePatch(
    CONFIG_MAPS,
    { name: 'dressed', namespace: in_ },
    { metadata: { finalizers: null } },
    USER,
  );
});

test('semantics 6: an object of nearly one MiB goes down, and its edit', async () => {
  const in_ = await namespace(wmw);
  const big = 'x'.repeat(1_000_000);
  await create(wmw, CONFIG_MAPS, 'big', in_, { data: { big, from: 'first' } });
  await place(wmw, 'big', [{ resources: ['configmaps'], namespaces: [in_] }]);
  await carries(edge1, 'big', in_, 'first');
  await write(wmw, 'big', in_, 'second');
  await carries(edge1, 'big', in_, 'second');
  assert.is((await read(edge1, CONFIG_MAPS, 'big', in_))?.data?.big, big);
});

test('semantics 2.2: a Location that comes to match gets the objects, one that ceases to loses them', async () => {
  const in_ = await namespace(wmw);
  await create(wmw, CONFIG_MAPS, 'moves', in_);
  await place(wmw, 'moves', [{ resources: ['configmaps'], namespaces: [in_] }], {
    locationSelectors: [{ matchLabels: { ring: 'one' } }],
  });
  await label(imw, LOCATIONS, 'edge2', undefined, { ring: 'one' });
  await arrives(edge2, CONFIG_MAPS, 'moves', in_);
  assert.is(await read(edge1, CONFIG_MAPS, 'moves', in_), undefined);
  await imw.mergePatch(LOCATIONS, { name: 'edge2' }, { metadata: { labels: { ring: null } } }, USER);
  await leaves(edge2, CONFIG_MAPS, 'moves', in_);
});

test('semantics 9: the count follows the destinations; status comes back from exactly one', async () => {
  const in_ = await namespace(wmw);
  await wmw.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(WIDGETS), USER);
  await eventually('the kind', () => create(wmw, WIDGETS, 'single', in_, { spec: { size: 1 } }), Boolean);
  const tests = [{ apiGroup: WIDGETS.group, resources: ['widgets'], namespaces: [in_] }];
  const wanting = (locationSelectors: typeof ONE | typeof BOTH) =>
    place(wmw, 'single', tests, { locationSelectors, wantSingletonReportedState: true });
  const source = (accept: (object: KubeObject) => boolean) =>
    eventually(
      'the source',
      () => read(wmw, WIDGETS, 'single', in_),
      (found) => !!found && accept(found),
    );
  const report = (wec: KubeClient, phase: string) =>
    wec.mergePatch(
      WIDGETS,
      { name: 'single', namespace: in_ },
      { status: { phase } },
      { ...USER, subresource: 'status' },
    );
  const phaseOf = ({ status }: KubeObject) => (status as { phase?: string } | undefined)?.phase;
  await wanting(ONE);
  await arrives(edge1, WIDGETS, 'single', in_);
  await report(edge1, 'one');
  await source((object) => phaseOf(object) === 'one' && object.metadata.annotations?.[COUNT] === '1');
  await wanting(BOTH);
  await arrives(edge2, WIDGETS, 'single', in_);
  await source(({ metadata }) => metadata.annotations?.[COUNT] === '2');
  await report(edge2, 'two');
  await report(edge1, 'still one');
  assert.is(phaseOf((await source(() => true)) as KubeObject), 'one', 'with two, the last status stays');
  await wanting(ONE);
  await source((object) => phaseOf(object) === 'still one' && object.metadata.annotations?.[COUNT] === '1');
});

test('syncer 2: a SyncerConfig of the user is honoured beside the-one, by scope and by star', async () => {
  const in_ = await namespace(wmw);
  await create(wmw, CONFIG_MAPS, 'chosen', in_);
  await place(wmw, 'chosen', [{ resources: ['configmaps'], namespaces: [in_] }]);
  await arrives(edge1, CONFIG_MAPS, 'chosen', in_);
  const mailbox = (
    await home.must(
      `kubectl ws :root:espw >/dev/null && kubectl get workspaces -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.annotations.edge\\.kubestellar\\.io/sync-target-name}{"\\n"}{end}'`,
    )
  )
    .split('\n')
    .find((line) => line.endsWith(' edge1'))
    ?.split(' ')[0];
  const manifest = `kubectl ws :root:espw:${mailbox} >/dev/null && kubectl create configmap extra -n ${in_} --from-literal=from=mailbox && kubectl apply -f - <<'YAML'
apiVersion: edge.kubestellar.io/v2alpha1
kind: SyncerConfig
metadata: {name: mine}
spec:
  namespacedObjects:
  - {group: "", resource: configmaps, apiVersion: v1, objectsByNamespace: [{namespace: ${in_}, names: ["*"]}]}
YAML`;
  await home.must(manifest);
  await carries(edge1, 'extra', in_, 'mailbox');
  await home.must(
    `kubectl ws :root:espw:${mailbox} >/dev/null && kubectl delete syncerconfig mine && kubectl ws :root >/dev/null`,
  );
  await leaves(edge1, CONFIG_MAPS, 'extra', in_);
});

let namespaces = 0;

/** Makes a Namespace of its own for a test. @returns its name */
async function namespace(workspace: KubeClient, labels: { [key: string]: string } = {}): Promise<string> {
  const name = `part${++namespaces}`;
  await create(workspace, NAMESPACES, name, undefined, {}, { labels });
  return name;
}

function create(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_?: string,
  content: Content = {},
  metadata: Partial<KubeObject['metadata']> = {},
): Promise<KubeObject> {
  const object = objectOf(resource, name, in_ ?? '', content);
  return server.create(
    resource,
    { ...object, metadata: { ...object.metadata, labels: {}, ...metadata } },
    USER,
  );
}

async function place(
  workspace: KubeClient,
  name: string,
  downsync: readonly Partial<DownsyncObjectTest>[],
  more: Partial<EdgePlacementSpec> = {},
): Promise<void> {
  const placement: KubeObject = {
    apiVersion: `${EDGE_PLACEMENTS.group}/${EDGE_PLACEMENTS.version}`,
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name },
    spec: {
      locationSelectors: ONE,
      downsync: downsync.map((each) => ({ apiGroup: '', ...each })),
      ...more,
    },
  };
  await workspace.apply(EDGE_PLACEMENTS, placement, USER);
}

function write(server: KubeClient, name: string, in_: string, from: string): Promise<KubeObject> {
  return server.mergePatch(CONFIG_MAPS, { name, namespace: in_ }, { data: { from } }, USER);
}

function annotate(
  server: KubeClient,
  name: string,
  in_: string,
  annotations: { [key: string]: string },
): Promise<KubeObject> {
  return server.mergePatch(CONFIG_MAPS, { name, namespace: in_ }, { metadata: { annotations } }, USER);
}

function label(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_: string | undefined,
  labels: { [key: string]: string },
): Promise<KubeObject> {
  return server.mergePatch(resource, { name, namespace: in_ }, { metadata: { labels } }, USER);
}

async function read(
  server: KubeClient,
  resource: Resource,
  name: string,
  in_?: string,
): Promise<Read | undefined> {
  try {
    return await server.get<Read>(resource, { name, namespace: in_ });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function arrives(server: KubeClient, resource: Resource, name: string, in_?: string): Promise<Read> {
  const what = `${resource.kind} ${name} to arrive`;
  const found = await eventually(
    what,
    () => read(server, resource, name, in_),
    (copy) => copy !== undefined,
    60,
  );
  return found as Read;
}

async function leaves(server: KubeClient, resource: Resource, name: string, in_?: string): Promise<void> {
  const what = `${resource.kind} ${name} to leave`;
  await eventually(
    what,
    () => read(server, resource, name, in_),
    (copy) => copy === undefined,
    60,
  );
}

async function carries(server: KubeClient, name: string, in_: string, from: string): Promise<void> {
  const what = `ConfigMap ${name} to be from ${from}`;
  await eventually(
    what,
    () => read(server, CONFIG_MAPS, name, in_),
    (copy) => copy?.data?.from === from,
    60,
  );
}

test.run();
