import type { CollectorResult, KubeObject } from '@kubestellar/api';
import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import type { ClusterFact } from '../status/combined/object-status.ts';
import { Evaluator } from './evaluator.ts';
import type { CollectJob, CustomizeJob } from './jobs.ts';

const test = suite('evaluation in processes of its own', { timeout: 60_000 });

const logger = createLogger('test', 0);
let evaluator: Evaluator;
test.before.each(() => {
  evaluator = new Evaluator({
    program: new URL('./worker.ts', import.meta.url),
    logger,
    registry: createRegistry('test'),
    grace: 5000,
  });
});
test.after.each(() => evaluator.stop());

const object = (content: object): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'o', namespace: 'n' },
    ...content,
  }) as KubeObject;

function customizing(content: object, ...replacements: { path: string; value: string }[]): CustomizeJob {
  return { kind: 'customize', object: object(content), replacements };
}

const cluster: ClusterFact = { mailbox: 'm', location: 'edge1', labels: {}, state: 'applied' };

function collecting(content: object, ...defs: string[]): CollectJob {
  const collectors = defs.map((def, n) => ({ name: `c${n}`, spec: { select: [{ name: 'x', def }] } }));
  return { kind: 'collect', object: object(content), clusters: [cluster], collectors };
}

async function tables(job: CollectJob): Promise<(CollectorResult & { over?: true })[]> {
  const outcome = await evaluator.evaluate('w', job).catch((error: Error) => error);
  // On a machine that has much else to do nothing can be judged; whoever asked asks again.
  if (outcome instanceof Error && outcome.message.includes('too busy')) return tables(job);
  assert.ok('result' in outcome, String(outcome));
  return outcome.result.tables;
}

test('an object is customized, and a table is made', async () => {
  const job = customizing({ data: { a: '1' } }, { path: '$..a', value: '"2"' });
  const outcome = await evaluator.evaluate('w', job);
  assert.ok('result' in outcome);
  assert.equal((outcome.result.object as { data?: object }).data, { a: '2' });
  const [table] = await tables(collecting({ data: { a: '1' } }, 'obj.data.a + inventory.name'));
  assert.equal(table?.rows, [{ columns: [{ type: 'String', string: '1edge1' }] }]);
});

test('without work there is no process, and one after the other needs one only', async () => {
  assert.is(evaluator.pids.length, 0);
  for (let n = 0; n < 3; n++) await evaluator.evaluate('w', customizing({}));
  assert.is(evaluator.pids.length, 1);
});

test('what takes more than its budget is refused, certainly so, and the process goes on', async () => {
  const value = JSON.stringify('x'.repeat(10_000));
  const job = customizing({ data: Array(5000).fill(0) }, { path: '$.data[*]', value });
  const outcome = await evaluator.evaluate('w', job);
  assert.ok('over' in outcome && outcome.isCertain, JSON.stringify(outcome));
  const [pid] = evaluator.pids;
  assert.ok('result' in (await evaluator.evaluate('w', customizing({}))));
  assert.equal(evaluator.pids, [pid]);
});

const list = Array.from({ length: 4000 }, (_, n) => n);
const endless = {
  'loops within loops': 'obj.list.all(x, obj.list.all(y, obj.list.all(z, x + y + z >= 0)))',
  'maps of maps': 'obj.list.map(x, obj.list.map(y, obj.list.map(z, x + y + z)))',
  'filters of filters': 'obj.list.filter(x, obj.list.exists(y, obj.list.exists(z, x + y + z < 0))).size()',
  'a pattern that goes back and forth': `"${'a'.repeat(60)}!".matches("^(a+)+$")`,
};
for (const [what, def] of Object.entries(endless)) {
  test(`CEL without end is ended, the tables beside it are made: ${what}`, async () => {
    const [, slow, quick] = await tables(collecting({ list }, '1', def, '2'));
    assert.match(slow?.errors?.[0]?.message ?? '', /takes too long: the limit is 250 ms/);
    assert.ok(slow?.over);
    assert.equal(quick?.rows, [{ columns: [{ type: 'Number', number: '2' }] }]);
  });
}

/** Doubles a text by nested comprehensions: 2 to the power of `times` characters. */
const doubled = (times: number) =>
  `${'[s+s].map(s, '.repeat(times)}s.size()${')[0]'.repeat(times)}`.replace('[s+s]', "['xx']");

test('what fills memory ends its process and no other, and the part is named that was under way', async () => {
  const lists = 'obj.list.map(x, obj.list.map(y, [x, y, string(x) + string(y)])).size()';
  const hungry = collecting({ list: list.slice(0, 3000) }, '1', lists);
  const outcome = await evaluator.evaluate('w', hungry).catch(() => undefined);
  if (outcome && 'over' in outcome) assert.is(outcome.step, 1);
  const big = collecting({ list: [1] }, doubled(35));
  await evaluator.evaluate('w', big).catch(() => undefined);
  assert.ok('result' in (await evaluator.evaluate('w', customizing({}))), 'others go on');
});

test('a job whose process dies is told as such, the next one gets another process', async () => {
  // Not before it is ready: a process that never was is no fault of the job.
  await evaluator.evaluate('w', customizing({}));
  const [pid] = evaluator.pids;
  assert.ok(pid);
  const slow = evaluator.evaluate('w', collecting({ list }, ...Array(5).fill(endless['loops within loops'])));
  process.kill(pid, 'SIGKILL');
  const outcome = await slow;
  assert.ok('over' in outcome && !outcome.isCertain, JSON.stringify(outcome));
  assert.match(outcome.over, /SIGKILL/);
  assert.ok('result' in (await evaluator.evaluate('w', customizing({}))));
});

test('slow jobs of one workspace do not hold up those of another', async () => {
  const slow = Array.from({ length: 40 }, () =>
    evaluator.evaluate('slow', collecting({ list }, endless['loops within loops'])).catch(() => undefined),
  );
  let others = 0;
  for (; others < 10; others++) await evaluator.evaluate('other', customizing({}));
  assert.ok(await isPending(slow[39]), 'the slow ones are still under way');
  evaluator.stop();
  await Promise.allSettled(slow);
});

test('what a workspace takes counts for its share', async () => {
  for (let n = 0; n < 2; n++) await tables(collecting({ list }, endless['loops within loops']));
  assert.is(evaluator.shares.waitOf('w', 'collect'), 0);
  evaluator.shares.spend('w', 'collect', 10_000);
  assert.ok(evaluator.shares.waitOf('w', 'collect') > 1000);
  assert.is(evaluator.shares.waitOf('w', 'customize'), 0);
  assert.is(evaluator.shares.waitOf('other', 'collect'), 0);
});

test('an object that is nested too deep is refused', async () => {
  let deep: unknown = [];
  for (let n = 0; n < 9000; n++) deep = [deep];
  const outcome = await evaluator.evaluate('w', customizing({ deep }));
  assert.ok('over' in outcome && outcome.isCertain, JSON.stringify(outcome));
});

test('without its program nothing is evaluated, and the error says so', async () => {
  const program = new URL('./no-such.ts', import.meta.url);
  const broken = new Evaluator({ program, logger, registry: createRegistry('test') });
  const error = await broken.evaluate('w', customizing({})).catch((reason: unknown) => reason as Error);
  assert.match((error as Error).message, /cannot be started/);
  broken.stop();
});

async function isPending(promise: Promise<unknown> | undefined): Promise<boolean> {
  const nothing = Symbol();
  return (await Promise.race([promise, Promise.resolve(nothing)])) === nothing;
}

test.run();
