import { type KubeObject, NAMESPACES } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { mailboxOf, objectOf } from '../fixtures.ts';
import { NamespaceEnsurer } from './ensure-namespace.ts';

const test = suite('the Namespaces of copies');

const mailbox = mailboxOf('m');
const namespace = (deletionTimestamp?: string) =>
  objectOf(NAMESPACES, 'w', 'ns', deletionTimestamp ? { deletionTimestamp } : {});
const ENDS = '2026-01-01T00:00:00Z';

/** Namespaces of the mailbox workspace, and of the workspace that the object comes from. */
function world(cached: KubeObject | undefined, source: KubeObject | undefined) {
  const created: string[] = [];
  const pending = Promise.withResolvers<void>();
  const ensurer = new NamespaceEnsurer({
    getCached: () => cached,
    getSource: async () => source,
    create: async (_, name) => {
      created.push(name);
      await pending.promise;
    },
  });
  return { ensurer, created, pending };
}

test('cluster-scoped objects need none', async () => {
  const { ensurer, created } = world(undefined, undefined);
  assert.is(await ensurer.ensure(mailbox, '', 'w'), 'usable');
  assert.equal(created, []);
});

test('one that is there is used as it is, one that ends is waited for', async () => {
  assert.is(await world(namespace(), undefined).ensurer.ensure(mailbox, 'ns', 'w'), 'usable');
  const ending = world(namespace(ENDS), namespace());
  assert.is(await ending.ensurer.ensure(mailbox, 'ns', 'w'), 'terminating');
  assert.equal(ending.created, []);
});

test('none is made for an object whose own Namespace is gone, or ends', async () => {
  for (const source of [undefined, namespace(ENDS)]) {
    const { ensurer, created } = world(undefined, source);
    assert.is(await ensurer.ensure(mailbox, 'ns', 'w'), 'terminating');
    assert.equal(created, []);
  }
});

test('a missing one is created once for all that wait for it, and again when that is over', async () => {
  const { ensurer, created, pending } = world(undefined, namespace());
  const both = [ensurer.ensure(mailbox, 'ns', 'w'), ensurer.ensure(mailbox, 'ns', 'w')];
  pending.resolve();
  assert.equal(await Promise.all(both), ['usable', 'usable']);
  assert.equal(created, ['ns']);
  await ensurer.ensure(mailbox, 'ns', 'w');
  assert.equal(created, ['ns', 'ns']);
});

test('when the creation fails, it fails for all, and the next one tries again', async () => {
  const { ensurer, created, pending } = world(undefined, namespace());
  const both = [ensurer.ensure(mailbox, 'ns', 'w'), ensurer.ensure(mailbox, 'ns', 'w')];
  pending.reject(new Error('no'));
  const results = await Promise.allSettled(both);
  assert.equal(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await ensurer.ensure(mailbox, 'ns', 'w').catch(() => undefined);
  assert.is(created.length, 2);
});

test.run();
