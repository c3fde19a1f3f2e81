import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord, recordPath, stopProcess } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { Interrupted, LocalError } from '../errors.ts';
import { newRun, type Run } from '../run.ts';
import { StateFolder } from '../state/folder.ts';
import { likelyCause } from './cause.ts';
import { type Component, ensureRunning } from './component.ts';

const test = suite('background processes of a state folder');
let run: Run;
let runs: Run[] = [];
let folder = '';
const lines: string[] = [];

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-component-'));
  runs = [];
  run = another();
  run.state.create();
});
test.after.each(async () => {
  for (const record of runs.flatMap(({ started }) => started)) await stopProcess(record, { graceMs: 0 });
  rmSync(folder, { recursive: true });
});

function another(signal = new AbortController().signal): Run {
  const next = newRun(new StateFolder(join(folder, 'state')), (line) => void lines.push(line), signal);
  runs.push(next);
  return next;
}

function component(more: Partial<Component> = {}): Component {
  return { name: 'thing', command: 'sleep', args: ['60'], limitSeconds: 5, ...more };
}

const pid = () => readRecord(run.state.pids, 'thing')?.pid;

test('what runs already is left alone, and does not count as started by this run', async () => {
  assert.ok(await ensureRunning(run, component()));
  const first = pid();
  const second = another();
  assert.not(await ensureRunning(second, component()));
  assert.is(pid(), first);
  assert.equal(second.started, []);
  assert.is(run.started.length, 1);
});

test('other arguments or settings start it anew', async () => {
  await ensureRunning(run, component());
  const first = pid();
  assert.ok(await ensureRunning(run, component({ args: ['61'] })));
  const second = pid();
  assert.is.not(second, first);
  assert.ok(await ensureRunning(run, component({ args: ['61'], settings: ['build 2'] })));
  assert.is.not(pid(), second);
});

test("a stale record, even of another process' id, does not hinder the start", async () => {
  const stale = { name: 'thing', pid: process.pid, startTime: 'before the last boot' };
  writeFileSync(recordPath(run.state.pids, 'thing'), JSON.stringify(stale));
  assert.ok(await ensureRunning(run, component()));
  assert.is.not(pid(), process.pid);
});

test('a process that dies is told at once, with the end of its log and the likely cause', async () => {
  const dying = component({
    command: 'sh',
    args: ['-c', 'echo "listen tcp 127.0.0.1:1: bind: address already in use" >&2; exit 1'],
    limitSeconds: 60,
    ready: () => Promise.reject(new Error('not yet')),
  });
  const begin = Date.now();
  const error = await ensureRunning(run, dying).catch((thrown: unknown) => thrown);
  assert.instance(error, LocalError);
  assert.match((error as Error).message, 'bind: address already in use');
  assert.match((error as Error).message, 'another port');
  assert.ok(Date.now() - begin < 5_000);
});

test('one that does not become ready in time fails with its reason; an interruption ends the wait', async () => {
  const never = { ready: () => Promise.reject(new Error('its database is asleep')) };
  const error = await ensureRunning(run, component({ ...never, limitSeconds: 0 })).catch(
    (thrown: unknown) => thrown,
  );
  assert.match(String(error), 'thing to be ready, in vain: its database is asleep');
  const interrupted = another(AbortSignal.timeout(100));
  const second = component({ ...never, name: 'second', limitSeconds: 60 });
  assert.instance(await ensureRunning(interrupted, second).catch((thrown: unknown) => thrown), Interrupted);
  assert.is(interrupted.started.length, 1);
});

test('an unknown cause still says what to do', () => {
  assert.match(likelyCause('strange things'), 'npm start');
  assert.match(likelyCause('write: no space left on device'), 'disk');
});

test.run();
