import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, suite } from '@kubestellar/testing';
import { runChild, runChildSync, startChild } from './child.ts';
import { startTimeOf } from './identity.ts';

const test = suite('programs that end with us');
let folder = '';

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-child-'));
});
test.after(() => rmSync(folder, { recursive: true }));

/** Leaves the pid of a grandchild that holds the output open, and both take no notice of SIGTERM. */
const stubborn = (file: string) =>
  `trap "" TERM; bash -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.1; done' & wait`;

async function pidIn(file: string): Promise<number> {
  for (let i = 0; i < 250; i++) {
    try {
      const pid = Number(readFileSync(file, 'utf8'));
      if (pid > 0) return pid;
    } catch {
      // Not yet.
    }
    await sleep(20);
  }
  throw new Error(`nothing in ${file}`);
}

async function hasEnded(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && startTimeOf(pid) !== undefined; i++) await sleep(20);
  return startTimeOf(pid) === undefined;
}

test('a program gets its arguments and input as they are, and gives its exit code and both streams', async () => {
  const script = 'cat; printf "%s|" "$@" >&2; exit 3';
  const args = ['-c', script, 'bash', 'a b', '$HOME', `it's "q" \\ \n *`, ''];
  const { code, stdout, stderr, signal, stopped, isCut } = await runChild('bash', args, { input: 'in ü' });
  assert.equal({ code, stdout, stderr }, { code: 3, stdout: 'in ü', stderr: `a b|$HOME|it's "q" \\ \n *||` });
  assert.equal({ signal, stopped, isCut }, { signal: undefined, stopped: undefined, isCut: false });
});

test('a limit of half a second ends a program and its grandchild, however stubborn, within the grace', async () => {
  const file = join(folder, 'limit');
  const begin = Date.now();
  const ended = await runChild('bash', ['-c', stubborn(file)], { limitMs: 500, graceMs: 300 });
  assert.ok(Date.now() - begin < 3_000, `${Date.now() - begin} ms`);
  assert.equal([ended.stopped, ended.signal, ended.code], ['limit', 'SIGKILL', undefined]);
  assert.ok(await hasEnded(await pidIn(file)));
});

test('an abort ends the whole group; a program that handles the first signal may tidy up', async () => {
  const file = join(folder, 'abort');
  const controller = new AbortController();
  const script = `trap 'echo tidy; exit 4' INT; ${stubborn(file).replace('trap "" TERM; ', '')}`;
  const running = runChild('bash', ['-c', script], { signal: controller.signal, endWith: 'SIGINT' });
  const pid = await pidIn(file);
  controller.abort();
  const { stopped, code, stdout } = await running;
  assert.equal([stopped, code, stdout], ['abort', 4, 'tidy\n']);
  assert.ok(await hasEnded(pid));
});

test('what was aborted before does not run on', async () => {
  const { stopped } = await runChild('sleep', ['60'], { signal: AbortSignal.abort() });
  assert.is(stopped, 'abort');
});

test('a program that holds its output open from another group is not waited for after a limit', async () => {
  const begin = Date.now();
  const script = 'setsid sleep 20 & echo $!; wait';
  const { stopped, stdout } = await runChild('bash', ['-c', script], { limitMs: 300 });
  assert.ok(Date.now() - begin < 5_000, `${Date.now() - begin} ms`);
  assert.is(stopped, 'limit');
  process.kill(Number(stdout), 'SIGKILL');
});

test('a program that is missing gives a failure with the reason', async () => {
  const { code, failure, stderr } = await runChild('/does/not/exist', []);
  assert.equal([code, failure?.code], [undefined, 'ENOENT']);
  assert.match(stderr, 'ENOENT');
  assert.is(startChild('/does/not/exist', []).pid, undefined);
});

test('output beyond the bound is not kept, but lines are seen', async () => {
  const lines: string[] = [];
  const script = 'for i in 1 2 3 4 5; do echo line $i; done; printf end';
  const { stdout, isCut } = await runChild('bash', ['-c', script], {
    keep: 10,
    onLine: (line) => lines.push(line),
  });
  assert.equal([stdout, isCut], ['line 1\nlin', true]);
  assert.equal(lines, ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'end']);
});

test('streams are read and filled; one that fails is reported', async () => {
  const sink = new PassThrough();
  const read = text(sink);
  const { code } = await runChild('cat', [], { input: Readable.from(['a', 'b']), stdout: sink });
  assert.equal([code, await read], [0, 'ab']);
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
  const { sinkError } = await runChild('echo', ['x'], { stdout: full });
  assert.is(sinkError?.message, 'disk full');
});

test('a program that reads nothing of a long input ends as it says', async () => {
  const { code } = await runChild('bash', ['-c', 'exit 5'], { input: 'x'.repeat(5_000_000) });
  assert.is(code, 5);
});

test('the environment is ours, or the one that is given and nothing else', async () => {
  process.env.KUBESTELLAR_CHILD_TEST = 'ours';
  const print = ['-c', 'echo "$KUBESTELLAR_CHILD_TEST"'];
  assert.is((await runChild('/bin/bash', print)).stdout, 'ours\n');
  assert.is((await runChild('/bin/bash', print, { env: {} })).stdout, '\n');
  assert.is(runChildSync('/bin/bash', print, { env: {} }).stdout, '\n');
  delete process.env.KUBESTELLAR_CHILD_TEST;
});

test('messages go both ways until the channel is closed', async () => {
  const got: unknown[] = [];
  const echo = 'process.on("message", (m) => process.send({ echo: m }, () => process.disconnect()))';
  const child = startChild(process.execPath, ['-e', echo], { onMessage: (message) => got.push(message) });
  child.send({ a: 1 });
  assert.is((await child.ended).code, 0);
  assert.equal(got, [{ echo: { a: 1 } }]);
  const errors: Error[] = [];
  child.send({ a: 2 }, (error) => errors.push(error));
  await sleep(10);
  assert.is(errors.length, 1);
});

test('when we are ended by a signal, so is what we have started', async () => {
  const file = join(folder, 'death');
  const module = JSON.stringify(join(import.meta.dirname, 'child.ts'));
  const run = `await runChild('bash', ['-c', 'echo $$ > ${file}; sleep 60'])`;
  const parent = startChild(process.execPath, [
    '--input-type=module',
    '-e',
    `import { runChild } from ${module}; ${run}`,
  ]);
  const pid = await pidIn(file);
  process.kill(Number(parent.pid), 'SIGTERM');
  assert.is((await parent.ended).signal, 'SIGTERM');
  assert.ok(await hasEnded(pid));
});

test('without a group of its own only the program itself is ended', async () => {
  const file = join(folder, 'ours');
  const child = startChild('bash', ['-c', `sleep 60 >/dev/null 2>&1 & echo $! > ${file}; wait`], {
    hasOwnGroup: false,
  });
  const pid = await pidIn(file);
  assert.ok(child.isRunning);
  child.kill('SIGKILL');
  await child.ended;
  assert.not(child.isRunning);
  assert.ok(startTimeOf(pid));
  process.kill(pid, 'SIGKILL');
});

test.run();
