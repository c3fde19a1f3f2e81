import { type KubeObject, QUARANTINED } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Evaluator, Outcome } from '../evaluation/evaluator.ts';
import { type CustomizeJob, runJob } from '../evaluation/jobs.ts';
import type { SourceKey } from '../keys.ts';
import {
  Customized,
  type CustomizedResult,
  type CustomizedSource,
  isInline,
  messageOf,
} from './customized.ts';
import type { Plan } from './plan.ts';
import { formatQuarantine } from './quarantine.ts';

const test = suite('customization that can be ended');

/** Evaluates here what it is asked, unless it is told what to answer; counts what it is asked. */
class FakeEvaluator {
  asked = 0;
  answer: Outcome<'customize'> | undefined;

  async evaluate(_workspace: string, job: CustomizeJob): Promise<Outcome<'customize'>> {
    this.asked++;
    return this.answer ?? { result: runJob(job, () => undefined) };
  }
}

const OVER = { over: 'its paths visit too much', isCertain: true, step: 0 };
const SLOW = { over: 'takes longer than 2000 ms', isCertain: false, step: 0 };

type Task = NonNullable<Plan['task']>;
const PLAIN: Task = { replacements: [{ path: '$.data.a', value: '"2"' }] };
const WIDE: Task = { replacements: [{ path: '$..a', value: '"2"' }] };
const NOWHERE = { customizer: 'c1', parameters: '', location: '' };
const AT_PARIS = { customizer: 'c1', parameters: 'p1', location: 'paris' };

function object(data: object = { a: '1' }, annotations: { [key: string]: string } = {}): KubeObject {
  const metadata = { name: 'o', namespace: 'n', uid: 'u', resourceVersion: '1', annotations };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject;
}

function setUp() {
  const evaluator = new FakeEvaluator();
  const changes: string[] = [];
  const parameters = new Map([['paris', 'p1']]);
  const customized = new Customized(
    evaluator as unknown as Evaluator,
    (location) => parameters.get(location),
    (source) => changes.push(source),
  );
  const make = (source: KubeObject, task = WIDE, from: Plan['from'] = NOWHERE, mayWait = true) =>
    customized.make(sourceOf(source), task, from, mayWait);
  return { evaluator, changes, parameters, customized, make };
}

const ID = 's' as SourceKey;

function sourceOf(cached: KubeObject): CustomizedSource {
  return { id: ID, workspace: 'w', object: cached, isPartial: false, full: async () => cached };
}

const dataIn = (made: CustomizedResult | 'later' | undefined) =>
  made && made !== 'later' && 'object' in made ? (made.object as { data?: object }).data : made;
const isQuarantined = (made: CustomizedResult | 'later' | undefined) =>
  made !== undefined && made !== 'later' && 'quarantined' in made;

test('paths of names need no worker, others do, and whoever may not wait is told so', async () => {
  const { evaluator, make } = setUp();
  assert.equal(dataIn(await make(object(), PLAIN, NOWHERE, false)), { a: '2' });
  assert.is(evaluator.asked, 0);
  assert.is(await make(object(), WIDE, NOWHERE, false), 'later');
  assert.equal(dataIn(await make(object())), { a: '2' });
  assert.is(evaluator.asked, 1);
});

