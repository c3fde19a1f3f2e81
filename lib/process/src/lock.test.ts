import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, suite } from '@kubestellar/testing';
import { type Child, startChild } from './child.ts';
import { startTimeOf } from './identity.ts';
import { LockedError, type LockHolder, lockHolder, takeLock, tryLock, waitForLock } from './lock.ts';

const test = suite('lock files');
let folder = '';
let path = '';
let waitedFor: number[] = [];
let takenOver: string[] = [];
let children: Child[] = [];

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-lock-'));
  path = join(folder, 'x.lock');
  [waitedFor, takenOver, children] = [[], [], []];
});
test.after.each(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const child of children) await child.ended;
  rmSync(folder, { recursive: true });
});

const wait = (more: { limitMs?: number; signal?: AbortSignal } = {}) =>
  waitForLock(path, {
    what: 'a test',
    limitMs: 5_000,
    onWait: ({ pid }) => waitedFor.push(pid),
    onTakeOver: ({ what }) => takenOver.push(what),
    ...more,
  });

/** Another process has the lock. */
function other(more: Partial<LockHolder> = {}): Child {
  const child = startChild('sleep', ['60']);
  children.push(child);
  const pid = child.pid ?? 0;
  write({ pid, startTime: startTimeOf(pid) ?? '', what: 'other work', ...more });
  return child;
}

function write(holder: Partial<LockHolder>): void {
  writeFileSync(path, JSON.stringify(holder));
}

test('while it is held nobody else gets it; then anybody does, and nothing is left behind', () => {
  const release = takeLock(folder, 'x', 'the work');
  assert.throws(
    () => takeLock(folder, 'x', 'the work'),
    (error: Error) => error instanceof LockedError && error.holder.pid === process.pid,
  );
  assert.throws(() => takeLock(folder, 'x', 'the work'), /the work is under way already \(pid/);
  assert.is(lockHolder(path)?.what, 'the work');
  release();
  assert.is(lockHolder(path), undefined);
  takeLock(folder, 'x', 'the work')();
  assert.equal(readdirSync(folder), []);
});

test('the lock of a process that has ended, or that makes no sense, is taken over', () => {
  const startTime = startTimeOf(process.pid) ?? '';
  for (const content of [
    '',
    'rubbish',
    '{"pid":1}',
    JSON.stringify({ pid: process.pid, startTime: 'another start time' }),
    JSON.stringify({ pid: 4194305, startTime }),
  ]) {
    writeFileSync(path, content);
    takeLock(folder, 'x', 'the work')();
  }
  assert.equal(readdirSync(folder), []);
});

test('many that find the lock of a dead process enter one at a time', async () => {
  write({ pid: process.pid, startTime: 'before the last boot', what: 'dying' });
  let [inside, most] = [0, 0];
  const work = async () => {
    const lock = await wait();
    most = Math.max(most, ++inside);
    await sleep(5);
    inside--;
    lock.release();
  };
  await Promise.all([1, 2, 3, 4].map(work));
  assert.is(most, 1);
  assert.equal(takenOver, ['dying']);
  assert.equal(readdirSync(folder), []);
});

test('who waits learns once of whom, and goes on when that process has ended', async () => {
  const child = other();
  const lock = wait();
  await sleep(250);
  child.kill('SIGKILL');
  (await lock).release();
  assert.equal([waitedFor, takenOver], [[child.pid], ['other work']]);
});

test('waiting ends with the limit, or with the signal; the lock of the other stays', async () => {
  const { pid } = other();
  const late = await wait({ limitMs: 0 }).catch((error) => error);
  assert.instance(late, LockedError);
  assert.is(late.holder.pid, pid);
  const aborted = await wait({ signal: AbortSignal.timeout(50) }).catch((error) => error);
  assert.is(aborted.name, 'TimeoutError');
  assert.is(lockHolder(path)?.pid, pid);
  assert.equal(readdirSync(folder), ['x.lock']);
});

test('a holder on another machine counts as dead when it did not touch its lock for two minutes', () => {
  const { pid } = other({ host: `not-${hostname()}`, startTime: 'whenever' });
  const lock = tryLock(path, 'work');
  assert.is('pid' in lock && lock.pid, pid);
  const then = new Date(Date.now() - 130_000);
  utimesSync(path, then, then);
  assert.not('pid' in tryLock(path, 'work'));
});

test('what a dead holder has left running is ended before its lock is taken over', async () => {
  const child = other();
  const holder = await wait({ limitMs: 0 }).catch((error: LockedError) => error.holder);
  assert.ok('pid' in holder);
  const identity = { pid: child.pid ?? 0, startTime: startTimeOf(child.pid ?? 0) ?? '' };
  write({ pid: process.pid, startTime: 'before', what: 'building', child: identity });
  const lock = await wait();
  assert.not(child.isRunning && startTimeOf(identity.pid) === identity.startTime);
  lock.noteChild(process.pid);
  assert.is(JSON.parse(readFileSync(path, 'utf8')).child.pid, process.pid);
  lock.release();
  assert.not(existsSync(path));
});

test('a lock that another process has taken over meanwhile is not released', async () => {
  const lock = await wait();
  const { pid } = other();
  lock.release();
  assert.is(lockHolder(path)?.pid, pid);
});

test('a process that is ended by a signal leaves no lock', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'lock.ts'));
  const script = `import { tryLock } from ${module}; tryLock(${JSON.stringify(path)}, 'work'); console.log('has it'); setInterval(() => {}, 1000);`;
  const child = startChild(process.execPath, ['--input-type=module', '-e', script]);
  children.push(child);
  await child.printed('has it');
  assert.is(lockHolder(path)?.pid, child.pid);
  child.kill('SIGTERM');
  await child.ended;
  assert.equal(readdirSync(folder), []);
});

test.run();
