import {
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  type KubeObject,
  LOCATIONS,
  mailboxWorkspacePath,
  NAMESPACES,
  SECRETS,
  SYNC_TARGETS,
  WORKSPACES,
} from '@kubestellar/api';
import { isApiError, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { difference, type Inventory, inventoryOf } from '../support/inventory.ts';
import { LocalHome } from '../support/local.ts';

/** What begins and ends: objects, placements, workspaces, Locations, SyncTargets. Each ends what it should, and nothing else. */
const test = suite('the chain: what begins and what ends', { timeout: 300_000 });

const USER = { fieldManager: 'user' };
const CLUSTERS = ['edge1', 'edge2'] as const;
type Cluster = (typeof CLUSTERS)[number];

const home = await LocalHome.create();
let root: KubeClient;
let imw: KubeClient;
/** Two workload workspaces. */
let red: KubeClient;
let blue: KubeClient;
const wec = {} as Record<Cluster, KubeClient>;

test.before(async () => {
  await home.startAnew();
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  root = await KubeClient.fromKubeconfig({ kubeconfig, context: 'root' });
  await home.must(
    `cp ${kubeconfig} $KUBECONFIG && kubectl config use-context root
     kubectl kubestellar ensure wmw red && kubectl ws root && kubectl kubestellar ensure wmw blue`,
  );
  [red, blue, imw] = ['root:red', 'root:blue', 'root:imw1'].map((path) => root.workspace(path)) as [
    KubeClient,
    KubeClient,
    KubeClient,
  ];
  for (const name of CLUSTERS) wec[name] = await KubeClient.fromKubeconfig({ kubeconfig: home.wec(name) });
});

test.after(() => home.dispose());

test('two workspaces and two placements that overlap: withdrawing one changes nothing that another wants', async () => {
  await namespace(red, 'overlap');
  await configMap(red, 'overlap', 'shared', { by: 'red' });
  await place(red, 'first', 'overlap', { env: 'demo' });
  await place(red, 'second', 'overlap', { name: 'edge1' });
  await arrives(wec.edge1, 'overlap', 'shared', { by: 'red' });
  await arrives(wec.edge2, 'overlap', 'shared', { by: 'red' });
  const before = await both();
  await red.delete(EDGE_PLACEMENTS, { name: 'first' });
  await goes(wec.edge2, 'overlap', 'shared');
  assert.equal(await changes(before), { edge1: [], edge2: ['- configmaps overlap/shared'] });
  await red.delete(EDGE_PLACEMENTS, { name: 'second' });
  await goes(wec.edge1, 'overlap', 'shared');
});

test('the same object from two workspaces: the newer one counts, and the other takes over when that ends', async () => {
  for (const [wmw, by] of [
    [red, 'red'],
    [blue, 'blue'],
  ] as const) {
    await namespace(wmw, 'twice');
    await configMap(wmw, 'twice', 'both', { by });
    await place(wmw, 'twice', 'twice', { env: 'demo' });
  }
  await arrives(wec.edge1, 'twice', 'both', { by: 'blue' });
  const [uid] = [(await wec.edge1.get(CONFIG_MAPS, { name: 'both', namespace: 'twice' }))?.metadata.uid];
  await blue.delete(EDGE_PLACEMENTS, { name: 'twice' });
  await arrives(wec.edge1, 'twice', 'both', { by: 'red' });
  await arrives(wec.edge2, 'twice', 'both', { by: 'red' });
  const after = await wec.edge1.get(CONFIG_MAPS, { name: 'both', namespace: 'twice' });
  assert.is(after?.metadata.uid, uid, 'it stays the same object');
  await red.delete(EDGE_PLACEMENTS, { name: 'twice' });
  await goes(wec.edge1, 'twice', 'both');
});

test('a Location that changes its labels, goes and comes back takes its objects along', async () => {
  await namespace(red, 'moving');
  await configMap(red, 'moving', 'm', { a: '1' });
  await imw.mergePatch(LOCATIONS, { name: 'edge1' }, { metadata: { labels: { tier: 'gold' } } }, USER);
  await place(red, 'moving', 'moving', { tier: 'gold' }, { removals: 'Immediate' });
  await arrives(wec.edge1, 'moving', 'm', { a: '1' });
  assert.is(await wec.edge2.get(CONFIG_MAPS, { name: 'm', namespace: 'moving' }), undefined);

  await imw.mergePatch(LOCATIONS, { name: 'edge2' }, { metadata: { labels: { tier: 'gold' } } }, USER);
  await imw.mergePatch(LOCATIONS, { name: 'edge1' }, { metadata: { labels: { tier: null } } }, USER);
  await arrives(wec.edge2, 'moving', 'm', { a: '1' });
  await goes(wec.edge1, 'moving', 'm');

  const before = await both();
  const location = await imw.get(LOCATIONS, { name: 'edge2' });
  assert.ok(location);
  await imw.delete(LOCATIONS, { name: 'edge2' });
  await goes(wec.edge2, 'moving', 'm');
  await goes(wec.edge2, 'demo', 'demo');
  const { edge1, edge2 } = await changes(before);
  assert.equal(edge1, []);
  assert.ok(
    edge2.every((line) => / (moving|demo)\//.test(line)),
    `only what was placed by the Location goes: ${edge2.join(', ')}`,
  );
  const {
    resourceVersion: _,
    uid: __,
    creationTimestamp: ___,
    managedFields: ____,
    ...metadata
  } = location.metadata;
  await imw.create(LOCATIONS, { ...location, metadata }, USER);
  await arrives(wec.edge2, 'moving', 'm', { a: '1' });
  await arrives(wec.edge2, 'demo', 'demo');
  await red.delete(EDGE_PLACEMENTS, { name: 'moving' });
  await goes(wec.edge2, 'moving', 'm');
});

test('the selector of a SyncTarget: an instance that leaves its Location is left by the objects', async () => {
  await namespace(red, 'instance');
  await configMap(red, 'instance', 'i', { a: '1' });
  await place(red, 'instance', 'instance', { env: 'demo' });
  await arrives(wec.edge2, 'instance', 'i');
  const target = await imw.get(SYNC_TARGETS, { name: 'edge2' });
  const id = target?.metadata.labels?.id;
  await imw.mergePatch(SYNC_TARGETS, { name: 'edge2' }, { metadata: { labels: { id: 'nobody' } } }, USER);
  await goes(wec.edge2, 'instance', 'i');
  await arrives(wec.edge1, 'instance', 'i');
  await imw.mergePatch(SYNC_TARGETS, { name: 'edge2' }, { metadata: { labels: { id } } }, USER);
  await arrives(wec.edge2, 'instance', 'i');
  await red.delete(EDGE_PLACEMENTS, { name: 'instance' });
  await goes(wec.edge1, 'instance', 'i');
});

test('the labels of a Namespace: its objects come and go with them', async () => {
  await namespace(red, 'labelled');
  await configMap(red, 'labelled', 'l', { a: '1' });
  await red.create<KubeObject>(
    EDGE_PLACEMENTS,
    placement('labelled', { env: 'demo' }, [
      { apiGroup: '', resources: ['configmaps'], namespaceSelectors: [{ matchLabels: { ship: 'yes' } }] },
    ]),
    USER,
  );
  const label = (ship: string | null) =>
    red.mergePatch(NAMESPACES, { name: 'labelled' }, { metadata: { labels: { ship } } }, USER);
  await label('yes');
  await arrives(wec.edge1, 'labelled', 'l');
  await label(null);
  await goes(wec.edge1, 'labelled', 'l');
  await label('yes');
  await arrives(wec.edge1, 'labelled', 'l');
  await red.delete(EDGE_PLACEMENTS, { name: 'labelled' });
  await goes(wec.edge1, 'labelled', 'l');
});

test('a second inventory workspace: its mailbox is filled as the first ones are, and goes with its SyncTarget', async () => {
  await namespace(red, 'second-imw');
  await configMap(red, 'second-imw', 's', { a: '1' });
  await place(red, 'second-imw', 'second-imw', { env: 'demo' });
  await home.must(`kubectl ws root && kubectl ws create imw2 --type universal
    kubectl kubestellar ensure location far env=demo --imw root:imw2`);
  const imw2 = root.workspace('root:imw2');
  const target = await imw2.get(SYNC_TARGETS, { name: 'far' });
  const path = mailboxPathOf(target);
  await arrives(root.workspace(path), 'second-imw', 's', { a: '1' });
  const before = await both();
  await home.must('kubectl ws root && kubectl kubestellar remove location far --imw root:imw2');
  await workspaceGoes(path);
  assert.equal(await changes(before), { edge1: [], edge2: [] });
  await red.delete(EDGE_PLACEMENTS, { name: 'second-imw' });
  await goes(wec.edge1, 'second-imw', 's');
});

test('a SyncTarget that is deleted takes its mailbox along and nothing in any cluster; one of its name begins anew', async () => {
  await namespace(red, 'again');
  await configMap(red, 'again', 'kept', { a: '1' });
  await place(red, 'again', 'again', { env: 'demo' });
  await arrives(wec.edge2, 'again', 'kept');
  const before = await both();
  const old = await imw.get(SYNC_TARGETS, { name: 'edge2' });
  await imw.delete(SYNC_TARGETS, { name: 'edge2' });
  await workspaceGoes(mailboxPathOf(old));
  assert.equal(await changes(before), { edge1: [], edge2: [] }, 'without its core a cluster stays as it is');

  await home.start();
  const renewed = await imw.get(SYNC_TARGETS, { name: 'edge2' });
  assert.is.not(renewed?.metadata.uid, old?.metadata.uid);
  await arrives(root.workspace(mailboxPathOf(renewed)), 'again', 'kept');
  await red.mergePatch(CONFIG_MAPS, { name: 'kept', namespace: 'again' }, { data: { a: '2' } }, USER);
  await arrives(wec.edge2, 'again', 'kept', { a: '2' });
  const { edge1, edge2 } = await changes(before);
  assert.equal(edge1, []);
  assert.ok(
    edge2.every((line) =>
      / kubestellar-syncer|kubestellar-syncer| (clusterroles|clusterrolebindings)/.test(line),
    ),
    `nothing but a syncer's own objects: ${edge2.join(', ')}`,
  );
  await red.delete(EDGE_PLACEMENTS, { name: 'again' });
  await goes(wec.edge2, 'again', 'kept');
});

test('a workload workspace that is deleted takes its copies along, and nothing else', async () => {
  await namespace(blue, 'leaving');
  await configMap(blue, 'leaving', 'b', { a: '1' });
  await blue.create(SECRETS, object('Secret', 'leaving', 'b', {}), USER);
  await place(blue, 'leaving', 'leaving', { env: 'demo' });
  await namespace(red, 'staying');
  await configMap(red, 'staying', 'r', { a: '1' });
  await place(red, 'staying', 'staying', { env: 'demo' });
  for (const name of CLUSTERS) {
    await arrives(wec[name], 'leaving', 'b');
    await arrives(wec[name], 'staying', 'r');
  }
  const before = await both();
  await home.must('kubectl ws root && kubectl kubestellar remove wmw blue');
  for (const name of CLUSTERS) await goes(wec[name], 'leaving', 'b');
  const gone = (lines: string[]) => lines.filter((line) => !line.endsWith('leaving/default'));
  const wanted = ['- configmaps leaving/b', '- secrets leaving/b'];
  await eventually(
    'exactly the copies of the workspace to be gone',
    () => changes(before),
    ({ edge1, edge2 }) => [edge1, edge2].every((lines) => `${gone(lines)}` === `${wanted}`),
  );
});

/** The inventories of both clusters. */
async function both(): Promise<Record<Cluster, Inventory>> {
  return { edge1: await inventoryOf(wec.edge1), edge2: await inventoryOf(wec.edge2) };
}

/** What has changed in each cluster since. */
async function changes(before: Record<Cluster, Inventory>): Promise<Record<Cluster, string[]>> {
  const after = await both();
  return { edge1: difference(before.edge1, after.edge1), edge2: difference(before.edge2, after.edge2) };
}

function namespace(wmw: KubeClient, name: string): Promise<KubeObject> {
  return wmw.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, USER);
}

function configMap(wmw: KubeClient, namespace: string, name: string, data: object): Promise<KubeObject> {
  return wmw.create(CONFIG_MAPS, object('ConfigMap', namespace, name, { data }), USER);
}

function object(kind: string, namespace: string, name: string, content: object): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace }, ...content };
}

