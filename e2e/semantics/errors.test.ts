/** What a cluster refuses is told in the WMW: on which clusters, with which message; and it goes when mended. */
import {
  CLUSTER_ROLES,
  type ClusterRole,
  CONFIG_MAPS,
  type CombinedStatus,
  CUSTOM_RESOURCE_DEFINITIONS,
  EDGE_PLACEMENTS,
  type KubeObject,
  type Resource,
  SECRETS,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';
import {
  closeServers,
  combinedStatus,
  configMap,
  counts,
  events,
  POLICY_BINDINGS,
  placement,
  placementStatus,
  refuseUnwelcome,
  type Servers,
  startServers,
  statusOfConfigMap,
  USER,
} from '../support/semantics/summary-support.ts';

const test = suite('errors come back', { timeout: 300_000 });

const N = 'refusals';
const GADGETS = crdResource('gadgets', 'Gadget');
const GIZMOS = crdResource('gizmos', 'Gizmo');
const home = await LocalHome.create();
let servers: Servers;
let wmw: KubeClient;

test.before(async () => {
  servers = await startServers(home, N);
  wmw = servers.wmw;
  await wmw.create(
    EDGE_PLACEMENTS,
    placement(N, {
      downsync: [
        { apiGroup: '', resources: ['configmaps', 'secrets'], namespaces: [N] },
        { apiGroup: 'errors.test', namespaces: [N] },
      ],
    }),
    USER,
  );
});

test.after(async () => {
  await closeServers(servers);
  await home.dispose();
});

test('semantics 11a; syncer 3b: refused by admission: which cluster, which message, on the object and in an Event; mended by the user', async () => {
  await refuseUnwelcome(servers.wecs.edge1);
  await wmw.create(CONFIG_MAPS, configMap(N, 'welcome'), USER);
  await wmw.create(CONFIG_MAPS, configMap(N, 'unwelcome', { unwelcome: 'yes' }), USER);
  const status = await statusOfConfigMap(wmw, N, 'unwelcome', counts(2, 1, 1));
  const [failure] = status?.failures ?? [];
  assert.equal([failure?.reason, failure?.count, failure?.clusters], ['Invalid', 1, ['edge1']]);
  assert.match(failure?.message ?? '', /unwelcome things stay out/);
  assert.not.match(failure?.message ?? '', /"unwelcome"/, 'the name of the object is left out');
  assert.equal(status?.object, {
    ...{ version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespace: N, name: 'unwelcome' },
    uid: (await wmw.get(CONFIG_MAPS, { namespace: N, name: 'unwelcome' }))?.metadata.uid,
  });
  const about = { kind: 'ConfigMap', name: 'unwelcome' };
  const [event] = await events(wmw, N, about, (all) => all.some(({ type }) => type === 'Warning'));
  assert.equal([event?.reason, event?.count], ['NotApplied', 1]);
  assert.match(event?.message ?? '', /^on 1 of 2 cluster\(s\) \(edge1\): .*unwelcome things stay out/);
  await statusOfConfigMap(wmw, N, 'welcome', counts(2, 2, 0));
  const told = await placementStatus(wmw, N, ({ summary }) => summary?.failing === 1);
  assert.equal(told.summary?.failures?.[0]?.objects, [`configmaps ${N}/unwelcome`]);
  assert.equal(told.summary?.failures?.[0]?.clusters, ['edge1']);
  const applied = told.conditions?.find(({ type }) => type === 'Applied');
  assert.equal([applied?.status, applied?.reason], ['False', 'Failing']);
  assert.match(applied?.message ?? '', /unwelcome things stay out/);

  await wmw.mergePatch(
    CONFIG_MAPS,
    { namespace: N, name: 'unwelcome' },
    { metadata: { labels: { unwelcome: null } } },
    USER,
  );
  const mended = await statusOfConfigMap(wmw, N, 'unwelcome', counts(2, 2, 0));
  assert.is(mended?.failures, undefined);
  await events(wmw, N, about, (all) => all.some(({ reason }) => reason === 'Applied'));
  await placementStatus(wmw, N, ({ summary, conditions }) => {
    const isApplied = conditions?.some(({ type, status }) => type === 'Applied' && status === 'True');
    return summary?.failing === 0 && summary.failures === undefined && isApplied === true;
  });
});

test('a change that is refused is told although the old copy stays; mended in the cluster', async () => {
  await wmw.mergePatch(
    CONFIG_MAPS,
    { namespace: N, name: 'welcome' },
    { metadata: { labels: { unwelcome: 'yes' } } },
    USER,
  );
  await statusOfConfigMap(wmw, N, 'welcome', counts(2, 1, 1));
  await servers.wecs.edge1.delete(POLICY_BINDINGS, { name: 'unwelcome' });
  await statusOfConfigMap(wmw, N, 'welcome', counts(2, 2, 0));
});

test('refused by a stricter schema, in a cluster that had its own definition of the kind', async () => {
  await define(servers.wecs.edge1, GADGETS, ['v1'], { size: { type: 'integer', maximum: 9 } });
  await define(wmw, GADGETS, ['v1'], { size: { type: 'integer' } });
  const gadget = { ...crdObject(GADGETS, 'big'), spec: { size: 10 } };
  await wmw.create(GADGETS, gadget, USER);
  const status = await combinedStatus(wmw, GADGETS, N, 'big', counts(2, 1, 1));
  assert.is(status?.failures?.[0]?.reason, 'Invalid');
  assert.match(status?.failures?.[0]?.message ?? '', /^invalid: spec\.size: .* less than or equal to 9/);
  const definition = await combinedStatus(
    wmw,
    CUSTOM_RESOURCE_DEFINITIONS,
    '',
    'gadgets.errors.test',
    counts(2, 1, 1),
  );
  assert.is(definition?.metadata.namespace, 'default');
  assert.is(definition?.failures?.[0]?.reason, 'NotOurs');
  assert.match(definition?.failures?.[0]?.message ?? '', /edge\.kubestellar\.io\/adopt/);
  await wmw.mergePatch(GADGETS, { namespace: N, name: 'big' }, { spec: { size: 9 } }, USER);
  await combinedStatus(wmw, GADGETS, N, 'big', counts(2, 2, 0));
});

test('a kind that a cluster does not serve in that version', async () => {
  await define(servers.wecs.edge1, GIZMOS, ['v2'], {});
  await define(wmw, GIZMOS, ['v1'], {});
  await wmw.create(GIZMOS, crdObject(GIZMOS, 'one'), USER);
  const status = await combinedStatus(wmw, GIZMOS, N, 'one', counts(2, 1, 1));
  assert.equal(status?.failures, [
    {
      reason: 'NotServed',
      message: 'the cluster does not serve "gizmos" of errors.test/v1',
      count: 1,
      clusters: ['edge1'],
    },
  ]);
  await servers.wecs.edge1.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: 'gizmos.errors.test' });
  await combinedStatus(wmw, GIZMOS, N, 'one', counts(2, 2, 0), 100);
});

