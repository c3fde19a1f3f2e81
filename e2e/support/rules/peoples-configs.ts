/** What people tell the syncer to do (api 3.3, 3.4; syncer 2). */
import {
  apiVersionOf,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  EDGE_SYNC_CONFIGS,
  type KubeObject,
  NAMESPACES,
  type Resource,
  SECRETS,
  SYNCER_CONFIGS,
  type SyncerConfig,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { type Core, USER } from '../core.ts';
import { crdOf } from '../kinds.ts';
import { arrives, carries, create, define, fresh, kind, leaves, namespace, place, read } from '../objects.ts';
import { area } from './area.ts';

export const peoplesConfigs = area();

peoplesConfigs(
  "semantics 6.5e; api 3.3b; syncer 2a, 2c, 2h: people's own SyncerConfig is honoured beside the-one; what leaves it leaves the cluster",
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'chosen', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await arrives(edge1, CONFIG_MAPS, 'chosen', in_);
    for (const name of ['extra', 'other'])
      await create(mailboxes.edge1, CONFIG_MAPS, name, in_, { data: { from: 'mailbox' } });
    const configMaps = (...names: string[]) => ({
      namespacedObjects: [
        {
          group: '',
          resource: 'configmaps',
          apiVersion: 'v1',
          objectsByNamespace: [
            { namespace: in_, names },
            { namespace: 'never-made', names: [] },
          ],
        },
      ],
    });
    await tell(mailboxes.edge1, in_, configMaps('*'));
    await carries(edge1, 'extra', in_, 'mailbox');
    await carries(edge1, 'other', in_, 'mailbox');
    assert.is(await read(edge1, NAMESPACES, 'never-made'), undefined);
    await tell(mailboxes.edge1, in_, configMaps('other'));
    await leaves(edge1, CONFIG_MAPS, 'extra', in_);
    await mailboxes.edge1.delete(SYNCER_CONFIGS, { name: in_ });
    await leaves(edge1, CONFIG_MAPS, 'other', in_);
    assert.ok(await read(edge1, CONFIG_MAPS, 'chosen', in_));
  },
);

peoplesConfigs(
  'api 3.3a; syncer 2b: a namespaceScope is the product of its namespaces and resources',
  async (core) => {
    const { edge1, mailboxes } = core;
    const { edge1: mailbox } = mailboxes;
    const [a, b] = [await namespace(mailbox), await namespace(mailbox)];
    for (const in_ of [a, b])
      for (const resource of [CONFIG_MAPS, SECRETS]) await create(mailbox, resource, 'one', in_);
    const scope = (namespaces: string[], ...resources: string[]) => ({
      namespaceScope: {
        namespaces,
        resources: resources.map((resource) => ({ group: '', resource, apiVersion: 'v1' })),
      },
    });
    await tell(mailbox, a, scope([a, b], 'configmaps'));
    for (const in_ of [a, b]) await arrives(edge1, CONFIG_MAPS, 'one', in_);
    assert.is(await read(edge1, SECRETS, 'one', a), undefined);
    await tell(mailbox, a, scope([b], 'configmaps', 'secrets'));
    await arrives(edge1, SECRETS, 'one', b);
    await leaves(edge1, CONFIG_MAPS, 'one', a);
    await tell(mailbox, a, scope([], 'configmaps', 'secrets'));
    for (const resource of [CONFIG_MAPS, SECRETS]) await leaves(edge1, resource, 'one', b);
    await mailbox.delete(SYNCER_CONFIGS, { name: a });
  },
);

peoplesConfigs(
  'api 3.3c; syncer 2d: of cluster-scoped objects those are meant that are named, all without a list or by *, none by an empty list',
  async (core) => {
    const { edge1, mailboxes } = core;
    const { edge1: mailbox } = mailboxes;
    const things = await kind([mailbox, edge1], false);
    for (const name of ['a', 'b']) await create(mailbox, things, name);
    const resource = { group: things.group, resource: things.plural, apiVersion: 'v1' };
    const config = fresh('mine');
    await tell(mailbox, config, { clusterScope: [{ ...resource, objects: ['a'] }] });
    await arrives(edge1, things, 'a');
    assert.is(await read(edge1, things, 'b'), undefined);
    await tell(mailbox, config, { clusterScope: [resource] });
    await arrives(edge1, things, 'b');
    await tell(mailbox, config, { clusterScope: [{ ...resource, objects: [] }] });
    for (const name of ['a', 'b']) await leaves(edge1, things, name);
    await tell(mailbox, config, { clusterScope: [{ ...resource, objects: ['*'] }] });
    for (const name of ['a', 'b']) await arrives(edge1, things, name);
    await mailbox.delete(SYNCER_CONFIGS, { name: config });
    for (const name of ['a', 'b']) await leaves(edge1, things, name);
  },
);