/** Places the ConfigMaps and Secrets of a Namespace. */
function place(
  wmw: KubeClient,
  name: string,
  namespace: string,
  matchLabels: object,
  more: object = {},
): Promise<KubeObject> {
  const downsync = [{ apiGroup: '', resources: ['configmaps', 'secrets'], namespaces: [namespace] }];
  return wmw.create<KubeObject>(EDGE_PLACEMENTS, placement(name, matchLabels, downsync, more), USER);
}

function placement(name: string, matchLabels: object, downsync: object[], more: object = {}): KubeObject {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'EdgePlacement',
    metadata: { name },
    spec: { locationSelectors: [{ matchLabels }], downsync, ...more },
  };
}

function mailboxPathOf(target: KubeObject | undefined): string {
  assert.ok(target);
  const { annotations, uid = '' } = target.metadata;
  return mailboxWorkspacePath(annotations?.['kcp.io/cluster'] ?? '', uid);
}

async function arrives(client: KubeClient, namespace: string, name: string, data: object = {}) {
  const read = () => client.get<KubeObject & { data?: object }>(CONFIG_MAPS, { name, namespace });
  const fits = (found: (KubeObject & { data?: object }) | undefined) =>
    found !== undefined &&
    Object.entries(data).every(([key, value]) => Reflect.get(found.data ?? {}, key) === value);
  await eventually(
    `ConfigMap ${namespace}/${name} ${JSON.stringify(data)} in ${client.workspaceName}`,
    read,
    fits,
  );
}

async function goes(client: KubeClient, namespace: string, name: string): Promise<void> {
  const read = () => client.get(CONFIG_MAPS, { name, namespace });
  const what = `ConfigMap ${namespace}/${name} to be gone from ${client.workspaceName}`;
  await eventually(what, read, (found) => found === undefined);
}

async function workspaceGoes(path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf(':') + 1);
  const read = () =>
    root
      .workspace('root:espw')
      .get(WORKSPACES, { name })
      .catch((error) => {
        if (isApiError(error, 403, 404)) return undefined;
        throw error;
      });
  await eventually(`the mailbox workspace ${name} to be gone`, read, (found) => found === undefined, 90);
}

test.run();