test('what is large needs a worker, whatever its paths', async () => {
  const { evaluator, make } = setUp();
  const large = object(Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k${n}`, ''])));
  assert.is(await make(large, PLAIN, NOWHERE, false), 'later');
  await make(large, PLAIN);
  assert.is(evaluator.asked, 1);
});

test('which tasks are simple can be told from their length', () => {
  const task = (path: string): Task => ({ replacements: [{ path, value: '1' }] });
  for (const path of ['$.a.b', "$['a'][0]", '$']) assert.ok(isInline(task(path)), path);
  for (const path of ['$..a', '$.*', '$[0:2]', '$[?@.a]', 'no path', '$.a.%(x)'])
    assert.not(isInline({ ...task(path), parameters: [['x', '*']] }), path);
  assert.not(isInline({ replacements: Array(51).fill({ path: '$.a', value: '1' }) }));
  const parameters = [['x', 'y'.repeat(60_000)]] as const;
  assert.not(isInline({ ...task(`$.${'%(x)'.repeat(1000)}`), parameters }), 'expansions that multiply');
});

test('a result serves all destinations that get the same, and copies that are looked at again', async () => {
  const { evaluator, make } = setUp();
  await Promise.all([make(object()), make(object()), make(object())]);
  assert.equal(dataIn(await make(object(), WIDE, NOWHERE, false)), { a: '2' });
  assert.is(evaluator.asked, 1);
  await make(object(), WIDE, AT_PARIS);
  await make(object({ a: 'changed' }));
  assert.is(evaluator.asked, 3);
});

test('an object that takes too much is not tried again, wherever it goes, and says why', async () => {
  const { evaluator, changes, customized, make } = setUp();
  evaluator.answer = OVER;
  for (let n = 0; n < 5; n++) assert.ok(isQuarantined(await make(object())));
  assert.is(evaluator.asked, 1);
  assert.ok(isQuarantined(await make(object(), WIDE, { ...NOWHERE, parameters: 'p2', location: 'rome' })));
  assert.is(evaluator.asked, 1);
  assert.equal(changes, ['s']);
  const problem = customized.problemOf(ID);
  assert.is(problem?.reason, 'OverBudget');
  assert.match(
    problem?.message ?? '',
    /takes more than it may: its paths visit too much; the clusters keep what/,
  );
});

test('what servers and we ourselves write into an object is no change of it', async () => {
  const { evaluator, make } = setUp();
  evaluator.answer = OVER;
  await make(object());
  const reported = object({ a: '1' }, { 'validation-error.kubestellar.io/0': 'x', [QUARANTINED]: '{}' });
  reported.metadata.resourceVersion = '2';
  assert.ok(isQuarantined(await make({ ...reported, status: { phase: 'x' } } as KubeObject)));
  assert.is(evaluator.asked, 1);
});

test('an object is the same whether a list or a watch has brought it', async () => {
  const { evaluator, make } = setUp();
  evaluator.answer = OVER;
  const { apiVersion, kind, ...rest } = object() as KubeObject & { data: object };
  const listed = { ...rest, immutable: true, apiVersion, kind };
  const watched = { apiVersion, kind, immutable: true, data: rest.data, metadata: rest.metadata };
  for (const each of [listed, watched]) assert.ok(isQuarantined(await make(each as KubeObject)));
  assert.is(evaluator.asked, 1);
});

test('a change of the object, its Customizer or the parameters is tried, once', async () => {
  const { evaluator, parameters, make } = setUp();
  evaluator.answer = OVER;
  const twice = async (...args: Parameters<typeof make>) => {
    const before = evaluator.asked;
    for (let n = 0; n < 2; n++) assert.ok(isQuarantined(await make(...args)));
    return evaluator.asked - before;
  };
  assert.is(await twice(object(), WIDE, AT_PARIS), 1);
  assert.is(await twice(object({ a: '3' }), WIDE, AT_PARIS), 1);
  assert.is(await twice(object({ a: '3' }), WIDE, { ...AT_PARIS, customizer: 'c2' }), 1);
  parameters.set('paris', 'p2');
  assert.is(await twice(object({ a: '3' }), WIDE, { ...AT_PARIS, customizer: 'c2', parameters: 'p2' }), 1);
  evaluator.answer = undefined;
  assert.equal(dataIn(await make(object({ a: '4' }), WIDE)), { a: '2' });
});

test('three times too slow, or with a process that ended, is no accident', async () => {
  const { evaluator, customized, make } = setUp();
  evaluator.answer = SLOW;
  for (let n = 0; n < 2; n++) {
    const error = await make(object()).catch((reason: unknown) => reason as Error);
    assert.match((error as Error).message, /is tried again: takes longer/);
    assert.is(customized.problemOf(ID), undefined);
  }
  assert.ok(isQuarantined(await make(object())));
  assert.ok(isQuarantined(await make(object())));
  assert.is(evaluator.asked, 3);
});

test('a translator that is started anew learns of it from the object', async () => {
  const first = setUp();
  first.evaluator.answer = OVER;
  const made = await first.make(object(), WIDE, AT_PARIS);
  assert.ok(made && made !== 'later' && 'quarantined' in made);
  const marked = object({ a: '1' }, { [QUARANTINED]: formatQuarantine(made.quarantined) });
  const second = setUp();
  for (let n = 0; n < 2; n++) assert.ok(isQuarantined(await second.make(marked, WIDE, AT_PARIS)));
  assert.is(second.evaluator.asked, 0);
  assert.equal(second.changes, ['s']);
  assert.ok(messageOf(made.quarantined).includes(second.customized.problemOf(ID)?.message ?? 'none'));
  second.parameters.set('paris', 'p2');
  await second.make(marked, WIDE, { ...AT_PARIS, parameters: 'p2' });
  assert.is(second.evaluator.asked, 1);
});

test('an annotation that is none of ours is as good as none', async () => {
  for (const text of ['', 'null', '[]', '{', '{"source": 7}']) {
    const { evaluator, make } = setUp();
    assert.equal(dataIn(await make(object({ a: '1' }, { [QUARANTINED]: text }))), { a: '2' });
    assert.is(evaluator.asked, 1, text);
  }
});

test('success for one destination does not take back what was found for another', async () => {
  const { evaluator, make } = setUp();
  evaluator.answer = OVER;
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const original = evaluator.evaluate.bind(evaluator);
  evaluator.evaluate = async (_, job) => {
    begun.resolve();
    await gate.promise;
    return { result: runJob(job, () => undefined) };
  };
  const other = make(object(), WIDE, { ...NOWHERE, parameters: 'p2', location: 'rome' });
  await begun.promise;
  evaluator.evaluate = original;
  assert.ok(isQuarantined(await make(object(), WIDE, AT_PARIS)));
  gate.resolve();
  assert.equal(dataIn(await other), { a: '2' });
  assert.ok(isQuarantined(await make(object(), WIDE, AT_PARIS)));
  assert.is(evaluator.asked, 1);
});

test('an object that no longer asks for it is free', async () => {
  const { evaluator, changes, customized, make } = setUp();
  evaluator.answer = OVER;
  await make(object());
  customized.forget(ID);
  customized.forget(ID);
  assert.is(customized.problemOf(ID), undefined);
  assert.equal(changes, ['s', 's']);
});

test.run();
