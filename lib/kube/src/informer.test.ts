import type { KubeObject } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { describe, FakeApi, WIDGETS } from '@kubestellar/testing/fake-api';
import fc from 'fast-check';
import { pino } from 'pino';
import { Informer, type InformerOptions } from './informer.ts';
import { reachabilityOf } from './reachability.ts';

const test = suite('kube: informer');
const logger = pino({ level: 'silent' });
const noise: (() => Promise<unknown>)[] = [];
test.after.each(async () => {
  for (const end of noise.splice(0)) await end();
});

/** An informer of a fake server, the calls of its handler, and the state that follows from them. */
async function setup(options: Partial<InformerOptions<KubeObject>> = {}, prepare?: (api: FakeApi) => void) {
  const api = new FakeApi();
  const client = await api.start();
  prepare?.(api);
  const retry = { base: 2, max: 10 };
  const informer = new Informer<KubeObject>({ client, resource: WIDGETS, logger, retry, ...options });
  const calls: string[] = [];
  const replayed = new Map<string, string>();
  const id = ({ metadata }: KubeObject) =>
    `${metadata.annotations?.['kcp.io/cluster'] ?? ''}|${metadata.name}`;
  informer.addHandler({
    onAdd: (object) => {
      calls.push(`add ${object.metadata.name}`);
      assert.not(replayed.has(id(object)));
      replayed.set(id(object), describe(object));
    },
    onUpdate: (object, previous) => {
      calls.push(`update ${object.metadata.name}`);
      assert.is(replayed.get(id(object)), describe(previous));
      replayed.set(id(object), describe(object));
    },
    onDelete: (object) => {
      calls.push(`delete ${object.metadata.name}`);
      assert.ok(replayed.delete(id(object)));
    },
  });
  noise.push(async () => {
    await informer.stop();
    await api.stop();
  });
  return { api, client, informer, calls, replayed };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const limit = Date.now() + 3000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const cached = (informer: Informer) => [...informer.list()].map(describe).sort();
const isCurrent = (informer: Informer, api: FakeApi) => String(cached(informer)) === String(api.state());

test('an informer reads all pages before it is synced, and adds the kind to each object', async () => {
  const { api, informer } = await setup({ pageSize: 2 }, (fake) => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.put(name, 1);
  });
  assert.not(informer.synced);
  await informer.start().whenSynced();
  assert.is(informer.size, 5);
  assert.is(api.requested('list').length, 3);
  assert.is(informer.get('//a')?.kind, 'Widget');
  assert.is(informer.get('//a')?.apiVersion, 'test/v1');
});

test('an informer follows the watch', async () => {
  const { api, informer, calls } = await setup();
  await informer.start().whenSynced();
  api.put('a', 1);
  api.put('a', 2);
  api.remove('a');
  api.put('b', 1);
  await until('b', () => informer.get('//b') !== undefined);
  assert.equal(calls, ['add a', 'update a', 'delete a', 'add b']);
});

test('a late handler is called for what the cache already contains', async () => {
  const { informer } = await setup({}, (api) => api.put('a', 1));
  await informer.start().whenSynced();
  const seen: string[] = [];
  informer.addHandler({ onAdd: ({ metadata }) => seen.push(metadata.name) });
  assert.equal(seen, ['a']);
});

test('objects of one name in two workspaces are kept apart', async () => {
  const { api, informer } = await setup({}, (fake) => {
    fake.put('a', 1, 'one');
    fake.put('a', 2, 'two');
  });
  await informer.start().whenSynced();
  assert.is(informer.size, 2);
  api.remove('a', 'one');
  await until('deletion', () => informer.size === 1);
  assert.is(informer.get('two//a')?.spec, 2);
});

test('a cut watch is resumed where it was, without a list', async () => {
  const { api, informer } = await setup();
  await informer.start().whenSynced();
  api.put('a', 1);
  await until('a', () => informer.size === 1);
  const version = api.version;
  api.cut();
  api.put('b', 1);
  await until('b', () => informer.size === 2);
  assert.is(api.requested('list').length, 1);
  assert.is(api.requested('watch').at(-1)?.searchParams.get('resourceVersion'), String(version));
});

test('a bookmark saves a list after a quiet time', async () => {
  const { api, informer } = await setup();
  await informer.start().whenSynced();
  await until('watch', () => api.requested('watch').length === 1);
  api.compact();
  api.bookmark();
  await new Promise((resolve) => setTimeout(resolve, 20));
  api.cut();
  api.put('a', 1);
  await until('a', () => informer.size === 1);
  assert.is(api.requested('list').length, 1);
});

for (const how of ['status', 'event'] as const) {
  test(`an informer that gets 410 as ${how} lists again and finds deleted objects`, async () => {
    const { api, informer, calls } = await setup({}, (fake) => {
      fake.put('a', 1);
      fake.put('b', 1);
    });
    await informer.start().whenSynced();
    await until('watch', () => api.requested('watch').length === 1);
    api.failWith = 503;
    if (how === 'status') api.cut();
    api.put('c', 1);
    await until('failure', () => how === 'event' || api.requests.length > 3);
    api.remove('a');
    api.compact();
    if (how === 'event') api.endWatches(410);
    api.failWith = undefined;
    await until('current', () => isCurrent(informer, api));
    assert.equal(calls.slice(-2).sort(), ['add c', 'delete a'].sort());
  });
}

test('an object that was recreated unseen is reported as deleted and added', async () => {
  const { api, informer, calls } = await setup({}, (fake) => fake.put('a', 1));
  await informer.start().whenSynced();
  await until('watch', () => api.requested('watch').length === 1);
  api.failWith = 503;
  api.cut();
  await until('failure', () => api.requests.length > 3);
  api.remove('a');
  api.put('a', 1);
  api.compact();
  api.failWith = undefined;
  await until('current', () => isCurrent(informer, api));
  assert.equal(calls, ['add a', 'delete a', 'add a']);
});