peoplesConfigs(
  'syncer 2f, 3c: what is not served yet comes once it is, and holds up nothing else',
  async (core) => {
    const { edge1, mailboxes } = core;
    const { edge1: mailbox } = mailboxes;
    const in_ = await namespace(mailbox);
    const things: Resource = {
      group: `${fresh('late')}.test`,
      version: 'v1',
      plural: 'lates',
      kind: 'Late',
      namespaced: true,
    };
    const entry = ({ group, plural, version }: Resource, names: string[]) => ({
      group,
      resource: plural,
      apiVersion: version,
      objectsByNamespace: [{ namespace: in_, names }],
    });
    await create(mailbox, CONFIG_MAPS, 'early', in_);
    await tell(mailbox, in_, { namespacedObjects: [entry(things, ['one']), entry(CONFIG_MAPS, ['early'])] });
    await arrives(edge1, CONFIG_MAPS, 'early', in_);
    await define(mailbox, crdOf(things), things);
    await create(mailbox, things, 'one', in_);
    await create(edge1, CUSTOM_RESOURCE_DEFINITIONS, `lates.${things.group}`, undefined, {
      spec: crdOf(things).spec,
    });
    await arrives(edge1, things, 'one', in_);
    await mailbox.delete(SYNCER_CONFIGS, { name: in_ });
    await leaves(edge1, things, 'one', in_);
  },
);

peoplesConfigs(
  'api 3.4a; syncer 2g: an EdgeSyncConfig names objects one by one, or by *, to bring down and up',
  async (core) => {
    const { edge1, mailboxes } = core;
    const { edge1: mailbox } = mailboxes;
    const in_ = await namespace(mailbox);
    for (const name of ['named', 'not-named']) await create(mailbox, CONFIG_MAPS, name, in_);
    await create(edge1, NAMESPACES, in_);
    await create(edge1, SECRETS, 'original', in_, { type: 'Opaque' });
    const core1 = { group: '', version: 'v1', namespace: in_ };
    const config: KubeObject = {
      apiVersion: apiVersionOf(EDGE_SYNC_CONFIGS),
      kind: EDGE_SYNC_CONFIGS.kind,
      metadata: { name: in_ },
      spec: {
        downSyncedResources: [{ ...core1, kind: 'ConfigMap', name: 'named' }],
        upSyncedResources: [{ ...core1, kind: 'Secret', name: '*' }],
      },
    };
    // The syncer may write what upsync sets name; whoever writes an EdgeSyncConfig gives it the right to the rest.
    await letUpsync(core, in_);
    await mailbox.create(EDGE_SYNC_CONFIGS, config, USER);
    await arrives(edge1, CONFIG_MAPS, 'named', in_);
    await arrives(mailbox, SECRETS, 'original', in_);
    assert.is(await read(edge1, CONFIG_MAPS, 'not-named', in_), undefined);
    await mailbox.delete(EDGE_SYNC_CONFIGS, { name: in_ });
    await leaves(edge1, CONFIG_MAPS, 'named', in_);
    await edge1.delete(SECRETS, { name: 'original', namespace: in_ });
    await leaves(mailbox, SECRETS, 'original', in_);
  },
);

peoplesConfigs(
  "syncer 4.1d: a copy that goes from the mailbox workspace is proof for people's own configs only",
  async (core) => {
    const { wmw, edge1, mailboxes } = core;
    const { edge1: mailbox } = mailboxes;
    const in_ = await namespace(wmw);
    await create(wmw, CONFIG_MAPS, 'placed', in_);
    await place(wmw, in_, [{ resources: ['configmaps'], namespaces: [in_], objectNames: ['placed'] }]);
    const { uid } = (await arrives(edge1, CONFIG_MAPS, 'placed', in_)).metadata;
    await create(mailbox, CONFIG_MAPS, 'told', in_);
    const objectsByNamespace = [{ namespace: in_, names: ['told'] }];
    await tell(mailbox, in_, {
      namespacedObjects: [{ group: '', resource: 'configmaps', apiVersion: 'v1', objectsByNamespace }],
    });
    await arrives(edge1, CONFIG_MAPS, 'told', in_);
    const old = (await arrives(mailbox, CONFIG_MAPS, 'placed', in_)).metadata.uid;
    for (const name of ['placed', 'told']) await mailbox.delete(CONFIG_MAPS, { name, namespace: in_ });
    await leaves(edge1, CONFIG_MAPS, 'told', in_);
    await arrives(mailbox, CONFIG_MAPS, 'placed', in_, ({ metadata }) => metadata.uid !== old);
    assert.is((await read(edge1, CONFIG_MAPS, 'placed', in_))?.metadata.uid, uid);
    await mailbox.delete(SYNCER_CONFIGS, { name: in_ });
  },
);

/** Writes a SyncerConfig of people's own. */
async function tell(mailbox: KubeClient, name: string, spec: SyncerConfig['spec']): Promise<void> {
  const { kind: kindOf } = SYNCER_CONFIGS;
  const config: KubeObject = {
    apiVersion: apiVersionOf(SYNCER_CONFIGS),
    kind: kindOf,
    metadata: { name },
    spec,
  };
  await mailbox.apply(SYNCER_CONFIGS, config, USER);
}

/** Lets the syncer of edge1 write Secrets into its mailbox workspace, by an upsync set that names none. */
async function letUpsync({ other }: Core, name: string): Promise<void> {
  const upsync = [{ apiGroup: '', resources: ['secrets'], namespaces: [name], names: ['none'] }];
  await place(other, name, [], { upsync });
}
