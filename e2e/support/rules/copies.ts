/** What copies are like, in mailbox workspaces and in clusters (semantics 6.1 to 6.4; syncer 4.1, 4.3, 4.4, 7). */
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type KubeObject,
  LOGICAL_CLUSTERS,
  NAMESPACES,
  ORIGIN,
  PROJECTED,
  type Resource,
  SERVICES,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { crdOf } from '../kinds.ts';
import {
  annotate,
  arrives,
  BOTH,
  carries,
  create,
  define,
  fresh,
  label,
  leaves,
  namespace,
  place,
  read,
  settles,
  write,
} from '../objects.ts';
import { counts, podTemplate, statusOfConfigMap } from '../semantics/summary-support.ts';
import { area } from './area.ts';

export const copies = area();

const OVERWRITE = 'edge.kubestellar.io/downsync-overwrite';
const ADOPT = 'edge.kubestellar.io/adopt';
const DOWNSYNCED = 'edge.kubestellar.io/downsynced';
const REPLICA_SETS: Resource = { ...DEPLOYMENTS, plural: 'replicasets', kind: 'ReplicaSet' };

copies(
  'semantics 6.1a; api 4b, 4c, 4k: labels and annotations go along; finalizers, owners and what servers and tools add do not',
  async (core) => {
    const { wmw, edge1, espw, imw } = core;
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
    const source = await create(wmw, CONFIG_MAPS, 'dressed', in_, {}, metadata);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    const copy = (await arrives(edge1, CONFIG_MAPS, 'dressed', in_)).metadata;
    assert.equal(copy.labels, { app: 'x', 'edge.kubestellar.io/projected': 'yes' });
    const { 'edge.kubestellar.io/created-fields': _, ...annotations } = copy.annotations ?? {};
    const ofCore = await espw.get(LOGICAL_CLUSTERS, { name: 'cluster' });
    const target = await imw.get(SYNC_TARGETS, { name: 'edge1' });
    const whose = `${ofCore?.metadata.uid}/${target?.metadata.uid}`;
    assert.equal(annotations, {
      note: 'kept',
      [DOWNSYNCED]: `ConfigMap/${in_}/dressed`,
      [ORIGIN]: `${whose}/configmaps/${in_}/dressed/${clusterOf(source)}:${source.metadata.uid}`,
    });
    assert.is(copy.finalizers, undefined);
    assert.is(copy.ownerReferences, undefined);
    const patch = { metadata: { finalizers: null } };
    await wmw.mergePatch(CONFIG_MAPS, { name: 'dressed', namespace: in_ }, patch, USER);
  },
);

copies('semantics 6.1b: an object of nearly one MiB goes down, and its edit', async (core) => {
  const { wmw, edge1 } = core;
  const in_ = await namespace(wmw);
  const big = 'x'.repeat(1_000_000);
  await create(wmw, CONFIG_MAPS, 'big', in_, { data: { big, from: 'first' } });
  await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
  await carries(edge1, 'big', in_, 'first');
  await write(wmw, 'big', in_, 'second');
  await carries(edge1, 'big', in_, 'second');
  assert.is((await read(edge1, CONFIG_MAPS, 'big', in_))?.data?.big, big);
});

copies(
  'semantics 6.2a, 6.2b: what leaves the source leaves its copies; what others have added to them stays',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    const metadata = { labels: { goes: 'soon', stays: 'yes' }, annotations: { goes: 'soon' } };
    await create(wmw, CONFIG_MAPS, 'shrinks', in_, { data: { goes: 'soon', stays: 'yes' } }, metadata);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await arrives(edge1, CONFIG_MAPS, 'shrinks', in_);
    const ref = { name: 'shrinks', namespace: in_ };
    const theirs = { metadata: { labels: { theirs: '1' } }, data: { theirs: '1' } };
    for (const server of [edge1, mailboxes.edge1])
      await server.mergePatch(CONFIG_MAPS, ref, theirs, { fieldManager: 'another' });
    const less = { metadata: { labels: { goes: null }, annotations: { goes: null } }, data: { goes: null } };
    await wmw.mergePatch(CONFIG_MAPS, ref, less, USER);
    for (const server of [edge1, mailboxes.edge1]) {
      const copy = await arrives(server, CONFIG_MAPS, 'shrinks', in_, ({ data }) => data?.goes === undefined);
      assert.is(copy.metadata.labels?.goes ?? copy.metadata.annotations?.goes, undefined);
      assert.equal([copy.metadata.labels?.stays, copy.metadata.labels?.theirs], ['yes', '1']);
      assert.is(copy.data?.theirs, '1');
    }
  },
);

