/** No object grows without bound: not with the clusters that are summed up in it, not with the objects that it names. */
import {
  API_BINDINGS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  type KubeObject,
  mailboxWorkspacePath,
  PROJECTED,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
  type SyncerConfig,
} from '@kubestellar/api';
import { clusterOf, Informer, KubeClient, METADATA_ONLY } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import { randomFrom } from '../support/random.ts';
import { StandIns } from '../support/semantics/stand-ins.ts';
import {
  collector,
  combinedStatus,
  configMap,
  counts,
  namespacedObject,
  placement,
  placementStatus,
  podTemplate,
  rowsOf,
  startCore,
  statusOfConfigMap,
  USER,
} from '../support/semantics/summary-support.ts';

const test = suite('very many clusters, and very many objects', { timeout: 600_000 });

const N = 'many';
const CLUSTERS = 50;
/** Of objects with names of 240 characters: their names alone are more than etcd takes at once. */
const OBJECTS = 6600;
const WRITERS = 16;

const home = await LocalHome.create();
let root: KubeClient;
let wmw: KubeClient;

test.before(async () => {
  root = await startCore(home, N, 1);
  wmw = root.workspace('root:wmw1');
});

test.after(async () => {
  await root.connection.close();
  await home.dispose();
});

test('semantics 11d: counts, groups and tables are right on 50 simulated clusters, and nothing grows with them', async () => {
  const sims = await StandIns.start(root, root.workspace('root:imw1'), CLUSTERS, N);
  try {
    await collector(wmw, 'zones', {
      groupBy: [{ name: 'zone', def: 'inventory.labels.zone' }],
      combinedFields: [
        { name: 'clusters', type: 'COUNT' },
        { name: 'ready', type: 'SUM', subject: 'returned.?status.?readyReplicas.orValue(0)' },
      ],
    });
    await collector(wmw, 'first', { select: [{ name: 'cluster', def: 'inventory.name' }], limit: 7 });
    const labelSelectors = [{ matchLabels: { simulated: 'yes' } }];
    const downsync = [
      { apiGroup: '', resources: ['configmaps'], namespaces: [N], labelSelectors },
      {
        apiGroup: 'apps',
        resources: ['deployments'],
        namespaces: [N],
        labelSelectors,
        statusCollectors: ['zones', 'first'],
      },
    ];
    const locationSelectors = [{ matchLabels: { sim: 'yes' } }];
    await wmw.create(EDGE_PLACEMENTS, placement('sim', { locationSelectors, downsync }), USER);
    const names = Array.from({ length: 5 }, (_, n) => `sim-${n}`);
    for (const name of names) await wmw.create(CONFIG_MAPS, configMap(N, name, { simulated: 'yes' }), USER);
    const template = podTemplate('simulated');
    const spec = { replicas: 4, selector: { matchLabels: template.metadata.labels }, template };
    const deployment = namespacedObject(DEPLOYMENTS, N, 'simulated', { spec });
    deployment.metadata.labels = { simulated: 'yes' };
    await wmw.create(DEPLOYMENTS, deployment, USER);
    for (const name of names) await statusOfConfigMap(wmw, N, name, counts(CLUSTERS, CLUSTERS, 0));
    const isEverywhere = counts(CLUSTERS, CLUSTERS, 0);
    await combinedStatus(wmw, DEPLOYMENTS, N, 'simulated', isEverywhere, 200);

    const random = randomFrom(50);
    const model = new Map<string, Map<string, string>>();
    for (let step = 0; step < 300; step++) {
      const cluster = sims.clusters[random(CLUSTERS)] ?? '';
      const troubles = new Map(model.get(cluster));
      const name = names[random(names.length)] ?? '';
      if (troubles.has(name) && random(2) === 0) troubles.delete(name);
      else troubles.set(name, `denied for reason ${random(14)}`);
      model.set(cluster, troubles);
      sims.fail(cluster, troubles);
    }
    const ready = (n: number) => n % 5;
    for (const [n, cluster] of sims.clusters.entries()) {
      const status = { replicas: 4, readyReplicas: ready(n), availableReplicas: ready(n) };
      await sims.report(cluster, DEPLOYMENTS, 'simulated', status);
    }

    let failing = 0;
    for (const name of names) {
      const failed = [...model.values()].filter((troubles) => troubles.has(name)).length;
      failing += failed;
      const status = await statusOfConfigMap(wmw, N, name, counts(CLUSTERS, CLUSTERS - failed, failed));
      const told = status?.failures?.reduce((sum, { count }) => sum + count, 0) ?? 0;
      assert.is(told, failed);
      assert.ok(JSON.stringify(status).length < 10_000, `${JSON.stringify(status).length} bytes`);
    }
    const all = (CLUSTERS / 5) * (0 + 1 + 2 + 3 + 4);
    const sums = await combinedStatus(
      wmw,
      DEPLOYMENTS,
      N,
      'simulated',
      (status) => status?.replicas?.ready === all,
    );
    assert.equal([sums?.replicas?.desired, sums?.clusters.wanted], [4 * CLUSTERS, CLUSTERS]);
    const zone = (odd: boolean) =>
      sims.clusters.reduce(
        (sum, name, n) => sum + (Number(name.slice(3)) % 2 === Number(odd) ? ready(n) : 0),
        0,
      );
    assert.equal(rowsOf(sums, 'zones'), [`even 25 ${zone(false)}`, `odd 25 ${zone(true)}`]);
    const first = sums?.results?.find(({ name }) => name === 'first');
    assert.equal([first?.rows?.length, first?.omittedRows], [7, CLUSTERS - 7]);
    const { summary } = await placementStatus(wmw, 'sim', (status) => status.summary?.failing === failing);
    assert.equal(
      [summary?.objects, summary?.wanted, summary?.applied],
      [6, 6 * CLUSTERS, 6 * CLUSTERS - failing],
    );
    const placed = await wmw.get<EdgePlacement>(EDGE_PLACEMENTS, { name: 'sim' });
    assert.ok(JSON.stringify(placed).length < 20_000, `${JSON.stringify(placed).length} bytes`);

    // What defines kinds goes from the clusters that need it no more, and from no other.
    const edge1 = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
    const demo = { namespace: 'demo', name: 'demo' };
    const before = await edge1.get(DEPLOYMENTS, demo);
    await wmw.delete(EDGE_PLACEMENTS, { name: 'sim' });
    await eventually(
      'the APIBindings to leave the mailbox workspaces',
      () =>
        Promise.all(sims.mailboxes.map((mailbox) => mailbox.get(API_BINDINGS, { name: 'bind-kubernetes' }))),
      (found) => found.every((binding) => binding === undefined),
      200,
    );
    const after = await edge1.get(DEPLOYMENTS, demo);
    assert.ok(before);
    assert.is(after?.metadata.uid, before?.metadata.uid);
    const mailbox = await mailboxOfEdge1();
    assert.ok(
      await mailbox.get(API_BINDINGS, { name: 'bind-kubernetes' }),
      'the other placement needs it there',
    );
    await edge1.connection.close();
  } finally {
    await sims.stop();
  }
});

