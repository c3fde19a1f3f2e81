import { CONFIG_MAPS, CREATED_FIELDS, type KubeObject, NAMESPACES, type Resource } from '@kubestellar/api';
import { Applier, keyOf } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import type { Proof } from '../desired/proof.ts';
import { mailboxOf, OURS, objectOf, placementOf, resolvedOf } from '../fixtures.ts';
import type { LocalObject, Want, WatchedType } from '../keys.ts';
import { type CopyParts, CopyReconciler } from './reconcile-copy.ts';

const test = suite('the reconcile of copies, on caches and a server');

const mailbox = mailboxOf('m');
const local: LocalObject = { groupResource: 'configmaps', namespace: 'ns', name: 'x' };
const typeOf = (resource: Resource): WatchedType => ({ resource, identity: '' });
const source = objectOf(CONFIG_MAPS, 'w', 'x', { namespace: 'ns' }, { data: { a: '1' } });
const namespaceIn = (cluster: string, metadata = {}) => objectOf(NAMESPACES, cluster, 'ns', metadata);

interface World {
  wanted?: boolean;
  proof?: Proof;
  /** What the caches have, by kind. */
  cached?: [Resource, KubeObject][];
  isListed?: boolean;
  isPartial?: boolean;
  isReady?: boolean;
  accepts?: boolean;
}

function world({ wanted = true, proof = { isProven: true }, cached = [], ...more }: World) {
  const server = new FakeServer();
  server.put('w', CONFIG_MAPS, source).put('w', NAMESPACES, namespaceIn('w'));
  const { isListed = true, isPartial = false, isReady = true, accepts = true } = more;
  const watchOf = (type: WatchedType) => ({
    type,
    partial: isPartial && type.resource === CONFIG_MAPS,
    informer: {
      synced: isListed,
      get: (key: string) =>
        cached.find(([{ plural }, object]) => plural === type.resource.plural && keyOf(object) === key)?.[1],
    },
  });
  const want: Want = {
    source: { type: typeOf(CONFIG_MAPS), key: keyOf(source) },
    destinations: [],
    wantReturn: false,
  };
  const parts = {
    everywhere: server.client,
    applier: new Applier('placement-translator'),
    catalog: { typeIn: () => typeOf(CONFIG_MAPS), definerIn: () => undefined },
    placements: {
      clusters: () => ['w', 'other'],
      in: (cluster: string) => [resolvedOf(placementOf(cluster, 'p', {}), cluster === 'w' ? ['m'] : [])],
    },
    mailboxes: { get: (name: string) => (name === 'm' ? mailbox : undefined) },
    watches: {
      of: watchOf,
      ofResource: (name: string) => [watchOf(typeOf(name === 'namespaces' ? NAMESPACES : CONFIG_MAPS))],
      full: async (_: unknown, object: KubeObject) =>
        server.client.workspace('w').get(CONFIG_MAPS, object.metadata),
    },
    desired: { in: () => (wanted ? [want] : []) },
    evaluation: { getWants: () => new Map([['m', want]]), getPlacements: () => [] },
    apis: { in: () => ({ accepts: () => accepts, isReady: () => isReady }) },
    customizations: { plan: () => undefined },
    customized: { forget: () => undefined },
    conflicts: { found: async () => undefined },
    brake: { ask: async () => proof, forget: () => undefined },
  } as unknown as CopyParts;
  const copies = new CopyReconciler(parts);
  return { server, run: (name = 'm', what = local) => copies.reconcile(name, what, false) };
}

const IN_MAILBOX = `${mailbox.cluster} configmaps ns/x`;
const SOURCE: [Resource, KubeObject] = [CONFIG_MAPS, source];

test('a wanted object is created with its Namespace', async () => {
  const { server, run } = world({ cached: [SOURCE] });
  assert.is(await run(), 'done');
  assert.equal(
    server.log.map((line) => line.replace(/^(apply|create) /, '')),
    [`${mailbox.cluster} namespaces /ns`, IN_MAILBOX],
  );
  assert.equal((server.objects.get(IN_MAILBOX) as { data?: object }).data, { a: '1' });
});

test('a mailbox workspace that is not ready, does not serve the kind, or has another API gets nothing', async () => {
  for (const more of [{ isReady: false }, { accepts: false }]) {
    const { server, run } = world({ cached: [SOURCE], ...more });
    assert.is(await run(), 'done');
    assert.equal(server.log, []);
  }
  const { server, run } = world({ cached: [SOURCE] });
  assert.is(await run('other'), 'done');
  assert.equal(server.log, []);
});

test('a Namespace that ends, here or there, gets nothing', async () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  for (const cluster of [mailbox.cluster, 'w']) {
    const { server, run } = world({
      cached: [SOURCE, [NAMESPACES, namespaceIn(cluster, { deletionTimestamp })]],
    });
    assert.is(await run(), 'done');
    assert.equal(server.log, []);
  }
});

test('what is not wanted is deleted exactly, if that is proven', async () => {
  const copy = objectOf(CONFIG_MAPS, mailbox.cluster, 'x', { namespace: 'ns', uid: 'copy', ...OURS });
  const gone = world({ wanted: false, cached: [[CONFIG_MAPS, copy]] });
  assert.is(await gone.run(), 'done');
  assert.equal(gone.server.log, [`delete copy ${IN_MAILBOX}`]);
  const proof: Proof = { isProven: false, outdated: [] };
  const stays = world({ wanted: false, cached: [[CONFIG_MAPS, copy]], proof });
  assert.is(await stays.run(), proof);
  assert.equal(stays.server.log, []);
});

test('a Namespace goes when no workspace that leads there has it, whoever else has', async () => {
  const annotations = { [CREATED_FIELDS]: '{}' };
  const copy = namespaceIn(mailbox.cluster, { uid: 'copy', ...OURS, annotations });
  const namespace: LocalObject = { groupResource: 'namespaces', namespace: '', name: 'ns' };
  const removed = async (cluster: string) => {
    const { server, run } = world({
      wanted: false,
      cached: [
        [NAMESPACES, copy],
        [NAMESPACES, namespaceIn(cluster)],
      ],
    });
    await run('m', namespace);
    return server.log.length > 0;
  };
  assert.not(await removed('w'));
  assert.ok(await removed('other'));
});

test.run();