copies(
  'semantics 6.2c; syncer 7b: what somebody else writes into a field of ours is put right, in the mailbox workspace and in the cluster',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'drifts', in_, { data: { from: 'us' } });
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await carries(edge1, 'drifts', in_, 'us');
    for (const server of [edge1, mailboxes.edge1]) {
      await write(server, 'drifts', in_, 'them');
      await carries(server, 'drifts', in_, 'us');
    }
    await carries(edge1, 'drifts', in_, 'us');
  },
);

copies(
  'semantics 6.2d: an object of that name in the mailbox workspace is left alone and reported; when it has gone, the copy comes',
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    await create(mailboxes.edge1, NAMESPACES, in_);
    await create(mailboxes.edge1, CONFIG_MAPS, 'early', in_, { data: { from: 'elsewhere' } });
    await create(wmw, CONFIG_MAPS, 'early', in_, { data: { from: 'us' } });
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    const isReported = counts(1, 0, 1);
    const status = await statusOfConfigMap(wmw, in_, 'early', isReported);
    assert.is(status?.failures?.[0]?.reason, 'NotOurs');
    assert.equal((await read(mailboxes.edge1, CONFIG_MAPS, 'early', in_))?.data, { from: 'elsewhere' });
    assert.is(await read(edge1, CONFIG_MAPS, 'early', in_), undefined);
    await mailboxes.edge1.delete(CONFIG_MAPS, { name: 'early', namespace: in_ });
    await carries(edge1, 'early', in_, 'us');
    // Without its label it is still ours.
    await label(mailboxes.edge1, CONFIG_MAPS, 'early', in_, { [PROJECTED]: null });
    const isLabelled = ({ metadata }: KubeObject) => metadata.labels?.[PROJECTED] === 'yes';
    await arrives(mailboxes.edge1, CONFIG_MAPS, 'early', in_, isLabelled);
    await wmw.delete(EDGE_PLACEMENTS, { name: in_ });
    await leaves(mailboxes.edge1, CONFIG_MAPS, 'early', in_);
  },
);

copies(
  'semantics 6.3b, 6.3c; syncer 4.4a: a Namespace that is selected goes down as it is; deleted at its source, it goes everywhere',
  async (core) => {
    const { wmw, edge1, edge2, mailboxes } = core;
    const in_ = await namespace(wmw, { owner: 'me' });
    await create(wmw, CONFIG_MAPS, 'inside', in_);
    const downsync = [
      { resources: ['namespaces'], objectNames: [in_] },
      { resources: ['configmaps'], namespaces: [in_] },
    ];
    await place(wmw, in_, downsync, { locationSelectors: BOTH });
    for (const server of [edge1, edge2]) {
      await arrives(server, NAMESPACES, in_, undefined, ({ metadata }) => metadata.labels?.owner === 'me');
      await arrives(server, CONFIG_MAPS, 'inside', in_);
    }
    await label(wmw, NAMESPACES, in_, undefined, { owner: 'you' });
    await arrives(edge1, NAMESPACES, in_, undefined, ({ metadata }) => metadata.labels?.owner === 'you');
    await wmw.delete(NAMESPACES, { name: in_ });
    for (const server of [mailboxes.edge1, edge1, edge2]) await leaves(server, NAMESPACES, in_);
  },
);