test('an error leaves the cache unchanged, and a 404 and its end are reported', async () => {
  const served: boolean[] = [];
  const onServed = (each: boolean) => void served.push(each);
  const { api, informer, calls } = await setup({ onServed }, (fake) => fake.put('a', 1));
  await informer.start().whenSynced();
  for (const code of [500, 403, 404]) {
    const before = api.requests.length;
    api.failWith = code;
    api.cut();
    await until(String(code), () => api.requests.length > before + 1);
    assert.is(informer.size, 1);
    assert.ok(informer.synced);
  }
  assert.ok(served.includes(false));
  api.failWith = undefined;
  await until('served', () => served.at(-1) === true);
  assert.equal(calls, ['add a']);
});

test('clients with refused credentials wait until a request of any client succeeds', async () => {
  const { api, client, informer } = await setup({ retry: { base: 1_200, max: 60_000 } });
  await informer.start().whenSynced();
  await until('watch', () => api.requested('watch').length === 1);
  api.failWith = 401;
  api.cut();
  await until('the refusal', () => reachabilityOf(client.connection).down);
  api.failWith = undefined;
  api.put('late', 1);
  await client.listPage(WIDGETS);
  await until('the change', () => isCurrent(informer, api));
});

test('an informer is not synced while the first list fails', async () => {
  const { api, informer } = await setup({}, (fake) => {
    fake.put('a', 1);
    fake.failWith = 503;
  });
  informer.start();
  await until('failures', () => api.requests.length > 2);
  assert.not(informer.synced);
  api.failWith = undefined;
  await informer.whenSynced();
  assert.is(informer.size, 1);
});

test('a transform decides which objects are kept', async () => {
  const transform = (object: KubeObject) => (object.spec === 'keep' ? object : undefined);
  const { api, informer, calls } = await setup({ transform }, (fake) => fake.put('a', 'keep'));
  await informer.start().whenSynced();
  api.put('b', 'drop');
  api.put('a', 'drop');
  api.put('c', 'keep');
  await until('c', () => informer.get('//c') !== undefined);
  assert.equal(calls, ['add a', 'delete a', 'add c']);
});

test('a handler that throws does not stop the others', async () => {
  const { api, informer, calls } = await setup();
  informer.addHandler({
    onAdd: () => {
      throw new Error('mine');
    },
  });
  await informer.start().whenSynced();
  api.put('a', 1);
  api.put('b', 1);
  await until('b', () => calls.includes('add b'));
});

test('a watch whose connection brings nothing any more is opened anew', async () => {
  const { api, informer } = await setup({ quiet: 40 });
  await informer.start().whenSynced();
  await until('a watch', () => api.requested('watch').length === 1);
  api.stall();
  api.put('a', 1);
  await until('the change', () => informer.size === 1);
});

test('a watch that gets bookmarks is left alone', async () => {
  const { api, informer } = await setup({ quiet: 300 });
  await informer.start().whenSynced();
  await until('a watch', () => api.requested('watch').length === 1);
  const begin = Date.now();
  while (Date.now() - begin < 700) {
    api.bookmark();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.is(api.requested('watch').length, 1);
});

test('all watches are opened anew at once when a short request goes unanswered', async () => {
  const { api, client, informer } = await setup();
  await informer.start().whenSynced();
  await until('a watch', () => api.requested('watch').length === 1);
  api.stall();
  api.put('a', 1);
  api.hangsUp = true;
  await client.list(WIDGETS).catch(() => undefined);
  api.hangsUp = false;
  await until('the change', () => informer.size === 1);
});

test('that holds for a server that has refused our credentials before, too', async () => {
  const { api, client, informer } = await setup();
  await informer.start().whenSynced();
  await until('a watch', () => api.requested('watch').length === 1);
  api.failWith = 401;
  await client.list(WIDGETS).catch(() => undefined);
  api.failWith = undefined;
  api.stall();
  api.put('a', 1);
  api.hangsUp = true;
  await client.list(WIDGETS).catch(() => undefined);
  api.hangsUp = false;
  await until('the change', () => informer.size === 1);
});

test('stop ends a waiting start', async () => {
  const { api, informer } = await setup();
  api.failWith = 503;
  const waiting = informer.start().whenSynced();
  await informer.stop();
  await waiting;
  assert.not(informer.synced);
});

test('cache and handlers reach the state of the server after any faults', async () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const cluster = fc.constantFrom('', 'one');
  type Step = (api: FakeApi) => unknown;
  const faults: Step[] = [
    (api) => api.cut(),
    (api) => api.compact(),
    (api) => api.bookmark(),
    (api) => api.endWatches(410),
    (api) => {
      api.failWith = 503;
    },
    (api) => {
      api.failWith = undefined;
    },
    () => new Promise((resolve) => setTimeout(resolve, 2)),
  ];
  const step = fc.oneof(
    fc.tuple(name, fc.integer(), cluster).map(
      (written): Step =>
        (api) =>
          api.put(...written),
    ),
    fc.tuple(name, cluster).map(
      (removed): Step =>
        (api) =>
          api.remove(...removed),
    ),
    fc.constantFrom(...faults),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { api, informer, replayed } = await setup({ pageSize: 2 });
      informer.start();
      for (const each of steps) await each(api);
      api.failWith = undefined;
      await until('current', () => informer.synced && isCurrent(informer, api));
      assert.equal([...replayed.values()].sort(), api.state());
      for (const end of noise.splice(0)) await end();
    }),
    { numRuns: 40 },
  );
});

test.run();
