/** What a tenant takes over in a cluster by the annotation `edge.kubestellar.io/adopt`. */
import {
  ADOPT,
  ADOPTED,
  CLUSTER_ROLE_BINDINGS,
  CONFIG_MAPS,
  DOWNSYNCED,
  EDGE_PLACEMENTS,
  type KubeObject,
  NAMESPACES,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  SECRETS,
  SYNCER_PREFIX,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import {
  annotate,
  arrives,
  carries,
  create,
  fresh,
  leaves,
  namespace,
  place,
  read,
  settles,
  write,
} from '../objects.ts';
import { combinedStatus } from '../semantics/summary-support.ts';
import { area } from './core.ts';

export const adoption = area();

const TAKE_OVER = { annotations: { [ADOPT]: 'true' } };

adoption(
  'a tenant who adopts an object of kube-system, or labels that Namespace, is refused',
  async ({ tenant, edge1 }) => {
    const { client } = await tenant();
    const [name, label] = [fresh('dns'), fresh('label')];
    await create(edge1, CONFIG_MAPS, name, 'kube-system', { data: { from: 'cluster' } });
    const patch = { metadata: { labels: { [label]: 'x' }, ...TAKE_OVER } };
    await client.mergePatch(NAMESPACES, { name: 'kube-system' }, patch, USER);
    await create(client, CONFIG_MAPS, name, 'kube-system', { data: { from: 'tenant' } }, TAKE_OVER);
    await create(client, CONFIG_MAPS, `${name}-new`, 'kube-system', { data: { from: 'tenant' } });
    await place(client, name, [
      { resources: ['configmaps'], namespaces: ['kube-system'], objectNames: [name, `${name}-new`] },
      { resources: ['namespaces'], objectNames: ['kube-system'] },
    ]);
    await isProtected(client, CONFIG_MAPS, 'kube-system', name);
    await isProtected(client, NAMESPACES, '', 'kube-system');
    // What is new there may be placed there, as always.
    await carries(edge1, `${name}-new`, 'kube-system', 'tenant');
    await client.delete(EDGE_PLACEMENTS, { name });
    await leaves(edge1, CONFIG_MAPS, `${name}-new`, 'kube-system');
    const theirs = await read(edge1, CONFIG_MAPS, name, 'kube-system');
    assert.equal(theirs?.data, { from: 'cluster' });
    assert.is((await read(edge1, NAMESPACES, 'kube-system'))?.metadata.labels?.[label], undefined);
    await edge1.delete(CONFIG_MAPS, { name, namespace: 'kube-system' });
  },
);

adoption(
  "a tenant who adopts, overwrites or adds something in the syncer's own Namespace is refused, also where marks are forged",
  async ({ tenant, edge1 }) => {
    const { client } = await tenant();
    const own = await syncerIn(edge1);
    const [name, forged] = [fresh('new'), fresh('forged')];
    const data = { kubeconfig: Buffer.from('of the tenant').toString('base64') };
    // Marks that say that the syncer may write and delete it.
    await create(
      edge1,
      SECRETS,
      forged,
      own,
      {},
      {
        labels: { [PROJECTED]: PROJECTED_VALUE },
        annotations: { [DOWNSYNCED]: `Secret/${own}/${forged}` },
      },
    );
    const secrets = [own, forged, name];
    const before = await Promise.all(secrets.map((each) => read(edge1, SECRETS, each, own)));
    const rights = await read(edge1, CLUSTER_ROLE_BINDINGS, own);
    assert.ok(before[0] && before[1] && rights);
    await create(client, NAMESPACES, own, undefined, {}, { labels: { taken: 'over' }, ...TAKE_OVER });
    for (const each of secrets) await create(client, SECRETS, each, own, { data }, TAKE_OVER);
    const nobody = {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'nothing' },
      subjects: [],
    };
    await create(client, CLUSTER_ROLE_BINDINGS, own, undefined, nobody, TAKE_OVER);
    await place(client, name, [
      { resources: ['secrets'], namespaces: [own] },
      { resources: ['namespaces'], objectNames: [own] },
      {
        apiGroup: 'rbac.authorization.k8s.io',
        resources: ['clusterrolebindings'],
        objectNames: [own],
      },
    ]);
    for (const each of secrets) await isProtected(client, SECRETS, own, each);
    await isProtected(client, NAMESPACES, '', own);
    await isProtected(client, CLUSTER_ROLE_BINDINGS, '', own);
    await client.delete(EDGE_PLACEMENTS, { name });
    // Deletions in this Namespace come before what is placed after them.
    const in_ = await namespace(client);
    await place(client, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await settles(client, edge1, in_);
    const after = await Promise.all(secrets.map((each) => read(edge1, SECRETS, each, own)));
    assert.equal(after, before);
    assert.equal(await read(edge1, CLUSTER_ROLE_BINDINGS, own), rights);
    assert.is((await read(edge1, NAMESPACES, own))?.metadata.labels?.taken, undefined);
    await edge1.delete(SECRETS, { name: forged, namespace: own });
  },
);

adoption(
  'adopted objects stay in the cluster, without our marks, when their placement or their source ends',
  async ({ tenant, edge1 }) => {
    const { client } = await tenant();
    const in_ = await namespace(client);
    await create(edge1, NAMESPACES, in_);
    const names = ['placement-ends', 'source-ends'];
    for (const name of names) {
      const theirs = { data: { from: 'cluster', kept: 'yes' } };
      await create(edge1, CONFIG_MAPS, name, in_, theirs, { labels: { app: 'theirs' } });
      await create(client, CONFIG_MAPS, name, in_, { data: { from: 'tenant' } }, TAKE_OVER);
    }
    await create(client, CONFIG_MAPS, 'made', in_, { data: { from: 'tenant' } });
    await place(client, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    for (const name of [...names, 'made']) await carries(edge1, name, in_, 'tenant');
    // What the syncer has made is not adopted by being called so later.
    await annotate(client, 'made', in_, TAKE_OVER.annotations);
    const marksOf = ({ metadata }: KubeObject) => metadata.annotations ?? {};
    const made = await arrives(edge1, CONFIG_MAPS, 'made', in_, (copy) => ADOPT in marksOf(copy));
    assert.is(marksOf(made)[ADOPTED], undefined);
    const adopted = await read(edge1, CONFIG_MAPS, 'placement-ends', in_);
    assert.ok(adopted);
    assert.is(marksOf(adopted)[ADOPTED], `ConfigMap/${in_}/placement-ends`);
    assert.is(marksOf(adopted)[DOWNSYNCED], undefined);
    // They are kept as copies are.
    await write(edge1, 'placement-ends', in_, 'drift');
    await carries(edge1, 'placement-ends', in_, 'tenant');
    await client.delete(CONFIG_MAPS, { name: 'source-ends', namespace: in_ });
    await isReleased(edge1, 'source-ends', in_);
    await client.delete(EDGE_PLACEMENTS, { name: in_ });
    await isReleased(edge1, 'placement-ends', in_);
    await leaves(edge1, CONFIG_MAPS, 'made', in_);
    const left = await read(edge1, CONFIG_MAPS, 'placement-ends', in_);
    assert.is(left?.metadata.uid, adopted.metadata.uid);
    assert.equal(left?.data, { from: 'tenant', kept: 'yes' });
    assert.is(left?.metadata.labels?.app, 'theirs');
    // It is the cluster's again: adopted by nobody's saying so, it is left alone.
    await write(edge1, 'placement-ends', in_, 'cluster');
    await annotate(client, 'placement-ends', in_, { [ADOPT]: null });
    await place(client, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await settles(client, edge1, in_);
    assert.is((await read(edge1, CONFIG_MAPS, 'placement-ends', in_))?.data?.from, 'cluster');
  },
);

/** Waits until the CombinedStatus of an object tells that no placement may change it. */
async function isProtected(client: KubeClient, resource: Resource, in_: string, name: string): Promise<void> {
  await combinedStatus(
    client,
    resource,
    in_,
    name,
    (status) => status?.failures?.some(({ reason }) => reason === 'Protected') ?? false,
  );
}

/** Waits until a ConfigMap has nothing of ours any more. */
async function isReleased(server: KubeClient, name: string, in_: string): Promise<void> {
  await arrives(server, CONFIG_MAPS, name, in_, ({ metadata }) => {
    const { labels = {}, annotations = {}, managedFields = [] } = metadata;
    const isMarked = [...Object.keys(labels), ...Object.keys(annotations)].some((key) =>
      key.startsWith('edge.kubestellar.io/'),
    );
    return !isMarked && !managedFields.some(({ manager }) => manager === 'kubestellar-syncer');
  });
}

/** The Namespace of a cluster's syncer, whose name all that is the syncer's has. */
async function syncerIn(cluster: KubeClient): Promise<string> {
  const all = await cluster.list<KubeObject>(NAMESPACES);
  const found = all.find(({ metadata }) => metadata.name.startsWith(SYNCER_PREFIX));
  assert.ok(found, 'no Namespace of the syncer');
  return found.metadata.name;
}