test('what the syncer has no permission for', async () => {
  const { edge2 } = servers.wecs;
  const roles = await edge2.list<ClusterRole>(CLUSTER_ROLES);
  const role = roles.find(({ metadata }) => metadata.name.startsWith('kubestellar-syncer-'));
  assert.ok(role);
  const allow = (rules: ClusterRole['rules']) =>
    edge2.mergePatch(CLUSTER_ROLES, role.metadata, { rules }, USER);
  const others = [
    'configmaps',
    'namespaces',
    'customresourcedefinitions',
    'gadgets',
    'gizmos',
    'deployments',
  ];
  await allow([{ apiGroups: ['*'], resources: others, verbs: ['*'] }]);
  await wmw.create(SECRETS, secret('first'), USER);
  const unreadable = await combinedStatus(wmw, SECRETS, N, 'first', counts(2, 1, 1));
  assert.is(unreadable?.failures?.[0]?.reason, 'Forbidden');
  assert.match(unreadable?.failures?.[0]?.message ?? '', /cannot list resource "secrets"/);

  await allow([
    { apiGroups: ['*'], resources: others, verbs: ['*'] },
    { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  ]);
  const isUnwritable = (status: CombinedStatus | undefined) =>
    status?.failures?.[0]?.message.includes('cannot create resource "secrets"') ?? false;
  await combinedStatus(wmw, SECRETS, N, 'first', isUnwritable);

  await allow(role.rules);
  await combinedStatus(wmw, SECRETS, N, 'first', counts(2, 2, 0), 100);
});

test('a permanent failure costs no write once it is told', async () => {
  await refuseUnwelcome(servers.wecs.edge2);
  await wmw.create(CONFIG_MAPS, configMap(N, 'stubborn', { unwelcome: 'yes' }), USER);
  const before = await statusOfConfigMap(wmw, N, 'stubborn', counts(2, 1, 1));
  const retries = () => refusalsIn(servers.wecs.edge2);
  const tried = await retries();
  // They come half a minute apart in the end.
  await eventually('two more attempts', retries, (now) => now >= tried + 2, 100);
  const after = await statusOfConfigMap(wmw, N, 'stubborn', () => true);
  assert.is(after?.metadata.resourceVersion, before?.metadata.resourceVersion);
  const [event] = await events(wmw, N, { kind: 'ConfigMap', name: 'stubborn' }, (all) => all.length > 0);
  assert.is(event?.count, 1);
});

test('what is told goes with the object, and with the placement', async () => {
  await wmw.delete(CONFIG_MAPS, { namespace: N, name: 'stubborn' });
  await statusOfConfigMap(wmw, N, 'stubborn', (status) => status === undefined);
  await wmw.delete(EDGE_PLACEMENTS, { name: N });
  await statusOfConfigMap(wmw, N, 'welcome', (status) => status === undefined);
  await combinedStatus(wmw, GADGETS, N, 'big', (status) => status === undefined);
});

test.run();

/** How many writes the cluster's admission has refused, from the apiserver's own metrics. */
async function refusalsIn(wec: KubeClient): Promise<number> {
  const text = await wec.request<string>('GET', '/metrics');
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('apiserver_validating_admission_policy_check_total'));
  return lines
    .filter((line) => line.includes('enforcement_action="deny"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function define(
  client: KubeClient,
  { group, plural, kind }: Resource,
  versions: string[],
  spec: object,
): Promise<void> {
  const schema = { type: 'object', properties: { spec: { type: 'object', properties: spec } } };
  await client.create(
    CUSTOM_RESOURCE_DEFINITIONS,
    {
      ...object(CUSTOM_RESOURCE_DEFINITIONS, `${plural}.${group}`),
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: versions.map((name, n) => ({
          name,
          served: true,
          storage: n === 0,
          schema: { openAPIV3Schema: schema },
        })),
      },
    } as KubeObject,
    USER,
  );
  const resource: Resource = { ...GADGETS, plural, kind, version: versions[0] ?? '' };
  await eventually(
    `${plural} to be served`,
    () => client.list(resource),
    () => true,
    60,
  );
}

function object({ group, version, kind }: Resource, name: string): KubeObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name } };
}

function crdObject(resource: Resource, name: string): KubeObject {
  const { apiVersion, kind } = object(resource, name);
  return { apiVersion, kind, metadata: { name, namespace: N } };
}

function secret(name: string): KubeObject & { stringData: Record<string, string> } {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: N }, stringData: { a: 'b' } };
}

function crdResource(plural: string, kind: string): Resource {
  return { group: 'errors.test', version: 'v1', plural, kind, namespaced: true };
}
