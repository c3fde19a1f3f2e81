import { CONFIG_MAPS, type KubeObject, type ObjectMeta } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { OURS, objectOf } from '../fixtures.ts';
import type { CopyPlace } from './project.ts';
import { writeCopy } from './write-copy.ts';

const test = suite('writing a copy');

const there = (metadata: Partial<ObjectMeta> = {}) =>
  objectOf(CONFIG_MAPS, 'm', 'x', { namespace: 'ns', ...metadata });

/** A mailbox workspace that has an object, and what the watch has of it. */
function world(present: KubeObject | undefined, watch: Partial<CopyPlace> = {}) {
  const server = new FakeServer();
  if (present) server.put('m', CONFIG_MAPS, present);
  const log: string[] = [];
  const applier: Parameters<typeof writeCopy>[1] = {
    ensure: async (_, __, copy, live) => {
      log.push(`ensure ${live?.metadata.resourceVersion}`);
      return { metadata: copy.metadata, written: true };
    },
    create: async (client, resource, copy) => {
      log.push('create');
      return (await client.create(resource, copy, { fieldManager: 'test' })).metadata;
    },
  };
  const place: CopyPlace = {
    type: { resource: CONFIG_MAPS, identity: '' },
    cached: present,
    isPartial: false,
    isListed: true,
    ...watch,
  };
  const write = () => writeCopy(server.client.workspace('m'), applier, place, there(OURS));
  return { write, log };
}

test('a copy that is not there is created, one that is there is made equal', async () => {
  const none = world(undefined);
  assert.is((await none.write())?.name, 'x');
  assert.equal(none.log, ['create']);
  const copy = world(there({ ...OURS, resourceVersion: '5' }));
  assert.is((await copy.write())?.name, 'x');
  assert.equal(copy.log, ['ensure 5']);
});

test('the server is asked where the watch has a part of it, or is not listed', async () => {
  const cached = there({ ...OURS, resourceVersion: '4' });
  for (const watch of [
    { cached, isPartial: true },
    { cached: undefined, isListed: false },
  ]) {
    const { write, log } = world(there({ ...OURS, resourceVersion: '5' }), watch);
    await write();
    assert.equal(log, ['ensure 5']);
  }
});

test('a copy that the watch does not have yet is made equal', async () => {
  const { write, log } = world(there({ ...OURS, resourceVersion: '5' }), { cached: undefined });
  assert.is((await write())?.name, 'x');
  assert.equal(log, ['create', 'ensure 5']);
});

test('what is not ours is not overwritten, however it is found', async () => {
  const known = world(there());
  assert.is(await known.write(), undefined);
  assert.equal(known.log, []);
  const unlisted = world(there(), { cached: undefined, isListed: false });
  assert.is(await unlisted.write(), undefined);
  assert.equal(unlisted.log, []);
  const late = world(there(), { cached: undefined });
  assert.is(await late.write(), undefined);
  assert.equal(late.log, ['create']);
});

test.run();
