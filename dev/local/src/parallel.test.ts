import { setTimeout as sleep } from 'node:timers/promises';
import { assert, suite } from '@kubestellar/testing';
import { Interrupted, throwIfInterrupted } from './errors.ts';
import { forEach, together } from './parallel.ts';
import { newRun, type Run } from './run.ts';
import { StateFolder } from './state/folder.ts';

const test = suite('works at the same time');

const run = (signal = new AbortController().signal) => newRun(new StateFolder('/nowhere'), () => {}, signal);

/** Ends only by its signal, after some tidying. */
async function endless(part: Run, ended: string[], name: string): Promise<never> {
  await sleep(60_000, undefined, { signal: part.signal }).catch(() => sleep(10));
  ended.push(name);
  throwIfInterrupted(part.signal);
  throw new Error('not interrupted');
}

test('results come in order, with no more works at a time than allowed', async () => {
  let active = 0;
  let most = 0;
  const results = await forEach(run(), 2, [30, 10, 20, 1], async (_, ms) => {
    most = Math.max(most, ++active);
    await sleep(ms);
    active--;
    return ms * 2;
  });
  assert.equal(results, [60, 20, 40, 2]);
  assert.is(most, 2);
});

test('a failure ends the others, which are waited for, and is the one that is thrown', async () => {
  const ended: string[] = [];
  const error = await together(run(), [
    (part) => endless(part, ended, 'first'),
    () => sleep(10).then(() => Promise.reject(new Error('the cause'))),
    (part) => endless(part, ended, 'third'),
  ]).catch((thrown: unknown) => thrown);
  assert.is((error as Error).message, 'the cause');
  assert.equal(ended.sort(), ['first', 'third']);
});

test('an interruption ends all', async () => {
  const ended: string[] = [];
  const error = await forEach(run(AbortSignal.timeout(20)), 3, ['a', 'b'], (part, name) =>
    endless(part, ended, name),
  ).catch((thrown: unknown) => thrown);
  assert.instance(error, Interrupted);
  assert.equal(ended.sort(), ['a', 'b']);
});

test.run();
