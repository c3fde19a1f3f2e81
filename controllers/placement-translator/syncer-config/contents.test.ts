import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  type KubeObject,
  NAMESPACES,
  type Resource,
  SECRETS,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import type { ObjectWatch } from '../cache/object-informers.ts';
import { Desired } from '../desired/desired-state.ts';
import { mailboxOf, OURS, objectOf, placementOf } from '../fixtures.ts';
import { localObject, type Want, type WatchedType } from '../keys.ts';
import { type ContentsInput, leftoversIn, upsyncIn, wantedIn } from './contents.ts';

const test = suite('what the SyncerConfigs of a mailbox workspace name');

const mailbox = mailboxOf('m');
const AT = { cluster: mailbox.cluster, namespace: 'ns' };
const typeOf = (resource: Resource): WatchedType => ({ resource, identity: '' });

/** A mailbox workspace in which these objects are wanted, and that serves ConfigMaps only. */
function world(
  wanted: [Resource, string][],
  copies: [Resource, KubeObject][] = [],
  more: { isListed?: boolean; identity?: string } = {},
) {
  const desired = new Desired();
  for (const [resource, name] of wanted) {
    const type = typeOf(resource);
    const source = { type, key: formatKey({ cluster: 'w', namespace: 'ns', name }) };
    const want: Want = { source, destinations: [], wantReturn: false };
    const object = localObject(type, objectOf(resource, 'w', name, { namespace: 'ns' }));
    desired.set(source, 'w', object, new Map([['m', want]]));
  }
  const input = {
    desired,
    catalog: {
      typeIn: (_: string, name: string) =>
        name === 'configmaps' ? { ...typeOf(CONFIG_MAPS), identity: more.identity ?? '' } : undefined,
    },
    apis: { in: () => ({ accepts: ({ resource }: WatchedType) => resource !== SECRETS }) },
    watches: {
      of: () => ({
        informer: {
          synced: more.isListed ?? true,
          get: (key: string) =>
            copies.find(([, { metadata }]) => formatKey({ ...AT, name: metadata.name }) === key)?.[1],
        },
      }),
      *inCluster() {
        for (const [resource, object] of copies)
          yield { watch: { type: typeOf(resource) } as ObjectWatch, object };
      },
    },
    placements: {
      to: () => [placementOf('w', 'p', { upsync: [{ resources: ['configmaps'], names: ['x'] }] })],
    },
    upsyncCopies: {
      watchedIn: () => [typeOf(SECRETS), typeOf(CONFIG_MAPS)],
      has: (_: unknown, { resource }: WatchedType) => resource === SECRETS,
    },
  };
  return input as unknown as ContentsInput;
}

test('what is wanted is listed in the form that it has in mailbox workspaces, served there yet or not', () => {
  const found = [
    ...wantedIn(
      world([
        [CONFIG_MAPS, 'a'],
        [SECRETS, 'b'],
        [CLUSTER_ROLES, 'team|reader'],
      ]),
      mailbox,
    ),
  ];
  assert.equal(
    found.map(({ named, isAccepted }) => [named.resource.group, named.local.name, isAccepted]),
    [
      ['', 'a', true],
      ['', 'b', false],
      ['rbac.authorization.k8s.io.denatured', 'denatured--teamz7creaderzz', true],
    ],
  );
});

test('what has the place of a copy may be not ours; while the watch is not listed that is unknown', () => {
  const found = (metadata: object | undefined, more: { isListed?: boolean; identity?: string } = {}) => {
    const object = metadata && objectOf(CONFIG_MAPS, mailbox.cluster, 'a', { namespace: 'ns', ...metadata });
    const [first] = wantedIn(
      world([[CONFIG_MAPS, 'a']], object ? [[CONFIG_MAPS, object]] : [], more),
      mailbox,
    );
    return first?.isForeign;
  };
  assert.is(found(undefined), false);
  assert.is(found(OURS), false);
  assert.is(found({}), true);
  assert.is(found({}, { isListed: false }), true);
  assert.is(found(undefined, { isListed: false }), 'unknown');
  assert.is(found(undefined, { isListed: false, identity: 'crd' }), false, 'it is there for copies alone');
});

test('of another API, it does not matter what has the place of a copy', () => {
  const [first] = wantedIn(
    world([[SECRETS, 'a']], [[SECRETS, objectOf(SECRETS, mailbox.cluster, 'a')]]),
    mailbox,
  );
  assert.equal([first?.isAccepted, first?.isForeign], [false, false]);
});

test('what does not get to clusters is not listed', () => {
  const events: Resource = { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };
  assert.equal([...wantedIn(world([[events, 'a']]), mailbox)], []);
});

test('upsync sets are those of the EdgePlacements, and what has copies left is told without names', () => {
  assert.equal(upsyncIn(world([]), mailbox), [
    { resources: ['configmaps'], names: ['x'] },
    { apiGroup: '', resources: ['secrets'], names: [] },
  ]);
});

test('leftovers are resources with copies of ours that nobody wants', () => {
  const copy = (resource: Resource, name: string, ours = true): [Resource, KubeObject] => [
    resource,
    objectOf(resource, mailbox.cluster, name, { namespace: 'ns', ...(ours ? OURS : {}) }),
  ];
  const wanted: [Resource, string][] = [[CONFIG_MAPS, 'a']];
  const of = (copies: [Resource, KubeObject][], named: string[] = []) =>
    leftoversIn(world(wanted, copies), mailbox, new Set(named));
  assert.equal(of([copy(SECRETS, 's'), copy(SECRETS, 't')]), [SECRETS]);
  assert.equal(of([copy(SECRETS, 's', false)]), [], 'somebody else has made it');
  assert.equal(of([copy(SECRETS, 's')], ['secrets']), [], 'it is named anyway');
  assert.equal(of([copy(CONFIG_MAPS, 'a')]), [], 'it is wanted');
  assert.equal(of([copy(NAMESPACES, 'ns')]), [], 'Namespaces stay for the sake of others');
});

test.run();
