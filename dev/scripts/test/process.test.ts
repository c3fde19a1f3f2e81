import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { parseReport } from '../../../lib/testing/src/report.ts';
import { root } from '../root.ts';
import { judge } from './judge.ts';
import { TestProcess } from './process.ts';

const test = suite('a process of several test files', { timeout: 30_000 });

const { signal } = new AbortController();
const limits = { timeout: 20_000, grace: 1_000, signal };
let folder = '';
let several: TestProcess;

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-several-'));
  several = TestProcess.ofSeveral({ ...process.env, CI: '' });
});
test.after.each(async () => {
  await several.end(limits);
  await rm(folder, { recursive: true });
});

async function run(fixture: string, limit = limits) {
  const report = join(folder, `${fixture}.jsonl`);
  const file = join(root, 'lib', 'testing', 'fixtures', `${fixture}.fixture.ts`);
  const ended = await several.run({ file, report }, limit);
  const events = parseReport(await readFile(report, 'utf8').catch(() => ''));
  const { passed, failures } = judge(fixture, events, ended.code, ended.stopped);
  return { ...ended, passed, failures: failures.map(({ name }) => name) };
}

test('each file gets its own report, output and exit code', async () => {
  const first = await run('passing');
  assert.equal([first.code, first.passed, first.failures], [0, 2, []]);
  assert.match(first.output, 'no moon here');
  const second = await run('failing');
  assert.equal([second.code, second.passed, second.failures], [1, 1, ['failing: is equal']]);
  assert.not.match(second.output, 'no moon here');
  const third = await run('late-suite');
  assert.equal([third.code, third.passed, third.failures], [0, 2, []]);
});

test('what makes a file fail alone makes it fail among others', async () => {
  assert.match((await run('forgotten-run')).failures.join(), 'suite "second" was never run');
  assert.match((await run('no-tests')).failures.join(), 'this file has no tests');
  assert.ok((await run('broken-hooks')).failures.length > 1);
  assert.equal((await run('passing')).failures, []);
});

test('a test that hangs, or ends the process, fails by its name, and the next file needs another process', async () => {
  assert.match((await run('hanging')).failures.join(), 'hanging: never settles');
  assert.not(several.isAlive);
  several = TestProcess.ofSeveral({ ...process.env, CI: '' });
  assert.match((await run('exits')).failures.join(), 'the process ended during test "leaves"');
  assert.not(several.isAlive);
});

test('a file that takes too long is stopped', async () => {
  const { stopped, failures } = await run('interrupted', { ...limits, timeout: 1_500 });
  assert.is(stopped, 'the file did not end within 1.5 s');
  assert.ok(failures.length > 0);
});

test.run();
