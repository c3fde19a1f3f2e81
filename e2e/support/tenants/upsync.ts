/** What a tenant gets at by upsync sets: rights of the syncers in mailbox workspaces, and objects of the clusters. */
import {
  CLUSTER_ROLES,
  type ClusterRole,
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  EVENTS,
  type KubeObject,
  type Resource,
  SECRETS,
  SERVICE_ACCOUNT_NAME,
  SERVICE_ACCOUNTS,
  SYNCER_CONFIGS,
  type SyncerConfig,
  UPSYNC_ROLE_NAME,
  type UpsyncSet,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { parseAllDocuments } from 'yaml';
import type { Cluster, Servers } from '../core.ts';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import {
  arrives,
  create,
  fresh,
  kind,
  leaves,
  namespace,
  place,
  placementIs,
  problemsOf,
  read,
} from '../objects.ts';
import { area } from './core.ts';

export const upsync = area();

const RBAC = 'rbac.authorization.k8s.io';
const TOKEN = 'kubernetes.io/service-account-token';
const EVERYTHING = { namespaces: ['*'], names: ['*'] };
const ON_EDGE2 = [{ matchLabels: { name: 'edge2' } }];

/** What no upsync set may make a right of the syncer, each as a request that it would need. */
const NEVER = [
  { verb: '*', group: '*', resource: '*' },
  { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
  { verb: 'create', group: '', resource: 'serviceaccounts' },
  { verb: 'create', group: 'apps', resource: 'deployments' },
  { verb: 'create', group: '', resource: 'resourcequotas' },
  { verb: 'create', group: RBAC, resource: 'clusterrolebindings' },
  { verb: 'patch', group: RBAC, resource: 'clusterroles' },
  { verb: 'patch', group: 'apis.kcp.io', resource: 'apibindings' },
  { verb: 'create', group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicies' },
  { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { verb: 'patch', group: 'edge.kubestellar.io', resource: 'syncerconfigs' },
  { verb: 'delete', group: 'coordination.k8s.io', resource: 'leases' },
  { verb: 'create', group: 'tenancy.kcp.io', resource: 'workspaces' },
  { verb: 'delete', group: '', resource: 'namespaces' },
] as const;

upsync('no upsync set makes a syncer an administrator of its mailbox workspace', async (core) => {
  const { client } = await core.tenant();
  const in_ = await namespace(core.edge1);
  await create(core.edge1, CONFIG_MAPS, 'ordinary', in_);
  const attacks: Partial<UpsyncSet>[] = [
    { apiGroup: '*', resources: ['*'] },
    { resources: ['serviceaccounts/token', 'serviceaccounts', '*/status', 'Secrets', '', 'sеcrets'] },
    { resources: ['resourcequotas'] },
    { apiGroup: RBAC, resources: ['*', 'clusterrolebindings', 'clusterroles'] },
    { apiGroup: 'apis.kcp.io', resources: ['apibindings'] },
    { apiGroup: 'admissionregistration.k8s.io', resources: ['*'] },
    { apiGroup: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'] },
    { apiGroup: 'edge.kubestellar.io', resources: ['*', 'syncerconfigs'] },
    { apiGroup: 'coordination.k8s.io', resources: ['*'] },
    { apiGroup: 'tenancy.kcp.io', resources: ['workspaces'] },
  ];
  const name = fresh('attack');
  await place(client, name, [], {
    upsync: [
      ...attacks.map((each): UpsyncSet => ({ resources: [], ...each, ...EVERYTHING })),
      { resources: ['configmaps'], namespaces: [in_], names: ['ordinary'] },
    ],
  });
  await arrives(core.mailboxes.edge1, CONFIG_MAPS, 'ordinary', in_);
  const syncer = await syncerOf(core, 'edge1');
  for (const request of NEVER) assert.not(await may(syncer, request), JSON.stringify(request));
  assert.ok(await may(syncer, { verb: 'patch', group: '', resource: 'configmaps' }));
  await syncer.connection.close();
  for (const { apiGroups = [], resources = [] } of await rulesIn(core.mailboxes.edge1))
    for (const name of [...apiGroups, ...resources]) assert.match(name, /^[-a-z0-9.]*$/);
  const problems = problemsOf(
    await placementIs(client, name, (placement) => problemsOf(placement).length > 10),
  ).join('\n');
  for (const part of ['upsync[0]: a set names one API group', 'upsync[1]: "serviceaccounts/token" is a sub'])
    assert.match(problems, part);
  assert.match(problems, 'more problems');
  await client.delete(EDGE_PLACEMENTS, { name });
});

upsync('a right that an upsync set brought ends with the set, or with the last copy', async (core) => {
  const { client } = await core.tenant();
  const { edge1, mailboxes } = core;
  const in_ = await namespace(edge1);
  const [used, unused] = [await kind([client, edge1]), await kind([client, edge1])];
  await create(edge1, used, 'report', in_);
  const set = ({ group }: Resource): UpsyncSet => ({ apiGroup: group, resources: ['*'], ...EVERYTHING });
  const name = fresh('sets');
  const definitions = [used, unused].map(({ plural, group }) => `${plural}.${group}`);
  const downsync = [{ apiGroup: 'apiextensions.k8s.io', objectNames: definitions }];
  await place(client, `${name}-definitions`, downsync);
  await place(client, name, [], { upsync: [set(used), set(unused)] });
  await arrives(mailboxes.edge1, used, 'report', in_);
  await permits(mailboxes.edge1, unused, [unused.plural]);
  await permits(mailboxes.edge1, used, [used.plural]);
  await client.delete(EDGE_PLACEMENTS, { name });
  await permits(mailboxes.edge1, unused, []);
  assert.ok(await read(mailboxes.edge1, used, 'report', in_), 'the copy stays with its original');
  await permits(mailboxes.edge1, used, [used.plural]);
  await edge1.delete(used, { name: 'report', namespace: in_ });
  await leaves(mailboxes.edge1, used, 'report', in_);
  await permits(mailboxes.edge1, used, []);
});

upsync('the token of a ServiceAccount is not upsynced, and costs no write', async (core) => {
  const { client } = await core.tenant();
  const { edge1, mailboxes } = core;
  const in_ = await namespace(edge1);
  const token = () => read(edge1, SECRETS, 'token', in_);
  await create(edge1, SERVICE_ACCOUNTS, 'robot', in_);
  const annotations = { [SERVICE_ACCOUNT_NAME]: 'robot' };
  await create(edge1, SECRETS, 'token', in_, { type: TOKEN }, { annotations });
  await eventually('the token', token, (secret) => secret?.data?.token !== undefined);
  await create(edge1, SECRETS, 'bootstrap', in_, { type: 'bootstrap.kubernetes.io/token' });
  const [seen, stop] = watchSecrets(mailboxes.edge1, in_);
  await place(client, fresh('secrets'), [], {
    upsync: [{ resources: ['secrets', 'configmaps'], namespaces: [in_], names: ['*'] }],
  });
  for (const later of ['one', 'two', 'three']) {
    await create(edge1, SECRETS, later, in_, { type: 'Opaque' });
    await arrives(mailboxes.edge1, SECRETS, later, in_);
    await edge1.mergePatch(
      SECRETS,
      { name: 'token', namespace: in_ },
      { metadata: { labels: { later } } },
      USER,
    );
  }
  await eventually(
    'the watch',
    async () => [...seen],
    (names) => names.includes('three'),
  );
  await stop();
  assert.equal([...new Set(seen)].sort(), ['one', 'three', 'two']);
});

upsync("what a cluster's owner does not permit is not upsynced, whatever a tenant asks for", async (core) => {
  const { client } = await core.tenant();
  const { edge2, mailboxes } = core;
  const in_ = await namespace(edge2);
  await consents(core, 'edge2', 'configmaps');
  for (const resource of [SECRETS, CONFIG_MAPS]) await create(edge2, resource, 'payroll', in_);
  await place(client, fresh('payroll'), [], {
    locationSelectors: ON_EDGE2,
    upsync: [{ resources: ['*', 'secrets', 'configmaps'], namespaces: [in_], names: ['*'] }],
  });
  await arrives(mailboxes.edge2, CONFIG_MAPS, 'payroll', in_);
  await create(edge2, SECRETS, 'later', in_);
  await create(edge2, CONFIG_MAPS, 'later', in_);
  await arrives(mailboxes.edge2, CONFIG_MAPS, 'later', in_);
  for (const name of ['payroll', 'later'])
    assert.is(await read(mailboxes.edge2, SECRETS, name, in_), undefined, name);
});

upsync('a tenant with enormous upsync sets keeps no other tenant from upsyncing', async (core) => {
  const [greedy, modest] = [await core.tenant(), await core.tenant()];
  const { edge1, mailboxes } = core;
  const in_ = await namespace(edge1);
  const name = fresh('greedy');
  const padding = 'x'.repeat(50_000);
  await Promise.all(
    [1, 2, 3, 4, 5, 6, 7].map((n) =>
      place(greedy.client, `${name}-${n}`, [], {
        upsync: [
          { apiGroup: `absent-${n}.test`, resources: ['*'], names: [padding, `${n}`] },
          {
            apiGroup: 'g.test',
            // Large, but of few enough terms to be looked at.
            resources: Array.from({ length: 2_000 }, (_, m) => `t${n}x${m}y${'z'.repeat(40)}`),
            names: ['*'],
          },
        ],
      }),
    ),
  );
  await eventually(
    'an Event about sets that are ignored',
    () => greedy.client.list<KubeObject & { reason?: string }>(EVENTS),
    (events) => events.some(({ reason }) => reason === 'UpsyncIgnored'),
    90,
  );
  await create(edge1, CONFIG_MAPS, 'modest', in_);
  await place(modest.client, fresh('modest'), [], {
    upsync: [{ resources: ['configmaps'], namespaces: [in_], names: ['modest'] }],
  });
  await arrives(mailboxes.edge1, CONFIG_MAPS, 'modest', in_);
  const config = await mailboxes.edge1.get<SyncerConfig>(SYNCER_CONFIGS, { name: 'the-one' });
  assert.ok(JSON.stringify(config?.spec?.upsync).length < 300_000);
  const refused = await placementIs(greedy.client, `${name}-1`, (found) => problemsOf(found).length > 0);
  assert.match(problemsOf(refused).join(), /^upsync\[1\]: the upsync sets of an EdgePlacement have at most/);
  for (const n of [1, 2, 3, 4, 5, 6, 7])
    await greedy.client.delete(EDGE_PLACEMENTS, { name: `${name}-${n}` });
});

/** A client with the identity of a cluster's syncer, at its mailbox workspace. */
async function syncerOf({ home, mailboxes }: Servers, cluster: Cluster): Promise<KubeClient> {
  const kubeconfig = `${home.path}/wecs/${cluster}/syncer-mailbox.kubeconfig`;
  const client = await KubeClient.fromKubeconfig({ kubeconfig });
  return client.workspace(mailboxes[cluster].workspaceName);
}

/** Whether the server lets a client do something. */
async function may(client: KubeClient, resourceAttributes: object): Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  const { status } = await client.request<{ status?: { allowed?: boolean } }>('POST', path, { body });
  return status?.allowed === true;
}

async function rulesIn(mailbox: KubeClient) {
  const role = await mailbox.get<ClusterRole>(CLUSTER_ROLES, { name: UPSYNC_ROLE_NAME });
  return role?.rules ?? [];
}

/** Waits until the upsync role permits just these resources of a kind's group to be deleted. */
async function permits(mailbox: KubeClient, { group }: Resource, plurals: readonly string[]): Promise<void> {
  const ask = async () => {
    const rules = await rulesIn(mailbox);
    return rules
      .filter(({ apiGroups, verbs }) => apiGroups?.includes(group) && verbs.includes('delete'))
      .flatMap(({ resources = [] }) => resources);
  };
  await eventually(`the rights in ${group} to be ${plurals}`, ask, (found) => `${found}` === `${plurals}`);
}

/** @returns the names of the Secrets that were written in a Namespace from now on, and what ends the watch */
function watchSecrets(server: KubeClient, in_: string): [seen: string[], stop: () => Promise<void>] {
  const seen: string[] = [];
  const control = new AbortController();
  const follow = async () => {
    const { signal } = control;
    const events = server.watch(SECRETS, { namespace: in_, timeoutSeconds: 300, signal });
    for await (const { type, object } of events) if (type !== 'BOOKMARK') seen.push(object.metadata.name);
  };
  const ended = follow().catch((error: unknown) => {
    if (!control.signal.aborted) throw error;
  });
  return [
    seen,
    () => {
      control.abort();
      return ended;
    },
  ];
}

/** Gives the syncer of a cluster the ClusterRole of a manifest that was made for `--upsync-resources`. */
async function consents(core: Servers, cluster: Cluster, list: string): Promise<void> {
  const { home, shell, [cluster]: wec } = core;
  const text = await shell(
    `kubectl kubestellar prep-for-syncer -s --imw root:imw1 --upsync-resources ${list} -o - ${cluster}`,
  );
  const [made] = parseAllDocuments(text)
    .map((document) => document.toJS() as ClusterRole)
    .filter((object) => object.kind === 'ClusterRole');
  assert.ok(made);
  const roles = await wec.list<ClusterRole>(CLUSTER_ROLES);
  const current = roles.find(({ metadata }) => metadata.name.startsWith(`kubestellar-syncer-${cluster}-`));
  assert.ok(current);
  await wec.mergePatch(CLUSTER_ROLES, current.metadata, { rules: made.rules }, USER);
  const kubeconfig = `${home.path}/wecs/${cluster}/syncer-wec.kubeconfig`;
  const syncer = await KubeClient.fromKubeconfig({ kubeconfig });
  await eventually(
    'the cluster to withdraw its consent',
    () => may(syncer, { verb: 'upsync', group: '', resource: 'secrets' }),
    (allowed) => !allowed,
  );
  await syncer.connection.close();
}
