import { assert, suite } from '@kubestellar/testing';
import { Registry } from 'prom-client';
import type { Logger } from './logger.ts';
import { observedQueue } from './queue.ts';

const test = suite('queues in the metrics');

test('a queue reports its waiting keys, and its reconciles by outcome', async () => {
  const registry = new Registry();
  const logger = { error() {} } as unknown as Logger;
  const reconcile = async (key: string) => {
    if (key === 'bad') throw new Error('bad');
  };
  const [first, second] = ['first', 'second'].map((name) =>
    observedQueue(registry, { name, concurrency: 1, reconcile, logger }),
  );
  for (const key of ['a', 'b', 'bad']) first?.add(key);
  second?.add('a');
  const waiting = await registry.metrics();
  assert.match(waiting, 'workqueue_depth{queue="first"} 3');
  assert.match(waiting, 'workqueue_depth{queue="second"} 1');
  first?.start();
  while (first?.depth) await new Promise((resolve) => setImmediate(resolve));
  await first?.stop();
  const done = await registry.metrics();
  assert.match(done, 'workqueue_depth{queue="first"} 0');
  assert.match(done, 'reconcile_total{queue="first",outcome="success"} 2');
  assert.match(done, 'reconcile_total{queue="first",outcome="error"} 1');
});

test.run();