test('semantics 6.5f: what would be a SyncerConfig of more than 1.5 MB is several; all that they name arrives, and leaves', async () => {
  const edge1 = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  const mailbox = await mailboxOfEdge1();
  const names = Array.from({ length: OBJECTS }, (_, n) => `${'n'.repeat(235)}${10_000 + n}`);
  const waiting = [...names];
  const write = async () => {
    for (let name = waiting.pop(); name; name = waiting.pop())
      await wmw.create(CONFIG_MAPS, configMap(N, name), USER);
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  const shares = [0, 1, 2].map((n) => names.filter((_, each) => each % 3 === n));
  for (const [n, objectNames] of shares.entries()) {
    const downsync = [{ apiGroup: '', resources: ['configmaps'], namespaces: [N], objectNames }];
    const locationSelectors = [{ matchLabels: { name: 'edge1' } }];
    await wmw.create(EDGE_PLACEMENTS, placement(`share-${n}`, { locationSelectors, downsync }), USER);
  }
  const selection = { namespace: N, labelSelector: `${PROJECTED}=yes` };
  // Counted by a watch: a list of so many objects, again and again, would keep the server from its work.
  const watched = new Informer({
    client: edge1,
    resource: CONFIG_MAPS,
    ...selection,
    accept: METADATA_ONLY,
    logger: createLogger('many', 0),
  });
  await watched.start().whenSynced();
  const inCluster = async (count: number) => {
    const [what, seen] = [`${count} objects in the cluster`, async () => watched.size];
    await eventually(what, seen, (size) => size === count, 400);
    const objects = await edge1.list<KubeObject>(CONFIG_MAPS, selection);
    assert.is(objects.length, count);
    return objects;
  };
  const before = await inCluster(OBJECTS);
  const parts = await configs(mailbox);
  const bytes = parts.map((config) => JSON.stringify(config).length);
  console.log(`    ${parts.length} SyncerConfigs of ${bytes.map((each) => Math.round(each / 1000))} kB`);
  assert.ok(bytes.reduce((sum, each) => sum + each, 0) > 1_500_000);
  assert.ok(bytes.every((each) => each < 512_000));
  assert.is(parts[0]?.spec?.parts, parts.length - 1);
  for (const n of [0, 1, 2])
    await placementStatus(wmw, `share-${n}`, ({ summary }) => summary?.applied === OBJECTS / 3);

  // Of what a part names nothing is taken away because the part is missing for a moment.
  const lost = await mailbox.get(SYNCER_CONFIGS, { name: 'the-one-2' });
  await mailbox.delete(SYNCER_CONFIGS, { name: 'the-one-2' });
  await eventually(
    'the part to be back',
    () => mailbox.get(SYNCER_CONFIGS, { name: 'the-one-2' }),
    (found) => found !== undefined && found.metadata.uid !== lost?.metadata.uid,
  );
  const [some = ''] = shares[0] ?? [];
  await wmw.mergePatch(CONFIG_MAPS, { namespace: N, name: some }, { data: { text: 'edited' } }, USER);
  await eventually(
    'an edit to arrive',
    () => edge1.get<KubeObject & { data?: object }>(CONFIG_MAPS, { namespace: N, name: some }),
    (found) => JSON.stringify(found?.data) === '{"text":"edited"}',
  );
  const uids = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.uid).sort();
  assert.equal(uids(await inCluster(OBJECTS)), uids(before));

  await wmw.delete(EDGE_PLACEMENTS, { name: 'share-1' });
  await inCluster((OBJECTS * 2) / 3);
  for (const n of [0, 2]) await wmw.delete(EDGE_PLACEMENTS, { name: `share-${n}` });
  await inCluster(0);
  await eventually(
    'the further parts to be gone',
    () => configs(mailbox),
    (found) => found.length === 1 && !found[0]?.spec?.parts,
  );
  await watched.stop();
  await edge1.connection.close();
});

test.run();

async function configs(mailbox: KubeClient): Promise<SyncerConfig[]> {
  const all = await mailbox.list<SyncerConfig>(SYNCER_CONFIGS);
  return all.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

async function mailboxOfEdge1(): Promise<KubeClient> {
  const target = await root.workspace('root:imw1').get(SYNC_TARGETS, { name: 'edge1' });
  assert.ok(target);
  return root.workspace(mailboxWorkspacePath(clusterOf(target), target.metadata.uid ?? ''));
}
