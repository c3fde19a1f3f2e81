import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, startTimeOf } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { Interrupted, LocalError } from '../errors.ts';
import { type LockHolder, type LockOptions, readHolder, withLock } from './lock.ts';

const test = suite('lock of a state folder');
let folder = '';
let path = '';
let held: LockHolder[] = [];

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-lock-'));
  path = join(folder, 'lock');
  held = [];
});
test.after.each(() => rmSync(folder, { recursive: true }));

function options(more: Partial<LockOptions> = {}): LockOptions {
  const signal = new AbortController().signal;
  return {
    what: 'a test',
    signal,
    log: () => {},
    limitSeconds: 5,
    onHeld: (holder) => void held.push(holder),
    ...more,
  };
}

async function other(): Promise<{ pid: number; end: () => Promise<unknown> }> {
  const child = startChild('sleep', ['60']);
  const pid = child.pid ?? 0;
  writeFileSync(path, JSON.stringify({ pid, startTime: startTimeOf(pid), what: 'another start' }));
  const end = () => {
    child.kill('SIGKILL');
    return child.ended;
  };
  return { pid, end };
}

test('it is held during the work and free afterwards, also when the work fails', async () => {
  const inside = await withLock(path, options(), async () => readHolder(path));
  assert.is(inside?.pid, process.pid);
  assert.is(inside?.what, 'a test');
  assert.not(existsSync(path));
  const failure = await withLock(path, options(), () => Promise.reject(new Error('work failed'))).catch(
    (error) => error,
  );
  assert.is(failure.message, 'work failed');
  assert.not(existsSync(path));
});

test('work under one lock never overlaps', async () => {
  let inside = 0;
  const overlaps: number[] = [];
  const work = async () => {
    overlaps.push(++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, options(), work)));
  assert.equal(overlaps, [1, 1, 1]);
});

test('who holds it is told once, and its end sets it free', async () => {
  const holder = await other();
  const done = withLock(path, options(), async () => 'done');
  await new Promise((resolve) => setTimeout(resolve, 250));
  await holder.end();
  assert.is(await done, 'done');
  assert.equal(
    held.map(({ pid, what }) => [pid, what]),
    [[holder.pid, 'another start']],
  );
});

test('a lock of a process that is gone, or that makes no sense, is taken over', async () => {
  for (const content of [
    '',
    '{',
    '{"pid":1}',
    JSON.stringify({ pid: process.pid, startTime: 'another boot', what: 'x' }),
  ]) {
    writeFileSync(path, content);
    assert.is(await withLock(path, options(), async () => 'taken'), 'taken', content);
  }
  assert.equal(held, []);
});

test('waiting ends with the limit, or with an interruption', async () => {
  const holder = await other();
  try {
    const late = await withLock(path, options({ limitSeconds: 0 }), async () => {}).catch((error) => error);
    assert.instance(late, LocalError);
    assert.match(late.message, `process ${holder.pid}`);
    const signal = AbortSignal.timeout(50);
    assert.instance(
      await withLock(path, options({ signal }), async () => {}).catch((error) => error),
      Interrupted,
    );
  } finally {
    await holder.end();
  }
});

test.run();
