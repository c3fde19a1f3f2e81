import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, suite } from '@kubestellar/testing';
import { isRunning, lastLines, startDetached, stopProcess, stopRecorded } from './processes.ts';
import { type ProcessRecord, readRecord, readRecords, recordPath } from './records.ts';

const test = suite('background processes');
let folder = '';
const started: ProcessRecord[] = [];

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-process-'));
});
test.after(async () => {
  for (const record of started) await stopProcess(record, { graceMs: 0 });
  rmSync(folder, { recursive: true });
});

async function start(name: string, script: string): Promise<ProcessRecord> {
  const logFile = join(folder, 'logs', `${name}.log`);
  const record = await startDetached({
    name,
    command: process.execPath,
    args: ['-e', script],
    logFile,
    stateDir: folder,
  });
  started.push(record);
  return record;
}

async function logged(record: ProcessRecord, text: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (lastLines(record.logFile, 5).includes(text)) return;
    await sleep(20);
  }
  throw new Error(`${record.logFile} never had "${text}"`);
}

const FOREVER = 'console.log("up"); setInterval(() => {}, 1000)';

test('a started process runs, logs, has a private record, and can be ended by it', async () => {
  const record = await start('one', FOREVER);
  await logged(record, 'up');
  assert.ok(isRunning(record));
  assert.equal(readRecord(folder, 'one'), record);
  assert.is(statSync(recordPath(folder, 'one')).mode & 0o777, 0o600);
  assert.equal((await stopRecorded(folder, 'one'))?.pid, record.pid);
  assert.not(isRunning(record));
  assert.not(existsSync(recordPath(folder, 'one')));
  assert.is(await stopRecorded(folder, 'one'), undefined);
});

test('a process that ignores SIGTERM is killed after its grace period', async () => {
  const record = await start('stubborn', `process.on("SIGTERM", () => {}); ${FOREVER}`);
  await logged(record, 'up');
  assert.ok(await stopProcess(record, { graceMs: 100 }));
  assert.not(isRunning(record));
});

test('another process with the recorded id is left alone', async () => {
  const record = await start('reused', FOREVER);
  const stale = { ...record, startTime: 'before the last boot' };
  assert.not(isRunning(stale));
  assert.not(await stopProcess(stale));
  assert.ok(isRunning(record));
});

test('a second start of a running process is refused', async () => {
  await start('twice', FOREVER);
  const outcome = await start('twice', FOREVER).catch((error: Error) => error.message);
  assert.match(String(outcome), 'twice is already running');
});

test('a command that does not exist is reported', async () => {
  const what = {
    name: 'none',
    command: '/does/not/exist',
    args: [],
    logFile: join(folder, 'none.log'),
    stateDir: folder,
  };
  const outcome = await startDetached(what).catch((error: Error) => error.message);
  assert.match(String(outcome), 'cannot start none (/does/not/exist)');
});

test('an invalid record is ignored', () => {
  for (const [index, content] of [
    '',
    '{',
    '{"pid":1,"startTime":"x"}',
    '{"pid":-5,"startTime":"x"}',
  ].entries()) {
    writeFileSync(recordPath(folder, `bad${index}`), content);
    assert.is(readRecord(folder, `bad${index}`), undefined, content);
  }
  assert.not(readRecords(folder).some(({ name }) => name.startsWith('bad')));
  assert.equal(readRecords(join(folder, 'absent')), []);
  assert.ok(readFileSync(recordPath(folder, 'bad0')).length === 0);
});

test.run();
