import { CONFIG_MAPS } from '@kubestellar/api';
import { WorkQueue } from '@kubestellar/kube';
import { createLogger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { Desired } from '../desired/desired-state.ts';
import { type CopyKey, copyKey, formatObjectKey, type Want } from '../keys.ts';
import { turnOf } from './turns.ts';

const test = suite('turns of copies');

const TYPE = { resource: CONFIG_MAPS, identity: '' };

/** What two workspaces want, and the queue of the copies of it. */
function world(concurrency = 1) {
  const desired = new Desired();
  const done: CopyKey[] = [];
  const queue = new WorkQueue<CopyKey>({
    name: 'copies',
    concurrency,
    logger: createLogger('turns', 0),
    flowOf: (key) => turnOf(desired, key),
    reconcile: async (key) => {
      await new Promise(setImmediate);
      done.push(key);
    },
  });
  const object = (namespace: string, name: string) => ({ groupResource: 'configmaps', namespace, name });
  return {
    done,
    queue,
    /** A workspace wants an object in these mailboxes, or in none any more. */
    want(workspace: string, namespace: string, name: string, mailboxes: readonly string[]) {
      const source = { type: TYPE, key: `${workspace}/${namespace}/${name}` };
      const want: Want = { source, destinations: [], wantReturn: false };
      const change = desired.set(
        source,
        workspace,
        object(namespace, name),
        new Map(mailboxes.map((mailbox) => [mailbox, want])),
      );
      for (const mailbox of change.mailboxes) queue.add(this.copy(mailbox, namespace, name));
    },
    copy: (mailbox: string, namespace: string, name: string) =>
      copyKey(mailbox, formatObjectKey(object(namespace, name))),
  };
}

test('a thousand copies of one workspace delay one of another in the same cluster by one place', async () => {
  const w = world();
  for (let n = 0; n < 1000; n++) w.want('b', 'of-b', `o${n}`, ['m1', 'm2']);
  w.queue.start();
  for (let n = 0; n < 10; n++) await new Promise(setImmediate);
  const before = w.done.length;
  w.want('v', 'of-v', 'one', ['m1', 'm2']);
  await w.queue.idle();
  const places = ['m1', 'm2'].map((mailbox) => w.done.indexOf(w.copy(mailbox, 'of-v', 'one')) - before);
  assert.ok(Math.max(...places) <= 5, String(places));
  assert.is(w.done.length, 2002);
});

test('what a workspace withdraws is not delayed by what another one withdraws', async () => {
  const w = world();
  for (let n = 0; n < 1000; n++) w.want('b', 'of-b', `o${n}`, ['m1']);
  w.want('v', 'of-v', 'one', ['m1']);
  w.queue.start();
  await w.queue.idle();
  w.done.length = 0;
  for (let n = 0; n < 1000; n++) w.want('b', 'of-b', `o${n}`, []);
  w.want('v', 'of-v', 'one', []);
  await w.queue.idle();
  assert.ok(w.done.indexOf(w.copy('m1', 'of-v', 'one')) <= 2);
});

test('who places an object of the same name does not put it among the copies of the own workspace', async () => {
  const w = world();
  for (let n = 0; n < 1000; n++) w.want('b', 'shared', `o${n}`, ['m1']);
  w.want('b', 'shared', 'one', ['m1']);
  w.want('v', 'shared', 'one', ['m1']);
  w.want('v', 'shared', 'two', ['m1']);
  w.queue.start();
  await w.queue.idle();
  assert.ok(w.done.indexOf(w.copy('m1', 'shared', 'two')) <= 2);
});

test('whatever is wanted before: each copy comes once, and none waits for more than one of each other flow at a time', async () => {
  const step = fc.record({
    workspace: fc.constantFrom('a', 'b', 'c'),
    name: fc.constantFrom('1', '2', '3', '4', '5', '6'),
    mailboxes: fc.subarray(['m1', 'm2'], { minLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const w = world();
      const flows = new Map<CopyKey, string>();
      for (const { workspace, name, mailboxes } of steps) {
        w.want(workspace, `of-${workspace}`, name, mailboxes);
        for (const mailbox of mailboxes)
          flows.set(w.copy(mailbox, `of-${workspace}`, name), `${mailbox} ${workspace}`);
      }
      w.queue.start();
      await w.queue.idle();
      assert.equal([...w.done].sort(), [...flows.keys()].sort());
      for (const flow of new Set(flows.values())) {
        const places = w.done.flatMap((key, at) => (flows.get(key) === flow ? [at] : []));
        const gaps = places.map((place, at) => place - (places[at - 1] ?? -1));
        assert.ok(Math.max(...gaps) <= 6, `${flow}: ${gaps}`);
      }
    }),
    { numRuns: 60 },
  );
});

test.run();
