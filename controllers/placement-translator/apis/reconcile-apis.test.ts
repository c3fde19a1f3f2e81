import {
  API_BINDINGS,
  API_EXPORTS,
  type APIBinding,
  type APIExport,
  type APIExportApproval,
  CUSTOM_RESOURCE_DEFINITIONS,
  EDGE_GROUP,
  groupResourceOf,
  type KubeObject,
  MAILBOX_BINDING,
  type ObjectMeta,
  type Resource,
} from '@kubestellar/api';
import type { Applier, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { BOUND_CRDS, Catalog } from '../cache/served-resources.ts';
import { Desired } from '../desired/desired-state.ts';
import { destinationOf, loggerOf, MAILBOX, objectOf } from '../fixtures.ts';
import { localObject } from '../keys.ts';
import { allowedAPIs } from './allowed.ts';
import { MailboxAPIs } from './mailbox-apis.ts';
import { APIReconciler, bindingName } from './reconcile-apis.ts';

const test = suite('making a mailbox workspace serve the kinds of what is wanted there');

const [COMPUTE, APPROVED, THEIRS] = ['c', 'a', 'b'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
];
const kindOf = (group: string, plural: string, kind: string): Resource => ({
  ...{ group, version: 'v1', plural, kind },
  namespaced: true,
});
const APPS = kindOf('apps', 'deployments', 'Deployment');
const WIDGETS = kindOf('own.test', 'widgets', 'Widget');
const GADGETS = kindOf('approved.test', 'gadgets', 'Gadget');
const { cluster } = MAILBOX;

const bindingOf = (where: string, name: string, path: string, exported: string, more: object = {}) =>
  objectOf(
    API_BINDINGS,
    where,
    name,
    {},
    { spec: { reference: { export: { path, name: exported } } }, ...more },
  );

/** What kcp makes of an exported schema, or a CRD in a workspace. */
function definitionOf(resource: Resource, where: string, name: string, metadata: Partial<ObjectMeta> = {}) {
  const { group, plural, kind, version } = resource;
  return objectOf(CUSTOM_RESOURCE_DEFINITIONS, where, name, metadata, {
    spec: {
      group,
      names: { plural, kind },
      scope: 'Namespaced',
      versions: [{ name: version, served: true }],
    },
    status: { conditions: ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True' })) },
  });
}

const running: Catalog[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A workspace w that has kinds bound by these identities, and a mailbox workspace where objects of them are wanted. */
async function world(bound: [Resource, string][], { isGuarded = true, isOrphan = false } = {}) {
  const server = new FakeServer();
  const desired = new Desired();
  const want = (resource: Resource, identity: string, isWanted = true) => {
    const type = { resource, identity };
    const object = objectOf(resource, 'w', 'x', { namespace: 'ns' });
    const source = { type, key: 'w/ns/x' };
    const wanted = { source, destinations: [destinationOf('edge1')], wantReturn: false };
    desired.set(source, 'w', localObject(type, object), new Map(isWanted ? [[MAILBOX.name, wanted]] : []));
  };
  /** kcp serves a kind in a workspace by a binding. */
  const bind = (
    where: string,
    resource: Resource,
    identityHash: string,
    name: string,
    path = 'root:x',
    exported = name,
  ) => {
    const UID = `schema-${groupResourceOf(resource)}`;
    server.put(BOUND_CRDS, CUSTOM_RESOURCE_DEFINITIONS, definitionOf(resource, BOUND_CRDS, UID));
    const boundResources = [
      { group: resource.group, resource: resource.plural, schema: { UID, identityHash } },
    ];
    server.put(where, API_BINDINGS, bindingOf(where, name, path, exported, { status: { boundResources } }));
  };
  for (const [resource, identity] of bound) {
    bind('w', resource, identity, `w-${resource.plural}`);
    want(resource, identity);
  }
  if (isGuarded)
    server.put(cluster, API_BINDINGS, bindingOf(cluster, MAILBOX_BINDING, 'root:espw', EDGE_GROUP));
  const logger = loggerOf();
  const catalog = new Catalog(server.client, server.client.workspace('root'), logger);
  running.push(catalog);
  await catalog.start();
  const exported = (name: string, { group, plural }: Resource, identityHash: string) =>
    ({
      ...objectOf(API_EXPORTS, 'x', name),
      spec: { resources: [{ group, name: plural }] },
      status: { identityHash },
    }) as unknown as APIExport;
  const approval = {
    ...objectOf(API_EXPORTS, 'espw', 'approval'),
    spec: {
      export: { path: 'root:vendor', name: 'gadgets' },
      identityHash: APPROVED,
      resources: ['gadgets.approved.test'],
    },
  } as unknown as APIExportApproval;
  const current = allowedAPIs([exported('apps', APPS, COMPUTE)], [approval], 'root:espw');
  const hasCopies = (where: string, groupResource: string) =>
    [...server.objects.keys()].some((key) => key.startsWith(`${where} ${groupResource.split('.')[0]} `));
  const apis = new MailboxAPIs({ catalog, desired, allowed: () => current, hasCopies });
  const mailbox = { ...MAILBOX, isOrphan: async () => isOrphan };
  const applier = {
    ensure: (client: KubeClient, resource: Resource, object: KubeObject) =>
      client.apply(resource, object, { fieldManager: 'x' }),
    forget: () => undefined,
  } as unknown as Pick<Applier, 'ensure' | 'forget'>;
  const changes: string[] = [];
  const reconciler = new APIReconciler(
    {
      ...{ everywhere: server.client, applier, catalog, desired, apis },
      mailboxes: { get: () => mailbox, clusterOf: (name) => (name === MAILBOX.name ? cluster : undefined) },
      allowed: { current },
    },
    logger,
    (_, resources) => void changes.push([...resources].join()),
  );
  const reconcile = () => reconciler.reconcile(MAILBOX.name);
  const here = (resource: Resource) =>
    apis
      .in(MAILBOX)
      .problemOf(
        { resource, identity: APPROVED },
        localObject({ resource, identity: APPROVED }, objectOf(resource, 'w', 'x')),
      );
  const seen = (holds: () => boolean) => until(holds);
  return { server, catalog, reconcile, reconciler, want, bind, exported, changes, here, seen };
}

test('a kind that root:compute exports comes by a binding of its own, once', async () => {
  const { server, reconcile, catalog, seen } = await world([[APPS, COMPUTE]]);
  assert.is(await reconcile(), undefined);
  assert.equal(server.log, [`create ${cluster} apibindings /bind-apps`]);
  assert.equal((server.bodies[0] as APIBinding).spec?.reference.export, {
    path: 'root:compute',
    name: 'apps',
  });
  await seen(() => catalog.bindingsIn(cluster).length === 2);
  await reconcile();
  assert.is(server.log.length, 1);
});

test('a kind of any other export comes as a CRD of its own, made of the schema that its workspace has', async () => {
  const { server, reconcile, catalog, seen } = await world([[WIDGETS, THEIRS]]);
  await reconcile();
  assert.equal(server.log, [`apply ${cluster} customresourcedefinitions /widgets.own.test`]);
  assert.match(JSON.stringify(server.bodies[0]), `${THEIRS}/schema-widgets.own.test`);
  await seen(() => catalog.definition(cluster, 'widgets.own.test') !== undefined);
  await reconcile();
  assert.is(server.log.length, 1);
});

test('before the mailbox workspace is guarded by its policy no API comes', async () => {
  const { server, reconcile } = await world(
    [
      [APPS, COMPUTE],
      [WIDGETS, THEIRS],
    ],
    { isGuarded: false },
  );
  await reconcile();
  assert.equal(server.log, []);
});

test("a tenant's binding loses its claims and goes, that to the edge API stays", async () => {
  const { server, catalog, reconcile, seen } = await world([]);
  const binding = bindingOf(cluster, 'theirs', 'root:tenant', 'widgets');
  (binding.spec as { permissionClaims?: object[] }).permissionClaims = [{ resource: 'secrets' }];
  server.put(cluster, API_BINDINGS, binding);
  await seen(() => catalog.bindingsIn(cluster).length === 2);
  await reconcile();
  assert.equal(server.log, [
    `patch ${cluster} apibindings /theirs`,
    `delete uid-theirs ${cluster} apibindings /theirs`,
  ]);
  assert.equal(server.bodies[0], { spec: { permissionClaims: null } });
});

test('in a mailbox workspace that ends as a whole nothing is deleted', async () => {
  const { server, catalog, reconcile, seen } = await world([], { isOrphan: true });
  server.put(cluster, API_BINDINGS, bindingOf(cluster, 'theirs', 'root:tenant', 'widgets'));
  await seen(() => catalog.bindingsIn(cluster).length === 2);
  await reconcile();
  assert.equal(server.log, []);
});

test('what serves kinds of which nothing is wanted goes once nothing of them is there', async () => {
  const { server, catalog, reconcile, seen, bind, want } = await world([[WIDGETS, THEIRS]]);
  await reconcile();
  const made = server.find(cluster, CUSTOM_RESOURCE_DEFINITIONS, 'widgets.own.test') as KubeObject;
  server.put(cluster, CUSTOM_RESOURCE_DEFINITIONS, {
    ...definitionOf(WIDGETS, cluster, 'widgets.own.test', {
      annotations: made.metadata.annotations,
      resourceVersion: 's',
    }),
  });
  bind(cluster, APPS, COMPUTE, 'bind-apps', 'root:compute', 'apps');
  await seen(
    () =>
      catalog.typeIn(cluster, 'deployments.apps') !== undefined &&
      catalog.typeIn(cluster, 'widgets.own.test') !== undefined,
  );
  want(WIDGETS, THEIRS, false);
  const copy = objectOf(WIDGETS, cluster, 'x', { namespace: 'ns' });
  server.put(cluster, WIDGETS, copy);
  server.log.length = 0;
  const app = objectOf(APPS, cluster, 'x', { namespace: 'ns' });
  server.put(cluster, APPS, app);
  await reconcile();
  assert.equal(server.log, [], 'copies remain, whose removal may await approval');
  server.drop(cluster, APPS, app);
  assert.ok((await reconcile())?.requeueAfter, 'it is looked at again');
  assert.equal(server.log, [`delete uid-bind-apps ${cluster} apibindings /bind-apps`]);
  server.drop(cluster, WIDGETS, copy);
  assert.is(await reconcile(), undefined);
  assert.is(
    server.log.at(-1),
    `delete uid-widgets.own.test ${cluster} customresourcedefinitions /widgets.own.test`,
  );
});

test('an approved export is bound only as it was approved', async () => {
  const { server, reconcile, exported, here } = await world([[GADGETS, APPROVED]]);
  assert.ok((await reconcile())?.requeueAfter);
  assert.match(
    here(GADGETS)?.message ?? '',
    'the approved APIExport gadgets of workspace root:vendor does not exist',
  );
  server.put('root:vendor', API_EXPORTS, exported('gadgets', GADGETS, THEIRS));
  await reconcile();
  assert.match(here(GADGETS)?.message ?? '', 'has another identity');
  assert.equal(server.log, []);
  server.put('root:vendor', API_EXPORTS, exported('gadgets', GADGETS, APPROVED));
  assert.is(await reconcile(), undefined);
  assert.is(here(GADGETS), undefined);
  assert.match(server.log.join(), /^create mb1 apibindings \/bind-gadgets-[0-9a-f]{10}$/);
});

test('a CRD of somebody else keeps a binding away, and is reported; one of ours makes room', async () => {
  for (const [labels, expected] of [
    [{}, []],
    [
      { 'edge.kubestellar.io/projected': 'yes' },
      [`delete uid-deployments.apps ${cluster} customresourcedefinitions /deployments.apps`],
    ],
  ] as const) {
    const { server, catalog, reconcile, seen } = await world([[APPS, COMPUTE]]);
    server.put(
      cluster,
      CUSTOM_RESOURCE_DEFINITIONS,
      definitionOf(APPS, cluster, 'deployments.apps', { labels }),
    );
    await seen(() => catalog.definition(cluster, 'deployments.apps') !== undefined);
    const again = await reconcile();
    assert.equal(server.log, expected);
    assert.is(again !== undefined, expected.length === 0);
  }
});

test('whoever copies objects is told when the API of a kind has changed, and only then', async () => {
  const { reconcile, changes, bind, catalog, seen } = await world([[APPS, COMPUTE]]);
  await reconcile();
  await reconcile();
  assert.equal(changes, ['deployments.apps']);
  bind(cluster, APPS, COMPUTE, 'bind-apps', 'root:compute', 'apps');
  await seen(() => catalog.typeIn(cluster, 'deployments.apps') !== undefined);
  await reconcile();
  assert.equal(changes, ['deployments.apps', 'deployments.apps']);
});

test('a mailbox workspace that is not known is left alone', async () => {
  const { reconciler, server } = await world([[APPS, COMPUTE]]);
  assert.is(await reconciler.reconcile('other'), undefined);
  assert.equal(server.log, []);
});

test('the binding to an approved export has a name that tells its workspace, within the length of names', () => {
  const to = { path: 'root:a', name: 'x'.repeat(250), identityHash: '', resources: new Set<string>() };
  assert.is(bindingName({ ...to, name: 'apps', isApproved: false }), 'bind-apps');
  const [one, other] = ['root:a', 'root:b'].map((path) => bindingName({ ...to, path, isApproved: true }));
  assert.is.not(one, other);
  assert.ok((one?.length ?? 0) <= 253);
});

test.run();