copies(
  'syncer 4.4b: a Namespace that the cluster had before gets labels, is not taken over and never deleted',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw, { owner: 'me' });
    await create(edge1, NAMESPACES, in_, undefined, {}, { labels: { cluster: 'mine' } });
    await create(edge1, CONFIG_MAPS, 'theirs', in_);
    await create(wmw, CONFIG_MAPS, 'ours', in_);
    await place(wmw, in_, [
      { resources: ['namespaces'], objectNames: [in_] },
      { resources: ['configmaps'], namespaces: [in_] },
    ]);
    await arrives(edge1, CONFIG_MAPS, 'ours', in_);
    const { metadata } = await arrives(edge1, NAMESPACES, in_, undefined, (found) =>
      Boolean(found.metadata.labels?.owner),
    );
    assert.is(metadata.labels?.cluster, 'mine');
    assert.is(metadata.annotations?.[DOWNSYNCED], undefined);
    await wmw.delete(NAMESPACES, { name: in_ });
    await leaves(edge1, CONFIG_MAPS, 'ours', in_);
    const left = await read(edge1, NAMESPACES, in_);
    assert.is(left?.metadata.deletionTimestamp, undefined);
    assert.ok(await read(edge1, CONFIG_MAPS, 'theirs', in_));
  },
);

copies(
  'syncer 4.3a, 4.3b, 4.3c; api 4e: a create-only object is made once, left alone, and spared; "true" takes it up again',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    const annotations = { [OVERWRITE]: 'false' };
    for (const name of ['spared', 'resumed'])
      await create(wmw, CONFIG_MAPS, name, in_, { data: { from: 'us' } }, { annotations });
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    for (const name of ['spared', 'resumed']) {
      await arrives(edge1, CONFIG_MAPS, name, in_);
      await write(edge1, name, in_, 'them');
      await write(wmw, name, in_, 'us, later');
    }
    await settles(wmw, edge1, in_);
    assert.is((await read(edge1, CONFIG_MAPS, 'resumed', in_))?.data?.from, 'them');
    await annotate(wmw, 'resumed', in_, { [OVERWRITE]: 'true' });
    await carries(edge1, 'resumed', in_, 'us, later');
    for (const name of ['spared', 'resumed']) await wmw.delete(CONFIG_MAPS, { name, namespace: in_ });
    await leaves(edge1, CONFIG_MAPS, 'resumed', in_);
    assert.is((await read(edge1, CONFIG_MAPS, 'spared', in_))?.data?.from, 'them');
  },
);

copies(
  'syncer 4.3a: any value but none, "" and "true" means create-only, and an object without annotations takes it',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'plain', in_, { data: { from: 'us' } });
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await arrives(edge1, CONFIG_MAPS, 'plain', in_);
    await annotate(wmw, 'plain', in_, { [OVERWRITE]: 'no' });
    const marked = ({ metadata }: KubeObject) => metadata.annotations?.[OVERWRITE] === 'false';
    await arrives(edge1, CONFIG_MAPS, 'plain', in_, marked);
    await write(edge1, 'plain', in_, 'them');
    await settles(wmw, edge1, in_);
    assert.is((await read(edge1, CONFIG_MAPS, 'plain', in_))?.data?.from, 'them');
    await annotate(wmw, 'plain', in_, { [OVERWRITE]: '' });
    await carries(edge1, 'plain', in_, 'us');
  },
);

copies(
  'syncer 4.1b: an object that the cluster had before is left alone until its user says otherwise',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    await create(edge1, NAMESPACES, in_);
    await create(edge1, CONFIG_MAPS, 'theirs', in_, { data: { from: 'them' } });
    await create(wmw, CONFIG_MAPS, 'theirs', in_, { data: { from: 'us' } });
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await settles(wmw, edge1, in_);
    assert.is((await read(edge1, CONFIG_MAPS, 'theirs', in_))?.data?.from, 'them');
    await annotate(wmw, 'theirs', in_, { [ADOPT]: 'true' });
    await carries(edge1, 'theirs', in_, 'us');
  },
);

