/** What becomes of objects on their clusters is summed up in the WMW: counts, replicas, tables. */
import {
  COMBINED_STATUSES,
  CONFIG_MAPS,
  type CombinedStatus,
  CUSTOM_RESOURCE_DEFINITIONS,
  CUSTOMIZERS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type KubeObject,
  PODS,
  type Resource,
  STATEFUL_SETS,
  STATUS_COLLECTORS,
  type StatusCollector,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { shellBlocks } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { crdOf } from '../support/kinds.ts';
import { LocalHome } from '../support/local.ts';
import { evaluationsOverBudget } from '../support/metrics.ts';
import { ProgramUnderTest } from '../support/program-under-test.ts';
import { randomFrom } from '../support/random.ts';
import {
  closeServers,
  collector,
  combinedStatus,
  configMap,
  counts,
  namespacedObject,
  placement,
  placementStatus,
  podTemplate,
  refuseUnwelcome,
  rowsOf,
  type Servers,
  startServers,
  statusOfConfigMap,
  USER,
} from '../support/semantics/summary-support.ts';

const test = suite('summaries', { timeout: 300_000 });

const N = 'sums';
const JOBS: Resource = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true };
const ENGINES: Resource = {
  group: 'summaries.test',
  version: 'v1',
  plural: 'engines',
  kind: 'Engine',
  namespaced: true,
};
const DAEMON_SETS: Resource = { ...DEPLOYMENTS, plural: 'daemonsets', kind: 'DaemonSet' };

const home = await LocalHome.create();
let servers: Servers;
let wmw: KubeClient;
/** Once it was taken over from npm start. */
let translator: ProgramUnderTest | undefined;

test.before(async () => {
  servers = await startServers(home, N);
  wmw = servers.wmw;
});

test.after(async () => {
  await translator?.dispose();
  await closeServers(servers);
  await home.dispose();
});

test('every command of docs/status.md works', async () => {
  await home.must((await shellBlocks('docs/status.md')).join('\n'));
});

test('semantics 11a: replicas of the well-known kinds are summed over the clusters, and follow them', async () => {
  await wmw.create(
    EDGE_PLACEMENTS,
    placement('kinds', {
      downsync: [
        { apiGroup: 'apps', namespaces: [N] },
        { apiGroup: 'batch', resources: ['jobs'], namespaces: [N] },
        { apiGroup: '', resources: ['pods'], namespaces: [N] },
      ],
    }),
    USER,
  );
  const template = podTemplate('kinds');
  const selector = { matchLabels: template.metadata.labels };
  await create(DEPLOYMENTS, 'web', { replicas: 3, selector, template });
  await create(STATEFUL_SETS, 'store', { replicas: 2, serviceName: 'store', selector, template });
  await create(DAEMON_SETS, 'agent', { selector, template });
  await create(PODS, 'alone', template.spec);
  const jobTemplate = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
  await create(JOBS, 'once', { completions: 1, template: jobTemplate });
  const arrived = async (resource: Resource, name: string, replicas: object) => {
    const status = await combinedStatus(
      wmw,
      resource,
      N,
      name,
      (found) => counts(2, 2, 0)(found) && found?.clusters.available === 2,
      90,
    );
    const told: { [count: string]: unknown } = { ...status?.replicas };
    const expected = Object.entries(replicas).map(([count, value]) => [count, value, told[count]]);
    for (const [count, value, found] of expected) assert.is(found, value, `${resource.kind}: ${count}`);
  };
  await arrived(DEPLOYMENTS, 'web', { desired: 6, current: 6, ready: 6, updated: 6, available: 6 });
  await arrived(STATEFUL_SETS, 'store', { desired: 4, ready: 4 });
  await arrived(DAEMON_SETS, 'agent', { desired: 2, ready: 2 });
  await arrived(PODS, 'alone', { desired: 2, ready: 2 });
  await arrived(JOBS, 'once', { desired: 2, succeeded: 2 });
  await placementStatus(wmw, 'kinds', ({ summary, conditions = [] }) => {
    const isTrue = (type: string) => conditions.some((each) => each.type === type && each.status === 'True');
    return summary?.available === 10 && summary.objects === 5 && isTrue('Applied') && isTrue('Available');
  });

  await wmw.mergePatch(DEPLOYMENTS, { namespace: N, name: 'web' }, { spec: { replicas: 5 } }, USER);
  await combinedStatus(wmw, DEPLOYMENTS, N, 'web', (status) => status?.replicas?.ready === 10);
});

