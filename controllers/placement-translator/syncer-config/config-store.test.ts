import { SYNCER_CONFIGS, type SyncerConfig } from '@kubestellar/api';
import type { Applier } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { mailboxOf, objectOf } from '../fixtures.ts';
import { ConfigStore } from './config-store.ts';

const test = suite('reading and writing SyncerConfigs');

const mailbox = mailboxOf('m');
const config = (name: string, resourceVersion = '1'): SyncerConfig =>
  objectOf(SYNCER_CONFIGS, mailbox.cluster, name, { resourceVersion }) as SyncerConfig;

/** A cache, and a server whose writes it has not seen. */
function world(...cached: SyncerConfig[]) {
  const server = new FakeServer();
  const cache = new Map(cached.map((each) => [`${mailbox.cluster}//${each.metadata.name}`, each]));
  let version = 5;
  const forgotten: string[] = [];
  const applier = {
    ensure: async (_client: unknown, resource: typeof SYNCER_CONFIGS, object: SyncerConfig) => {
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${version++}` } };
      server.put(mailbox.cluster, resource, stored);
      return stored;
    },
    forget: (_client: unknown, _resource: unknown, { metadata }: SyncerConfig) =>
      forgotten.push(metadata.name),
  } as unknown as Pick<Applier, 'ensure' | 'forget'>;
  const store = new ConfigStore(server.client, applier, { get: (key) => cache.get(key) });
  const read = async () => (await store.read(mailbox)).map((each) => each?.metadata.resourceVersion);
  return { store, server, cache, read, forgotten };
}

test('one SyncerConfig is read from the cache, whatever was written', async () => {
  const { store, read } = world(config('the-one'));
  await store.write(mailbox, config('the-one'), undefined, false);
  assert.equal(await read(), ['1']);
  assert.equal(await world().read(), [undefined]);
});

test('of several parts the server is asked until the cache has all that was written', async () => {
  const { store, read, cache } = world(config('the-one'));
  await store.write(mailbox, config('the-one'), undefined, true);
  await store.write(mailbox, config('the-one-1'), undefined, true);
  assert.equal(await read(), ['5', '6']);
  cache.set(`${mailbox.cluster}//the-one`, config('the-one', '5'));
  assert.equal(await read(), ['5', '6'], 'the second part is not seen yet');
  cache.set(`${mailbox.cluster}//the-one-1`, config('the-one-1', '7'));
  assert.equal(await read(), ['5', '7']);
});

test('a part is removed exactly, and no longer waited for', async () => {
  const { store, server, read, forgotten } = world(config('the-one', '9'));
  await store.write(mailbox, config('the-one-1'), undefined, true);
  await store.remove(mailbox, config('the-one-1'));
  assert.equal(server.log, [`delete uid-the-one-1 ${mailbox.cluster} syncerconfigs /the-one-1`]);
  assert.equal(forgotten, ['the-one-1']);
  assert.equal(await read(), ['9']);
});

test.run();
