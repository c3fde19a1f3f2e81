import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
} from '@kubestellar/api';
import { keyOf } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { destinationOf, mailboxOf, objectOf, placementOf, resolvedOf } from '../../fixtures.ts';
import { type LocalObject, type Source, typeId, type WatchedType } from '../../keys.ts';
import { type BrakeParts, brakeOn } from './brake-io.ts';

const test = suite('the brake on the caches');

const THINGS: Resource = {
  group: 'a.test',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};
const CRD: WatchedType = { resource: CUSTOM_RESOURCE_DEFINITIONS, identity: '' };
const IN_MAILBOX = mailboxOf('m').cluster;
const local = (groupResource: string, name = 'x', namespace = 'ns'): LocalObject => ({
  groupResource,
  namespace,
  name,
});
const OURS = { [PROJECTED]: PROJECTED_VALUE };
const DELETED = '2026-01-01T00:00:00Z';

const copyOf = (resource: Resource, annotations: ObjectMeta['annotations'] = {}, labels = OURS) =>
  objectOf(resource, IN_MAILBOX, 'x', { namespace: 'ns', labels, annotations });
const thing = (metadata: Partial<ObjectMeta> = {}) =>
  objectOf(THINGS, 'w', 'x', { namespace: 'ns', ...metadata });
const crd = (uid: string, metadata: Partial<ObjectMeta> = {}) =>
  objectOf(CUSTOM_RESOURCE_DEFINITIONS, 'w', 'things.a.test', { uid, ...metadata });
const namespace = (metadata: Partial<ObjectMeta> = {}) => objectOf(NAMESPACES, 'w', 'ns', metadata);

/** A workspace `w` with a CRD of things and an EdgePlacement `uid-p`, and the mailbox workspace `m`. */
function world(
  objects: KubeObject[],
  more: { definition?: KubeObject | 'native'; unlisted?: Resource } = {},
) {
  const { definition = crd('d1') } = more;
  const server = new FakeServer();
  const resolved = resolvedOf(placementOf('w', 'p', {}), []);
  if (definition !== 'native') server.put('w', CUSTOM_RESOURCE_DEFINITIONS, definition);
  const typeOf = (resource: Resource): WatchedType => ({
    resource,
    identity: resource === THINGS ? 'crd' : '',
  });
  const all = [CONFIG_MAPS, NAMESPACES, ...(definition === 'native' ? [] : [THINGS])];
  const watchOf = (type: WatchedType) => {
    const own = objects.filter(({ kind }) => kind === type.resource.kind);
    return {
      type,
      informer: {
        synced: more.unlisted !== type.resource,
        get: (key: string) => own.find((object) => keyOf(object) === key),
      },
      keysByCluster: new Map([[IN_MAILBOX, new Set(own.map(keyOf))]]),
    };
  };
  const definer: Source = { type: CRD, key: keyOf(crd('')) };
  const parts = {
    everywhere: server.client,
    placements: {
      find: (uid: string) => (uid === 'uid-p' ? resolved : undefined),
      in: () => [resolved],
      clusters: () => ['w'],
    },
    mailboxes: { get: () => mailboxOf('m'), clusterOf: () => IN_MAILBOX },
    catalog: {
      typeIn: (_: string, name: string) => {
        const found = all.find((resource) => groupResourceOf(resource) === name);
        return found && typeOf(found);
      },
      definerIn: (_: string, name: string) =>
        name === groupResourceOf(THINGS) && definition !== 'native' ? definer : undefined,
      isListed: () => true,
      isEnding: () => definition !== 'native' && definition.metadata.deletionTimestamp !== undefined,
      uidOf: () => (definition === 'native' ? undefined : definition.metadata.uid),
    },
    watches: {
      of: watchOf,
      ofResource: (name: string) =>
        all.filter((each) => groupResourceOf(each) === name).map((each) => watchOf(typeOf(each))),
      *inCluster() {
        for (const object of objects) yield { watch: { type: typeId }, object };
      },
    },
    desired: { countPlaced: () => 7 },
  } as unknown as BrakeParts;
  const brake = brakeOn(parts);
  const causeOf = async (what = local('things.a.test'), definedBy: string[] | undefined = ['d1']) =>
    (await brake.findCause(what, { placedBy: ['uid-p'], definedBy, isProtected: false, isOrphaned: false }))
      .placements;
  return { brake, causeOf, resolved, server };
}

