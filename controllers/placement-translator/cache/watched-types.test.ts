import { CONFIG_MAPS, groupResourceOf, type KubeObject, type Resource } from '@kubestellar/api';
import { type KubeClient, keyOf } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { Desired } from '../desired/desired-state.ts';
import { reconcileScope, reconcileSource } from '../desired/reconcile-source.ts';
import { parseSourceKey, type SourceKey, scopeKey, sourceKey, type WatchedType } from '../keys.ts';
import { ObjectWatches } from './object-informers.ts';
import { watchedTypes } from './watched-types.ts';

const test = suite('which types are watched');

const logger = { debug() {}, warn() {} } as unknown as Logger;
const WORKSPACE = 'wmw';
const ROLES: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'roles',
  kind: 'Role',
  namespaced: true,
};
const WIDGETS: Resource = {
  group: 'bb.test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

/** A workspace with one object of a type, an EdgePlacement for it, and a server that lists and watches; a mock. */
async function world(type: WatchedType) {
  const object: KubeObject = {
    apiVersion: type.resource.group ? `${type.resource.group}/v1` : 'v1',
    kind: type.resource.kind,
    metadata: {
      name: 'o',
      namespace: 'n',
      resourceVersion: '1',
      annotations: { 'kcp.io/cluster': WORKSPACE },
    },
  };
  const plural = !['', 'crd'].includes(type.identity)
    ? `${type.resource.plural}:${type.identity}`
    : type.resource.plural;
  const client = {
    workspace: () => client,
    connection: { server: 'https://mock' },
    listPage: async (resource: Resource) => ({
      items: resource.plural === plural ? [structuredClone(object)] : [],
      metadata: { resourceVersion: '1' },
    }),
    watch: async function* (_: unknown, { signal }: { signal: AbortSignal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  } as unknown as KubeClient;
  const desired = new Desired();
  const state = { isPlaced: true, isServed: true, ended: 0 };
  const watches = new ObjectWatches(
    client,
    logger,
    () => undefined,
    () => undefined,
    () => undefined,
  );
  const { group, plural: resource } = type.resource;
  const placements = {
    clusters: () => (state.isPlaced ? [WORKSPACE] : []),
    in: () =>
      state.isPlaced
        ? [
            {
              placement: {
                spec: { downsync: [{ apiGroup: group, resources: [resource], namespaces: ['*'] }] },
              },
            },
          ]
        : [],
  };
  const setTypes = () =>
    watches.setTypes(
      watchedTypes({
        catalog: {
          typesIn: () => (state.isServed ? [type] : []),
          typeIn: () => undefined,
          isListed: () => true,
        },
        placements: placements as never,
        syncerConfigs: { list: () => [].values() as never },
        desired,
      }),
    );
  const source = sourceKey({ type, key: keyOf(object) });
  const reconcile = (key: SourceKey) =>
    reconcileSource(key, {
      getObject: (id) => {
        const { typeId, key: name } = parseSourceKey(id);
        const watch = watches.byId(typeId);
        const found = watch?.informer.get(name);
        return watch && found ? { type: watch.type, object: found } : 'unwatched';
      },
      evaluate: (of, found) =>
        new Map(
          state.isPlaced
            ? [['mailbox', { source: { type: of, key: keyOf(found) }, destinations: [], wantReturn: false }]]
            : [],
        ),
      desired,
      followCustomization: () => undefined,
      forgetCustomization: () => undefined,
      onChange: ({ isLastOfType }) => {
        if (isLastOfType) setTypes();
      },
    });
  /** What the queues do when the EdgePlacements of the workspace have changed, in their order. */
  const placementsChanged = async () => {
    setTypes();
    await Promise.all(watches.all().map(({ informer }) => informer.whenSynced()));
    await reconcileScope(scopeKey(WORKSPACE), {
      listSources: (cluster) =>
        [...watches.inCluster(cluster)].map(({ watch, object: found }) =>
          sourceKey({ type: watch.type, key: keyOf(found) }),
        ),
      reconcile,
      slices: { next: async () => undefined },
    });
  };
  await placementsChanged();
  const isWatched = () => watches.byId(parseSourceKey(source).typeId) !== undefined;
  return { state, desired, watches, placementsChanged, setTypes, isWatched, source };
}

for (const [what, type] of [
  ['an export that is not approved', { resource: WIDGETS, identity: 'a'.repeat(64) }],
  ['a kind that the mailbox workspaces have under another name', { resource: ROLES, identity: '' }],
  ['a CustomResourceDefinition', { resource: WIDGETS, identity: 'crd' }],
  ['a bound kind', { resource: CONFIG_MAPS, identity: '' }],
] as const)
  test(`when the last EdgePlacement of ${what} is deleted, its objects are withdrawn before the watch ends`, async () => {
    const w = await world(type);
    assert.equal([...w.desired.sources()], [w.source], groupResourceOf(type.resource));
    w.state.isPlaced = false;
    await w.placementsChanged();
    assert.equal([[...w.desired.sources()], w.isWatched()], [[], false]);
    await w.watches.stop();
  });

test('a kind that is not served for a while stays watched as long as objects of it are wanted', async () => {
  const w = await world({ resource: WIDGETS, identity: 'crd' });
  w.state.isServed = false;
  await w.placementsChanged();
  assert.equal([[...w.desired.sources()], w.isWatched()], [[w.source], true]);
  await w.watches.stop();
});

test.run();
