import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DOWNSYNCED,
  type KubeObject,
  ORIGIN,
  PROJECTED,
  PROJECTED_VALUE,
  type Resource,
  type Unstructured,
} from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { formatMark, type Origin } from '@kubestellar/rules';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { Wanted } from '../config/wanted.ts';
import { ServedTypes } from './served-types.ts';
import { SyncedResources } from './synced-resources.ts';

const test = suite('what is watched on both sides');

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing } as unknown as Logger;
const WIDGETS: Resource = {
  group: 'own.test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
let version = 1;

const WHOSE = { origin: { core: 'core', syncTarget: 'one' }, takesOver: false };

function objectOf({ kind, plural }: Resource, name: string, copyFor?: Origin): Unstructured {
  const mark = { resource: plural, namespace: 'n', name, sources: [] };
  const marks = copyFor
    ? {
        labels: { [PROJECTED]: PROJECTED_VALUE },
        annotations: { [DOWNSYNCED]: `${kind}/n/${name}`, [ORIGIN]: formatMark({ ...copyFor, ...mark }) },
      }
    : {};
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'n', resourceVersion: `${version++}`, ...marks },
  };
}

const wantedOf = (...resources: Resource[]) =>
  new Wanted(
    new Map(
      resources.map((each) => {
        const id = each.group ? `${each.plural}.${each.group}` : each.plural;
        return [id, { ...each, names: new Map([['n', new Set(['a'])]]) }];
      }),
    ),
  );

const running: SyncedResources[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

function world() {
  const [mailbox, wec] = [new FakeServer(), new FakeServer()];
  for (const { served } of [mailbox, wec]) served.push(CONFIG_MAPS);
  const changes: string[] = [];
  const synced: string[] = [];
  const sideOf = (name: 'mailbox' | 'wec', { client }: FakeServer) => ({
    name,
    client,
    served: new ServedTypes(client),
  });
  const all = new SyncedResources({
    mailbox: sideOf('mailbox', mailbox),
    wec: sideOf('wec', wec),
    onChange: (...change) => void changes.push(change.join('/')),
    onSynced: (id) => void synced.push(id),
    logger,
  });
  running.push(all);
  return { mailbox, wec, all, changes, synced };
}

test('a wanted resource is watched on both sides: its objects, and our copies of them', async () => {
  const { mailbox, wec, all, changes } = world();
  mailbox.put('', CONFIG_MAPS, objectOf(CONFIG_MAPS, 'a'));
  wec
    .put('', CONFIG_MAPS, objectOf(CONFIG_MAPS, 'a', WHOSE.origin))
    .put('', CONFIG_MAPS, objectOf(CONFIG_MAPS, 'own'));
  all.update(wantedOf(CONFIG_MAPS));
  const resource = () => all.get('configmaps');
  await until(() => resource()?.mailbox?.synced === true && resource()?.wec.synced === true);
  assert.ok(resource()?.mailbox?.get('n', 'a'));
  assert.ok(resource()?.wec.get('n', 'a'));
  assert.is(resource()?.wec.get('n', 'own'), undefined);
  assert.equal(changes, ['configmaps/n/a', 'configmaps/n/a']);
  const before = resource();
  all.update(wantedOf(CONFIG_MAPS));
  assert.is(resource(), before, 'what is watched stays so');
});

test('a kind that is not served is an obstacle, until it is served', async () => {
  const { mailbox, wec, all, synced } = world();
  mailbox.served.push(WIDGETS);
  all.update(wantedOf(WIDGETS));
  const resource = () => all.get('widgets.own.test');
  await until(() => resource()?.wec.obstacle !== undefined);
  assert.match(resource()?.wec.obstacle?.problem.message ?? '', 'does not serve "widgets" of own.test/v1');
  assert.ok(synced.includes('widgets.own.test'), 'whoever waits for it is told');
  wec.served.push(WIDGETS);
  // A CRD of the cluster tells that something new may be served.
  all.pokeUnserved();
  await until(() => resource()?.wec.synced === true);
  assert.is(resource()?.wec.obstacle, undefined);
});

test('a server that does not say what it serves is an obstacle, too', async () => {
  const { wec, all } = world();
  wec.fails = { line: /^GET/, error: new ApiError('GET', 403, { reason: 'Forbidden', message: 'no' }) };
  all.update(wantedOf(CONFIG_MAPS));
  await until(() => all.get('configmaps')?.wec.obstacle !== undefined);
  assert.is(all.get('configmaps')?.wec.obstacle?.problem.reason, 'Forbidden');
});

test('a new kind is found by its CRD before the server lists it', async () => {
  const { wec } = world();
  const crd = {
    ...objectOf(CUSTOM_RESOURCE_DEFINITIONS, 'widgets.own.test'),
    metadata: { name: 'widgets.own.test' },
    spec: {
      names: { kind: 'Widget' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, subresources: { status: {} } }],
    },
    status: { conditions: [{ type: 'NamesAccepted', status: 'True' }] },
  } as unknown as KubeObject;
  const types = new ServedTypes(wec.client);
  assert.is(await types.find('own.test', 'v1', 'widgets'), undefined);
  wec.put('', CUSTOM_RESOURCE_DEFINITIONS, crd);
  assert.equal(await types.find('own.test', 'v1', 'widgets'), { ...WIDGETS, hasStatus: true });
  assert.is(await types.find('own.test', 'v2', 'widgets'), undefined);
});

