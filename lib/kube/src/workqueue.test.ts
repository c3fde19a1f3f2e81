import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { pino } from 'pino';
import { WorkQueue, type WorkQueueOptions } from './workqueue.ts';

const test = suite('kube: work queue');
const logger = pino({ level: 'silent' });

function queueOf(
  reconcile: WorkQueueOptions['reconcile'],
  options: Partial<WorkQueueOptions> = {},
): WorkQueue {
  return new WorkQueue({
    name: 'test',
    concurrency: 4,
    logger,
    retry: { base: 1, max: 5 },
    reconcile,
    ...options,
  });
}

/** A promise that the test settles. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await tick(1);
}

const tick = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('a key that is added many times before the start is reconciled once', async () => {
  const done: string[] = [];
  const queue = queueOf(async (key) => void done.push(key));
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  assert.is(queue.depth, 2);
  assert.equal(done, []);
  queue.start();
  await queue.idle();
  assert.equal(done, ['a', 'b']);
});

test('a key that is added while it runs, runs once more afterwards, never beside itself', async () => {
  const first = gate();
  let runs = 0;
  let running = 0;
  const queue = queueOf(async () => {
    assert.is(++running, 1);
    if (++runs === 1) await first.opened;
    running--;
  });
  queue.start();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  await tick();
  assert.is(runs, 1);
  first.open();
  await queue.idle();
  assert.is(runs, 2);
});

test('a key that waits for itself does not keep others waiting', async () => {
  const first = gate();
  const done: string[] = [];
  const queue = queueOf(
    async (key) => {
      if (key === 'a' && done.length === 0) await first.opened;
      done.push(key);
    },
    { concurrency: 2 },
  );
  queue.start();
  for (const key of ['a', 'a', 'b']) queue.add(key);
  await tick();
  assert.equal(done, ['b']);
  first.open();
  await queue.idle();
  assert.equal(done, ['b', 'a', 'a']);
});

test('a failed key comes back later and later until it succeeds', async () => {
  const times: number[] = [];
  const outcomes: string[] = [];
  const queue = queueOf(
    async () => {
      times.push(performance.now());
      if (times.length < 5) throw new Error('not yet');
    },
    { retry: { base: 4, max: 1000 }, observe: (outcome) => outcomes.push(outcome) },
  );
  queue.start();
  queue.add('a');
  await queue.idle();
  assert.equal(outcomes, ['error', 'error', 'error', 'error', 'success']);
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.ok((waits[3] ?? 0) > (waits[0] ?? 0) * 2, `waits ${waits}`);
});

test('success makes the next failure start small again', async () => {
  let runs = 0;
  const queue = queueOf(
    async () => {
      if (++runs % 2 === 1 || runs < 8) throw new Error('odd');
    },
    { retry: { base: 1, max: 20 } },
  );
  queue.start();
  queue.add('a');
  await queue.idle();
  const begin = performance.now();
  queue.add('a');
  await queue.idle();
  assert.ok(performance.now() - begin < 15);
});

test('an add overtakes the wait for a retry', async () => {
  let runs = 0;
  const queue = queueOf(
    async () => {
      if (++runs === 1) throw new Error('once');
    },
    { retry: { base: 60_000, max: 60_000 } },
  );
  queue.start();
  queue.add('a');
  await tick(2);
  queue.add('a');
  await queue.idle();
  assert.is(runs, 2);
});

test('a reconcile may ask to be called again', async () => {
  let runs = 0;
  const queue = queueOf(async () => (++runs < 3 ? { requeueAfter: 1 } : undefined));
  queue.start();
  queue.add('a');
  await queue.idle();
  assert.is(runs, 3);
});

test('of several delayed adds the earliest counts, once', async () => {
  let runs = 0;
  const queue = queueOf(async () => void runs++);
  queue.start();
  queue.addAfter('a', 60_000);
  queue.addAfter('a', 2);
  queue.addAfter('a', 30_000);
  await queue.idle();
  assert.is(runs, 1);
});

test('stop waits for what runs and starts nothing more', async () => {
  const first = gate();
  const log: string[] = [];
  const queue = queueOf(
    async (key) => {
      log.push(`begin ${key}`);
      await first.opened;
      log.push(`end ${key}`);
    },
    { concurrency: 1 },
  );
  queue.start();
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 1);
  const stopped = queue.stop().then(() => log.push('stopped'));
  await tick(5);
  first.open();
  await stopped;
  queue.add('d');
  await tick(2);
  assert.equal(log, ['begin a', 'end a', 'stopped']);
});

test('whoever waits for idle is told at a stop, too', async () => {
  const queue = queueOf(async () => undefined);
  queue.addAfter('a', 60_000);
  const idle = queue.idle();
  await queue.stop();
  await idle;
});

test('whatever is added and fails: bounded, one at a time per key, and every add is served', async () => {
  const action = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    delay: fc.constantFrom(0, 0, 1),
    pause: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 1, maxLength: 20 }),
      fc.array(fc.boolean(), { maxLength: 10 }),
      fc.integer({ min: 1, max: 3 }),
      async (actions, failures, concurrency) => {
        const running = new Set<string>();
        const addedAt = new Map<string, number>();
        const servedAt = new Map<string, number>();
        let clock = 0;
        const queue = queueOf(
          async (key) => {
            assert.not(running.has(key));
            running.add(key);
            assert.ok(running.size <= concurrency);
            const begin = ++clock;
            await tick(Math.random() < 0.3 ? 1 : 0);
            running.delete(key);
            if (failures.pop()) throw new Error('scripted');
            servedAt.set(key, begin);
          },
          { concurrency },
        );
        queue.start();
        for (const { key, delay, pause } of actions) {
          addedAt.set(key, ++clock);
          if (delay > 0) queue.addAfter(key, delay);
          else queue.add(key);
          if (pause) await tick();
        }
        await queue.idle();
        for (const [key, added] of addedAt) assert.ok((servedAt.get(key) ?? 0) > added, key);
      },
    ),
    { numRuns: 40 },
  );
});

test('thousands of keys of one flow delay those of another by one place', async () => {
  const done: string[] = [];
  const queue = queueOf(async (key) => void done.push(key), {
    concurrency: 1,
    flowOf: (key) => key.slice(0, 1),
  });
  for (let i = 0; i < 2_000; i++) queue.add(`a${i}`);
  queue.add('b');
  queue.start();
  await queue.idle();
  assert.is(done.indexOf('b'), 1);
  assert.is(done.length, 2_001);
});

test('a flow that has its share of the workers leaves the others to the rest', async () => {
  const started: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = new WorkQueue({
    name: 'test',
    concurrency: 4,
    perFlow: 2,
    flowOf: (key) => key.slice(0, 1),
    reconcile: async (key) => {
      started.push(key);
      if (key.startsWith('a')) await gate.promise;
    },
    logger,
  });
  for (const key of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']) queue.add(key);
  queue.start();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(started.sort(), ['a1', 'a2', 'b1', 'b2', 'b3']);
  gate.resolve();
  await queue.idle();
  assert.equal(started.sort(), ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
});

test('a key whose flow becomes another one while it runs gives its share of the former one back', async () => {
  let flow = 'a';
  const done: string[] = [];
  const queue = queueOf(async (key) => void done.push(key), { perFlow: 1, flowOf: () => flow });
  queue.start();
  for (const key of ['1', '2', '3']) {
    flow = 'a';
    queue.add(key);
    flow = 'b';
    await eventually(() => done.includes(key) && !queue.isBusy);
  }
  assert.equal(done, ['1', '2', '3']);
});

test('a flow that pauses comes back when its pause has ended, others do not wait', async () => {
  const started: string[] = [];
  const end = Date.now() + 50;
  const queue = new WorkQueue({
    name: 'test',
    concurrency: 4,
    flowOf: (key) => key.slice(0, 1),
    pauseOf: (flow) => (flow === 'a' ? Math.max(0, end - Date.now()) : 0),
    reconcile: async (key) => void started.push(key),
    logger,
  });
  for (const key of ['a1', 'a2', 'b1']) queue.add(key);
  queue.start();
  assert.equal(started, ['b1']);
  await queue.idle();
  assert.equal(started, ['b1', 'a1', 'a2']);
  assert.ok(Date.now() >= end);
});

test('what comes now and then goes on at once, a flood in bursts', async () => {
  const bursts: number[][] = [];
  const queue = queueOf(async (key) => void bursts.at(-1)?.push(Number(key)), {
    concurrency: 100,
    bursts: { milliseconds: 40, flood: 3 },
  });
  queue.start();
  bursts.push([]);
  for (let n = 0; n < 10; n++) queue.add(String(n));
  await tick();
  assert.equal(bursts[0], [0, 1, 2]);
  bursts.push([]);
  await eventually(() => bursts[1]?.length === 7);
  bursts.push([]);
  for (let n = 10; n < 20; n++) queue.add(String(n));
  await tick();
  assert.equal(bursts[2], []);
  await queue.idle();
  assert.is(bursts[2]?.length, 10);
});

test('after a flood each key goes on at once again', async () => {
  const done: string[] = [];
  const queue = queueOf(async (key) => void done.push(key), { bursts: { milliseconds: 20, flood: 2 } });
  queue.start();
  for (let n = 0; n < 10; n++) queue.add(String(n));
  await queue.idle();
  await tick(70);
  queue.add('alone');
  assert.is(done.at(-1), 'alone');
  await queue.idle();
});

test('keys of a flood come once each, whatever their order, and none is lost when the queue ends', async () => {
  const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3 })), {
    maxLength: 80,
  });
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 5 }), async (keys, flood) => {
      const last = new Map<number, number>();
      const seen = new Map<number, number>();
      const queue = queueOf(async (key) => void seen.set(Number(key), last.get(Number(key)) ?? -1), {
        bursts: { milliseconds: 2, flood },
      });
      queue.start();
      for (const [index, [key, pause]] of keys.entries()) {
        last.set(key, index);
        queue.add(String(key));
        if (pause === 0) await tick(1);
      }
      await queue.idle();
      assert.equal([...seen].sort(), [...last].sort());
    }),
    { numRuns: 50 },
  );
});

test.run();