test('semantics 11a: an EdgePlacement sums up what itself places, a CombinedStatus what all of them do', async () => {
  const downsync = [{ apiGroup: '', resources: ['configmaps'], namespaces: [N], objectNames: ['shared'] }];
  const one = placement('only-one', { locationSelectors: [{ matchLabels: { name: 'edge1' } }], downsync });
  await wmw.create(EDGE_PLACEMENTS, one, USER);
  await wmw.create(CONFIG_MAPS, configMap(N, 'shared'), USER);
  await statusOfConfigMap(wmw, N, 'shared', counts(1, 1, 0));
  await wmw.create(EDGE_PLACEMENTS, placement('both', { downsync }), USER);
  await statusOfConfigMap(wmw, N, 'shared', counts(2, 2, 0));
  await placementStatus(wmw, 'both', ({ summary }) => summary?.wanted === 2 && summary.applied === 2);
  await placementStatus(wmw, 'only-one', ({ summary }) => summary?.wanted === 1 && summary.applied === 1);
  await wmw.delete(EDGE_PLACEMENTS, { name: 'both' });
  await statusOfConfigMap(wmw, N, 'shared', counts(1, 1, 0));
  const nowhere = { locationSelectors: [], removals: 'Immediate' };
  await wmw.mergePatch(EDGE_PLACEMENTS, { name: 'only-one' }, { spec: nowhere }, USER);
  await statusOfConfigMap(wmw, N, 'shared', (status) => status === undefined);
  await placementStatus(wmw, 'only-one', ({ summary }) => summary?.wanted === 0 && summary.objects === 0);
});

test('semantics 11b: StatusCollectors make tables of a kind from a CRD; those that can not be read tell why', async () => {
  await wmw.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(ENGINES), USER);
  await eventually(
    'engines to be served',
    () => wmw.list(ENGINES),
    () => true,
  );
  await collector(wmw, 'modes', {
    filter: 'has(returned.status)',
    groupBy: [{ name: 'mode', def: 'returned.status.mode' }],
    combinedFields: [
      { name: 'clusters', type: 'COUNT' },
      { name: 'rpm', type: 'AVG', subject: 'returned.status.rpm' },
    ],
  });
  await collector(wmw, 'unreadable', { select: [{ name: 'x', def: 'nobody.knows' }] });
  const statusCollectors = ['modes', 'unreadable', 'missing'];
  const downsync = [{ apiGroup: 'summaries.test', namespaces: [N], statusCollectors }];
  await wmw.create(EDGE_PLACEMENTS, placement('engines', { downsync }), USER);
  await wmw.create(ENGINES, namespacedObject(ENGINES, N, 'v8', { spec: { cylinders: 8 } }), USER);
  await combinedStatus(wmw, ENGINES, N, 'v8', counts(2, 2, 0));

  const run = (wec: KubeClient, status: object) =>
    wec.mergePatch(ENGINES, { namespace: N, name: 'v8' }, { status }, { ...USER, subresource: 'status' });
  const ready = (status: 'True' | 'False') => ({ conditions: [{ type: 'Ready', status }] });
  await run(servers.wecs.edge1, { mode: 'fast', rpm: 5000, ...ready('True') });
  await run(servers.wecs.edge2, { mode: 'fast', rpm: 3000, ...ready('False') });
  const isTable = (rows: string[]) => (status: CombinedStatus | undefined) =>
    JSON.stringify(rowsOf(status, 'modes')) === JSON.stringify(rows);
  const status = await combinedStatus(wmw, ENGINES, N, 'v8', isTable(['fast 2 4000']));
  assert.is(status?.clusters.available, 1, 'by the condition Ready');
  assert.equal(status?.results?.find(({ name }) => name === 'modes')?.columnNames, [
    'mode',
    'clusters',
    'rpm',
  ]);
  const errorOf = (name: string) =>
    status?.results?.find((result) => result.name === name)?.errors?.[0]?.message ?? '';
  assert.match(errorOf('unreadable'), /^select "x": .*nobody/);
  assert.match(errorOf('missing'), 'no StatusCollector');
  const told = await eventually(
    'the condition of the StatusCollector',
    () => wmw.get<StatusCollector>(STATUS_COLLECTORS, { name: 'unreadable' }),
    (found) => found?.status?.conditions?.[0]?.status === 'False',
  );
  assert.match(told?.status?.conditions?.[0]?.message ?? '', /^select "x": .*nobody/);

  await run(servers.wecs.edge2, { mode: 'slow', rpm: 700, ...ready('True') });
  await combinedStatus(wmw, ENGINES, N, 'v8', isTable(['fast 1 5000', 'slow 1 700']));
  await wmw.mergePatch(
    STATUS_COLLECTORS,
    { name: 'modes' },
    { spec: { filter: 'has(returned.status) && returned.status.rpm > 1000' } },
    USER,
  );
  await combinedStatus(wmw, ENGINES, N, 'v8', isTable(['fast 1 5000']));
});