test('all resources of some groups are found, and the groups that were not told about', async () => {
  const { wec } = world();
  const other = { ...WIDGETS, group: 'other.test' };
  wec.served.push(WIDGETS, other);
  const types = new ServedTypes(wec.client);
  const found = await types.inGroups(['', 'own.test', 'unserved.test']);
  assert.equal(
    found.types.map(({ plural }) => plural),
    ['configmaps', 'widgets'],
  );
  assert.equal(types.known('own.test', 'v1')?.length, 1);
  assert.is(types.known('other.test', 'v1'), undefined);
  wec.fails = { line: /GET .apis.other/, error: new ApiError('GET', 500, {}) };
  const failed = await types.inGroups(['own.test', 'other.test']);
  assert.equal([...failed.failed], ['other.test']);
  assert.equal(
    failed.types.map(({ group }) => group),
    ['own.test'],
  );
});

test('what is wanted no more is watched until its last copy is gone', async () => {
  const { wec, all } = world();
  const copy = objectOf(CONFIG_MAPS, 'a', WHOSE.origin);
  wec.put('', CONFIG_MAPS, copy);
  all.addLeftover(CONFIG_MAPS);
  const wec_ = () => all.get('configmaps')?.wec;
  await until(() => wec_()?.synced === true);
  assert.is(all.get('configmaps')?.mailbox, undefined);
  all.sweep('configmaps', new Wanted(), WHOSE);
  assert.ok(wec_(), 'a copy is left');
  wec.drop('', CONFIG_MAPS, copy);
  await until(() => wec_()?.get('n', 'a') === undefined);
  all.sweep('configmaps', wantedOf(CONFIG_MAPS), WHOSE);
  assert.ok(wec_(), 'it is wanted again');
  all.sweep('configmaps', new Wanted(), WHOSE);
  assert.is(wec_(), undefined);
  assert.equal([...all.all()], []);
});

test('copies of another SyncTarget are no reason to watch what is wanted no more', async () => {
  const { wec, all } = world();
  wec.put('', CONFIG_MAPS, objectOf(CONFIG_MAPS, 'a', { core: 'core', syncTarget: 'other' }));
  all.addLeftover(CONFIG_MAPS);
  await until(() => all.get('configmaps')?.wec.get('n', 'a') !== undefined);
  all.sweep('configmaps', new Wanted(), WHOSE);
  assert.is(all.get('configmaps'), undefined);
});

test('another version of a resource is watched in place of the former one', async () => {
  const { mailbox, wec, all } = world();
  for (const { served } of [mailbox, wec]) served.push(WIDGETS, { ...WIDGETS, version: 'v2' });
  all.update(wantedOf(WIDGETS));
  await until(() => all.get('widgets.own.test')?.mailbox?.synced === true);
  all.update(wantedOf({ ...WIDGETS, version: 'v2' }));
  await until(() => all.get('widgets.own.test')?.mailbox?.synced === true);
  assert.is(all.get('widgets.own.test')?.mailbox?.type?.version, 'v2');
});

test.run();
