import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '@kubestellar/process';
import { assert, suite } from './index.ts';
import { parseReport, REPORT_VARIABLE, type ReportEvent } from './report.ts';

interface Outcome {
  code: number | undefined;
  output: string;
  events: ReportEvent[];
}

/** Runs a fixture as the runner does and returns its outcome. */
async function run(fixture: string, whileRunning?: (child: Child) => void): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-testing-'));
  try {
    const report = join(folder, 'report.jsonl');
    const file = join(import.meta.dirname, '..', 'fixtures', `${fixture}.fixture.ts`);
    const child = startChild(process.execPath, [file], {
      env: { ...process.env, CI: '', [REPORT_VARIABLE]: report },
    });
    whileRunning?.(child);
    const { code, output } = await child.ended;
    return {
      code,
      output,
      events: parseReport(await readFile(report, 'utf8')),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function names(outcome: Outcome, kind: ReportEvent['event']): string[] {
  return outcome.events.flatMap((event) => (event.event === kind && 'test' in event ? [event.test] : []));
}

const test = suite('testing');

test('a passing file exits 0, and a skipped test is counted with its reason', async () => {
  const outcome = await run('passing');
  assert.is(outcome.code, 0, outcome.output);
  assert.equal(names(outcome, 'pass'), ['adds', 'waits']);
  assert.equal(names(outcome, 'skip'), ['needs a moon']);
  assert.match(outcome.output, 'no moon here');
});

test('a suite whose run() is forgotten fails the file', async () => {
  const outcome = await run('forgotten-run');
  assert.is(outcome.code, 1);
  assert.match(outcome.output, 'suite "second" was never run');
});

test('a hanging test fails by its name', async () => {
  const outcome = await run('hanging');
  assert.is(outcome.code, 1);
  assert.match(outcome.output, 'test "never settles" of suite "hanging" did not finish within 0.05 s');
  assert.equal(names(outcome, 'fail'), ['never settles']);
});

test('a file without tests fails', async () => {
  const outcome = await run('no-tests');
  assert.is(outcome.code, 1);
  assert.match(outcome.output, 'this file has no tests');
});

test('a failing test is reported with its difference, and the next test runs', async () => {
  const outcome = await run('failing');
  assert.is(outcome.code, 1);
  assert.equal(names(outcome, 'fail'), ['is equal']);
  assert.equal(names(outcome, 'pass'), ['still runs']);
  const failure = outcome.events.find((event) => event.event === 'fail');
  assert.match(failure?.event === 'fail' ? failure.message : '', '"a":');
});

test('a failing hook fails the file', async () => {
  const outcome = await run('broken-hooks');
  assert.is(outcome.code, 1);
  const failures = names(outcome, 'fail');
  assert.ok(failures.includes('needs the server'));
  assert.ok(failures.includes('passes in itself'));
  assert.match(outcome.output, 'suite "broken after": Error: server does not stop');
});

test('a test that ends the process fails by its name, whatever the exit code', async () => {
  const outcome = await run('exits');
  assert.is(outcome.code, 1);
  assert.match(outcome.output, 'the process ended during test "leaves" of suite "exits"');
});

test('a suite that runs after an await at the top level runs once', async () => {
  const outcome = await run('late-suite');
  assert.is(outcome.code, 0, outcome.output);
  assert.equal(names(outcome, 'pass'), ['one', 'two']);
});

test('open handles are named and do not keep the file alive', async () => {
  const outcome = await run('lingering');
  assert.is(outcome.code, 0, outcome.output);
  assert.match(outcome.output, 'kept alive by: TCPServerWrap');
});

test('an interrupted file fails at once and still cleans up', async () => {
  const outcome = await run('interrupted', (child) => {
    void child.printed('started').then(() => child.kill('SIGTERM'));
  });
  assert.is(outcome.code, 1);
  assert.equal(names(outcome, 'fail'), ['waits long', 'comes after']);
  assert.match(outcome.output, 'the server is stopped');
});

test.run();