copies(
  'syncer 4.1c; api 4c: a mark that was inherited from an owner gives no right to delete',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    const template = podTemplate(fresh('app'));
    const spec = { replicas: 1, selector: { matchLabels: template.metadata.labels }, template };
    await create(wmw, DEPLOYMENTS, 'owner', in_, { spec });
    await create(wmw, REPLICA_SETS, 'placed', in_, { spec: { ...spec, replicas: 0 } });
    await place(wmw, in_, [
      { apiGroup: 'apps', namespaces: [in_] },
      { resources: ['configmaps'], namespaces: [in_] },
    ]);
    await arrives(edge1, REPLICA_SETS, 'placed', in_);
    const owned = async () =>
      (await edge1.list<KubeObject>(REPLICA_SETS, { namespace: in_ })).find(
        ({ metadata }) => metadata.ownerReferences?.[0]?.name === 'owner',
      );
    await arrives(edge1, DEPLOYMENTS, 'owner', in_, ({ status }) =>
      JSON.stringify(status).includes('observed'),
    );
    const inherited = await owned();
    assert.is(inherited?.metadata.annotations?.[DOWNSYNCED], `Deployment/${in_}/owner`);
    await settles(wmw, edge1, in_);
    assert.is((await owned())?.metadata.uid, inherited?.metadata.uid);
  },
);

copies(
  'syncer 4.1c; api 4c: an object that a controller makes of a placed one of the same kind name, marks and all, is left alone',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    const name = fresh('serving');
    // As Knative's: a kind Service, of which a controller makes a Service of the core group.
    const resource = {
      group: `${name}.test`,
      version: 'v1',
      plural: 'services',
      kind: 'Service',
      namespaced: true,
    };
    for (const server of [wmw, edge1]) await define(server, crdOf(resource), resource);
    await create(wmw, resource, 'hello', in_, { spec: {} });
    await create(wmw, SERVICES, 'placed', in_, { spec: { ports: [{ port: 80 }] } });
    await place(wmw, in_, [
      { apiGroup: resource.group, namespaces: [in_] },
      { resources: ['services', 'configmaps'], namespaces: [in_] },
    ]);
    await arrives(edge1, SERVICES, 'placed', in_);
    const { metadata } = await arrives(edge1, resource, 'hello', in_);
    const { labels = {}, annotations = {} } = metadata;
    assert.is(annotations[DOWNSYNCED], `Service/${in_}/hello`);
    const made = await create(
      edge1,
      SERVICES,
      'hello',
      in_,
      { spec: { ports: [{ port: 80 }] } },
      { labels, annotations },
    );
    await settles(wmw, edge1, in_);
    await wmw.delete(resource, { name: 'hello', namespace: in_ });
    await leaves(edge1, resource, 'hello', in_);
    await settles(wmw, edge1, in_);
    assert.is((await read(edge1, SERVICES, 'hello', in_))?.metadata.uid, made.metadata.uid);
  },
);

copies(
  'syncer 4.3c; api 4e: a copy that was create-only for a while goes with its source, however it got to be so',
  async (core) => {
    const { wmw, edge1 } = core;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'later', in_, { data: { from: 'us' } });
    await create(
      wmw,
      CONFIG_MAPS,
      'first',
      in_,
      { data: { from: 'us' } },
      { annotations: { [OVERWRITE]: 'false' } },
    );
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await arrives(edge1, CONFIG_MAPS, 'later', in_);
    await annotate(wmw, 'later', in_, { [OVERWRITE]: 'false' });
    const isSpared = ({ metadata }: KubeObject) => metadata.annotations?.[OVERWRITE] === 'false';
    for (const name of ['later', 'first']) {
      await arrives(edge1, CONFIG_MAPS, name, in_, isSpared);
      await annotate(wmw, name, in_, { [OVERWRITE]: null });
      await arrives(edge1, CONFIG_MAPS, name, in_, (copy) => !isSpared(copy));
      await wmw.delete(CONFIG_MAPS, { name, namespace: in_ });
      await leaves(edge1, CONFIG_MAPS, name, in_);
    }
  },
);
