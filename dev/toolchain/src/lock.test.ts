import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { runChild, startTimeOf } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { type Fixture, failure, newFixture, until } from './fixture.ts';
import { lockPath, withLock } from './lock.ts';

const test = suite('lock');
let fixture: Fixture;
test.before.each(async () => {
  fixture = await newFixture();
});
test.after.each(() => fixture.remove());

async function lockHeldBy(pid: number, started: string): Promise<void> {
  await mkdir(fixture.context.cacheDir, { recursive: true });
  const since = new Date().toISOString();
  const holder = { host: hostname(), pid, started, purpose: 'providing kcp', since };
  await writeFile(lockPath(fixture.context), JSON.stringify(holder));
}

test('lets one in at a time and is gone afterwards', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  await Promise.all([withLock(fixture.context, 'one', work), withLock(fixture.context, 'two', work)]);
  assert.is(most, 1);
  assert.not(existsSync(lockPath(fixture.context)));
});

test('is released when the work fails', async () => {
  const work = () => Promise.reject(new Error('broken'));
  assert.is((await failure(withLock(fixture.context, 'failing', work))).message, 'broken');
  assert.not(existsSync(lockPath(fixture.context)));
});

test('is taken over from a dead process, which is named', async () => {
  const { stdout } = await runChild('/bin/sh', ['-c', 'echo $$']);
  await lockHeldBy(Number(stdout), '1');
  assert.is(await withLock(fixture.context, 'test', () => Promise.resolve('done')), 'done');
  assert.match(fixture.lines.join('\n'), `process ${Number(stdout)} died while providing kcp`);
});

test('is taken over when the pid now belongs to another process', async () => {
  await lockHeldBy(process.pid, 'some other time');
  assert.is(await withLock(fixture.context, 'test', () => Promise.resolve('done')), 'done');
});

test('many that see a dead holder at once still enter one at a time', async () => {
  await lockHeldBy(process.pid, 'some other time');
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(fixture.context, 'test', work)));
  assert.is(most, 1);
});

test('a waiter says whom it waits for and can be interrupted', async () => {
  await lockHeldBy(process.ppid, startTimeOf(process.ppid) ?? '');
  const outcome = failure(withLock(fixture.context, 'test', () => Promise.resolve()));
  await until('the waiter to speak', () => fixture.lines.length > 0);
  assert.match(fixture.lines[0] ?? '', new RegExp(`waiting for process ${process.ppid} .*providing kcp`));
  fixture.abort();
  assert.match((await outcome).message, 'Interrupted');
  assert.ok(existsSync(lockPath(fixture.context)), "another's lock stays");
});

test.run();