test('semantics 11a: after much coming and going, a crash included, the counts are those of the clusters', async () => {
  await refuseUnwelcome(servers.wecs.edge1);
  const downsync = [
    {
      apiGroup: '',
      resources: ['configmaps'],
      namespaces: [N],
      labelSelectors: [{ matchLabels: { churn: 'yes' } }],
    },
  ];
  await wmw.create(EDGE_PLACEMENTS, placement('churn', { downsync }), USER);
  translator = await ProgramUnderTest.takeOver(await home.pidOf('placement-translator'), home.path);
  await translator.start();
  const random = randomFrom(20_261);
  const model = new Map<string, boolean>();
  for (let step = 0; step < 120; step++) {
    const name = `churn-${random(15)}`;
    const ref = { namespace: N, name };
    const unwelcome = random(3) === 0;
    const labels = { churn: 'yes', ...(unwelcome ? { unwelcome: 'yes' } : {}) };
    if (!model.has(name)) {
      await wmw.create(CONFIG_MAPS, configMap(N, name, labels), USER);
      model.set(name, unwelcome);
    } else if (random(3) === 0) {
      await wmw.delete(CONFIG_MAPS, ref);
      model.delete(name);
    } else {
      const patch = {
        metadata: { labels: { unwelcome: unwelcome ? 'yes' : null } },
        data: { step: `${step}` },
      };
      await wmw.mergePatch(CONFIG_MAPS, ref, patch, USER);
      model.set(name, unwelcome);
    }
    if (step % 40 === 39) {
      await translator.kill();
      await translator.start();
    }
  }
  const refused = [...model.values()].filter(Boolean).length;
  for (const [name, unwelcome] of model)
    await statusOfConfigMap(wmw, N, name, unwelcome ? counts(2, 1, 1) : counts(2, 2, 0));
  // The counts of an EdgePlacement come together within a second or so, those of its objects before them.
  const applied = 2 * model.size - refused;
  const { summary } = await placementStatus(
    wmw,
    'churn',
    ({ summary: told }) =>
      told?.objects === model.size && told.failing === refused && told.applied === applied,
  );
  assert.equal([summary?.wanted, summary?.failures?.[0]?.count], [2 * model.size, refused]);
  const selected = { namespace: N, labelSelector: 'churn=yes' };
  const there = await servers.wecs.edge2.list(CONFIG_MAPS, selected);
  assert.equal(there.map(({ metadata }) => metadata.name).sort(), [...model.keys()].sort());
  const about = await eventually(
    'the CombinedStatuses of what is gone to go',
    async () =>
      (await wmw.list<CombinedStatus>(COMBINED_STATUSES, { namespace: N })).map((each) => each.object.name),
    (names) => names.filter((name) => name.startsWith('churn-')).length === model.size,
  );
  assert.ok([...model.keys()].every((name) => about.includes(name)));
});

test('A8: a customization that takes too much is not tried again after any of three restarts; a change is, once', async () => {
  const over = () => evaluationsOverBudget(home);
  const replacements = Array.from({ length: 2000 }, (_, n) => ({ path: `$..no${n}`, value: '1' }));
  const bomb = namespacedObject(CUSTOMIZERS, N, 'bomb', { replacements });
  await wmw.create(CUSTOMIZERS, bomb, USER);
  const annotations = { 'edge.kubestellar.io/customizer': 'bomb' };
  const object = configMap(N, 'quarantined', { churn: 'yes' });
  for (let n = 0; n < 3000; n++) object.data[`k${n}`] = '';
  await wmw.create(CONFIG_MAPS, { ...object, metadata: { ...object.metadata, annotations } }, USER);
  const isTold = (status: CombinedStatus | undefined) =>
    counts(2, 0, 2)(status) && status?.failures?.[0]?.reason === 'OverBudget';
  await statusOfConfigMap(wmw, N, 'quarantined', isTold);
  await eventually(
    'the annotation that keeps the quarantine',
    () => wmw.get<KubeObject>(CONFIG_MAPS, { namespace: N, name: 'quarantined' }),
    (found) => found?.metadata.annotations?.['edge.kubestellar.io/quarantined'] !== undefined,
  );
  for (let restart = 0; restart < 3; restart++) {
    await translator?.kill();
    await translator?.start();
    // Both clusters get what is made now: so has been looked at what was there before.
    const marker = `after-restart-${restart}`;
    await wmw.create(CONFIG_MAPS, configMap(N, marker, { churn: 'yes' }), USER);
    await statusOfConfigMap(wmw, N, marker, counts(2, 2, 0));
    await statusOfConfigMap(wmw, N, 'quarantined', isTold);
    assert.is(await eventually('the metrics', over, (count) => count !== undefined), 0, `restart ${restart}`);
  }
  const ref = { namespace: N, name: 'quarantined' };
  await wmw.mergePatch(CONFIG_MAPS, ref, { data: { changed: 'yes' } }, USER);
  await eventually('one more try', over, (count) => count === 1);
  await wmw.create(CONFIG_MAPS, configMap(N, 'after-change', { churn: 'yes' }), USER);
  await statusOfConfigMap(wmw, N, 'after-change', counts(2, 2, 0));
  await statusOfConfigMap(wmw, N, 'quarantined', isTold);
  assert.is(await over(), 1);
});

test.run();

async function create(resource: Resource, name: string, spec: object): Promise<void> {
  await wmw.create(resource, namespacedObject(resource, N, name, { spec }), USER);
}
