import { CONFIG_MAPS, STATUS_COLLECTORS, type StatusCollector } from '@kubestellar/api';
import { createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import type { Evaluator, Outcome } from '../../evaluation/evaluator.ts';
import type { CollectJob, Job } from '../../evaluation/jobs.ts';
import { loggerOf, objectOf } from '../../fixtures.ts';
import { sourceKeyOf } from '../../keys.ts';
import { Collectors } from './collectors.ts';

const test = suite('StatusCollectors and their tables');

const object = objectOf(CONFIG_MAPS, 'w', 'o', { namespace: 'ns' });
const about = {
  source: sourceKeyOf({ resource: CONFIG_MAPS, identity: '' }, object),
  version: 'v1',
  object,
  clusters: [{ mailbox: 'm', location: 'edge1', labels: {}, state: 'applied' as const }],
};
const running: Collectors[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

function collectorOf(name: string, generation = 1, status: object = {}): StatusCollector {
  const metadata = { generation, resourceVersion: `${generation}-${JSON.stringify(status)}` };
  return objectOf(STATUS_COLLECTORS, 'w', name, metadata, {
    spec: { select: [{ name: 'x', def: name }] },
    status,
  }) as StatusCollector;
}

const READABLE = { result: { problem: '' } };

/** Workers that answer as the test likes it; by default every expression can be read, and makes an empty table. */
async function world(
  collectors: StatusCollector[],
  answer: (job: Job) => object | undefined = () => undefined,
) {
  const server = new FakeServer();
  for (const each of collectors) server.put('w', STATUS_COLLECTORS, each);
  const jobs: Job[] = [];
  const evaluate = async (_: string, job: Job): Promise<Outcome<Job['kind']>> => {
    jobs.push(job);
    const tables = () => (job as CollectJob).collectors.map(({ name }) => ({ name, rows: [] }));
    const usual = job.kind === 'collect' ? { result: { tables: tables() } } : READABLE;
    return (answer(job) ?? usual) as Outcome<Job['kind']>;
  };
  const changes: string[] = [];
  const all = new Collectors({
    view: server.client,
    everywhere: server.client,
    evaluator: { evaluate, shares: { waitOf: () => 0 } } as unknown as Evaluator,
    logger: loggerOf(),
    registry: createRegistry('test'),
    onChange: (cluster, name) => void changes.push(`${cluster} ${name}`),
  });
  running.push(all);
  await all.start();
  const condition = (name: string) =>
    (server.find('w', STATUS_COLLECTORS, name) as StatusCollector | undefined)?.status?.conditions?.[0];
  const collected = () => jobs.filter(({ kind }) => kind === 'collect').length;
  return { server, all, jobs, changes, condition, collected };
}

test('whether a StatusCollector can be read is reported in its status, and why not', async () => {
  const { condition } = await world([collectorOf('good'), collectorOf('bad')], (job) =>
    job.kind === 'read-collector' && job.spec.select?.[0]?.def === 'bad'
      ? { result: { problem: 'no such field' } }
      : undefined,
  );
  await until(() => condition('good') !== undefined && condition('bad') !== undefined);
  assert.equal([condition('good')?.status, condition('good')?.reason], ['True', 'Readable']);
  assert.equal(
    [condition('bad')?.status, condition('bad')?.reason, condition('bad')?.message],
    ['False', 'Unreadable', 'no such field'],
  );
});

test('a status that says so already is not written again', async () => {
  const { server, condition } = await world([collectorOf('a')]);
  await until(() => condition('a') !== undefined);
  const writes = server.log.length;
  const again = await world([server.find('w', STATUS_COLLECTORS, 'a') as StatusCollector, collectorOf('b')]);
  await until(() => again.condition('b') !== undefined);
  assert.is(writes, 1);
  assert.equal(again.server.log, ['apply status of w statuscollectors /b']);
});

test('tables come in the order of the names; one that is missing or unreadable has an error in its place', async () => {
  const { all, condition } = await world([collectorOf('good'), collectorOf('bad')], (job) =>
    job.kind === 'read-collector' && job.spec.select?.[0]?.def === 'bad'
      ? { result: { problem: 'no such field' } }
      : undefined,
  );
  await until(() => condition('good') !== undefined && condition('bad') !== undefined);
  const failed = (name: string, message: string) => ({ name, errors: [{ message, count: 1 }] });
  assert.equal(await all.collect('w', ['missing', 'good', 'bad'], about), [
    failed('missing', 'there is no StatusCollector of this name'),
    { name: 'good', rows: [] },
    failed('bad', 'no such field'),
  ]);
});

test('the one that took too much is blamed, and the others are tried without it', async () => {
  const { all, condition, collected } = await world([collectorOf('a'), collectorOf('b')], (job) =>
    job.kind === 'collect' && job.collectors[1]?.name === 'b'
      ? { over: 'too slow', isCertain: false, step: 1 }
      : undefined,
  );
  await until(() => condition('a') !== undefined && condition('b') !== undefined);
  const tables = await all.collect('w', ['a', 'b'], about);
  assert.equal(tables, [
    { name: 'a', rows: [] },
    { name: 'b', errors: [{ message: 'too slow', count: 1 }] },
  ]);
  assert.is(collected(), 2);
  const [, second] = await all.collect('w', ['a', 'b'], about);
  assert.match(second?.errors?.[0]?.message ?? '', 'too slow; it is tried once a minute only');
  assert.is(collected(), 3, 'and for this object it has a rest');
  all.forget(about.source);
  await all.collect('w', ['a', 'b'], about);
  assert.is(collected(), 5, 'unless the object is forgotten');
});

test('one that takes too much ten times in a row is not used before its spec changes', async () => {
  let isSlow = true;
  const { all, condition, server, collected } = await world([collectorOf('a')], (job) =>
    job.kind === 'collect' && isSlow ? { over: 'too slow', isCertain: false, step: 0 } : undefined,
  );
  await until(() => condition('a')?.status === 'True');
  for (let n = 0; n < 10; n++) await all.collect('w', ['a'], { ...about, version: `v${n}` });
  await until(() => condition('a')?.reason === 'OverBudget');
  const before = collected();
  const [table] = await all.collect('w', ['a'], { ...about, version: 'other' });
  assert.match(table?.errors?.[0]?.message ?? '', 'is not used before its spec changes');
  assert.is(collected(), before);
  isSlow = false;
  server.put('w', STATUS_COLLECTORS, collectorOf('a', 2));
  await until(() => condition('a')?.status === 'True');
  assert.equal(await all.collect('w', ['a'], about), [{ name: 'a', rows: [] }]);
});

test('one that was found to take too much is not tried again by a program that is started anew', async () => {
  const conditions = [{ type: 'Valid', status: 'False', reason: 'OverBudget', message: 'took too much' }];
  const { all, jobs } = await world([collectorOf('a', 3, { observedGeneration: 3, conditions })]);
  const [table] = await all.collect('w', ['a'], about);
  assert.is(table?.errors?.[0]?.message, 'took too much');
  assert.equal(jobs, []);
  const older = await world([collectorOf('a', 3, { observedGeneration: 2, conditions })]);
  assert.equal(await older.all.collect('w', ['a'], about), [{ name: 'a', rows: [] }]);
});

test('whoever uses a StatusCollector is told of its change and its end, and not of its status', async () => {
  const { server, changes, condition } = await world([collectorOf('a')]);
  assert.equal(changes, ['w a']);
  await until(() => condition('a') !== undefined);
  server.put('w', STATUS_COLLECTORS, collectorOf('a', 2));
  await until(() => changes.length > 1);
  server.drop('w', STATUS_COLLECTORS, collectorOf('a', 2));
  await until(() => changes.length > 2);
  assert.equal(changes, ['w a', 'w a', 'w a']);
});

test.run();