test('a copy says who has led it there, and what its user wants of its end', () => {
  const annotations = {
    'edge.kubestellar.io/placed-by': 'a,b',
    'edge.kubestellar.io/defined-by': '',
    'edge.kubestellar.io/protect': 'true',
    'edge.kubestellar.io/deletion-policy': 'Orphan',
  };
  const { brake } = world([copyOf(CONFIG_MAPS, annotations)]);
  assert.equal(brake.getRecord('m', local('configmaps')), {
    placedBy: ['a', 'b'],
    definedBy: [],
    isProtected: true,
    isOrphaned: true,
  });
  const former = world([copyOf(CONFIG_MAPS)]).brake.getRecord('m', local('configmaps'));
  assert.equal(former, { placedBy: undefined, definedBy: undefined, isProtected: false, isOrphaned: false });
});

test('there is no copy where nothing of ours is, or its kind is not served; an unlisted kind proves nothing', () => {
  const none = [world([]), world([copyOf(CONFIG_MAPS, {}, {} as typeof OURS)])];
  for (const { brake } of none) assert.is(brake.getRecord('m', local('configmaps')), undefined);
  assert.is(world([]).brake.getRecord('m', local('things.other')), undefined);
  const { brake } = world([copyOf(CONFIG_MAPS)], { unlisted: CONFIG_MAPS });
  assert.is(brake.getRecord('m', local('configmaps')), 'unlisted');
});

test('an object that is there and not selected is an indirect removal, one that is deleted a direct one', async () => {
  assert.equal(await world([thing(), namespace()]).causeOf(), ['uid-p']);
  assert.equal(await world([namespace()]).causeOf(), []);
  assert.equal(await world([thing({ deletionTimestamp: DELETED }), namespace()]).causeOf(), []);
});

test('objects that end with their CRD are indirect removals, whether the caches or only the server know of it', async () => {
  assert.equal(await world([namespace()], { definition: 'native' }).causeOf(), ['uid-p'], 'gone');
  const ending = crd('d1', { deletionTimestamp: DELETED });
  assert.equal(await world([namespace()], { definition: ending }).causeOf(), ['uid-p'], 'being deleted');
  const behind = world([namespace()]);
  behind.server.drop('w', CUSTOM_RESOURCE_DEFINITIONS, crd('d1'));
  assert.equal(await behind.causeOf(), ['uid-p'], 'gone from the server');
  const anew = world([namespace()], { definition: crd('d2') });
  assert.equal(await anew.causeOf(), ['uid-p'], 'made anew, without its objects');
  assert.equal(await anew.causeOf(local('things.a.test'), ['d2']), [], 'deleted since');
});

test('the end of a Namespace is direct for all that is in it', async () => {
  for (const ended of [[], [namespace({ deletionTimestamp: DELETED })]])
    assert.equal(await world(ended, { definition: crd('d2') }).causeOf(), []);
});

test('of what is not watched any more nothing is known: that is no deletion', async () => {
  const { causeOf } = world([namespace()], { unlisted: CONFIG_MAPS });
  assert.equal(await causeOf(local('configmaps')), ['uid-p']);
});

test('a CRD keeps until its objects are gone, a Namespace until what is protected in it is', () => {
  const definition = local('customresourcedefinitions.apiextensions.k8s.io', 'things.a.test', '');
  assert.ok(world([copyOf(THINGS)]).brake.hasDependents('m', definition));
  assert.not(world([]).brake.hasDependents('m', definition));
  const home = local('namespaces', 'ns', '');
  const isProtected = { 'edge.kubestellar.io/protect': 'true' };
  assert.ok(world([copyOf(CONFIG_MAPS, isProtected)]).brake.hasDependents('m', home));
  assert.not(world([copyOf(CONFIG_MAPS)]).brake.hasDependents('m', home));
  assert.not(world([copyOf(THINGS)]).brake.hasDependents('m', local('configmaps')));
});

test('an EdgePlacement without destinations has no cluster left; an unknown one does not exist', () => {
  const { brake, resolved } = world([]);
  assert.is(brake.findPlacement('uid-p')?.hasCluster, false);
  resolved.refused = [{ destination: destinationOf('new'), problem: 'there is no Location', since: 0 }];
  assert.is(brake.findPlacement('uid-p')?.hasCluster, true, 'it may be obeyed soon');
  assert.is(brake.findPlacement('other'), undefined);
  assert.is(brake.countPlaced('uid-p', 'm'), 7);
});

test.run();
