/**
 * The test framework: uvu with what it lacks. Measured with uvu 0.5.6: a suite whose `.run()` was forgotten
 * passes, a failing `before` hook passes, a promise that never settles ends the process without naming the
 * test. Here each of these fails, and every test and hook has a time-out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { limited, TimeoutError } from './limit.ts';
import { openReport } from './report.ts';
import { newSuite, runSuites } from './uvu.ts';

export * as assert from 'uvu/assert';

/** The body of a test or hook. */
export type Handler = () => unknown;

/** Limits of a suite or test. */
export interface Options {
  /** Milliseconds that a test or hook may take. Default: the suite's, else 10 000. */
  timeout?: number;
}

/** A suite: called with a name and a body it adds a test. */
export interface Suite {
  (name: string, handler: Handler): void;
  (name: string, options: Options, handler: Handler): void;
  /** Adds a test that does not run; it is counted and shown with the reason. */
  skip(name: string, reason: string, handler?: Handler): void;
  /** Adds a test and leaves out all that are not `only`; for work at one test, refused where CI is set. */
  only(name: string, handler: Handler): void;
  /** Runs once before the tests; if it fails, every test fails. */
  before: Hook;
  /** Runs once after the tests, whether they passed or not. */
  after: Hook;
  /** Runs the suite. Every suite needs this call; a file that forgets it fails. */
  run(): void;
}

/** Adds a hook; `each` adds one that runs around every test. */
export interface Hook {
  (handler: Handler): void;
  each(handler: Handler): void;
}

interface Test {
  name: string;
  timeout: number;
  handler: Handler;
  only: boolean;
}

interface SuiteState {
  name: string;
  timeout: number;
  tests: Test[];
  skipped: { name: string; reason: string }[];
  hooks: { before: Handler[]; after: Handler[]; beforeEach: Handler[]; afterEach: Handler[] };
  ran: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** How long a file may take to end after its last test before it is ended. */
const LINGER_MS = 2_000;

const suites: SuiteState[] = [];
const waiting: SuiteState[] = [];
const complaints: string[] = [];
const interruption = new AbortController();
let report = openReport();
let running: string | undefined;
let busy = false;
let failed = false;
/** The file is complete; what happens later belongs to another file. */
let concluded = false;
/** Something was given up while it still ran; Node would wait for it. */
let abandoned = false;
/** In a process that runs several files: called when all suites that were to run have run. */
let onIdle: (() => void) | undefined;

/** Makes a suite named `name`; `options.timeout` holds for each of its tests and hooks. */
export function suite(name: string, options: Options = {}): Suite {
  const state: SuiteState = {
    name,
    timeout: options.timeout ?? DEFAULT_TIMEOUT_MS,
    tests: [],
    skipped: [],
    hooks: { before: [], after: [], beforeEach: [], afterEach: [] },
    ran: false,
  };
  suites.push(state);

  function add(testName: string, second: Handler | Options, third?: Handler): void {
    const handler = typeof second === 'function' ? second : third;
    const own = typeof second === 'function' ? undefined : second.timeout;
    if (handler === undefined) throw new Error(`test "${testName}" of suite "${name}" has no body`);
    state.tests.push({ name: testName, timeout: own ?? state.timeout, handler, only: false });
  }
  return Object.assign(add, {
    skip: (testName: string, reason: string) => void state.skipped.push({ name: testName, reason }),
    only(testName: string, handler: Handler) {
      if (process.env.CI) complaints.push(`test "${testName}" of suite "${name}" is marked "only"`);
      state.tests.push({ name: testName, timeout: state.timeout, handler, only: true });
    },
    before: hook(state.hooks.before, state.hooks.beforeEach),
    after: hook(state.hooks.after, state.hooks.afterEach),
    run() {
      state.ran = true;
      waiting.push(state);
      if (!busy) {
        busy = true;
        // After this turn, so that all suites that the file runs at its top level run as one batch.
        setImmediate(() => void runWaiting());
      }
    },
  });
}

function hook(once: Handler[], each: Handler[]): Hook {
  return Object.assign((handler: Handler) => void once.push(handler), {
    each: (handler: Handler) => void each.push(handler),
  });
}

async function runWaiting(): Promise<void> {
  while (waiting.length > 0) await runSuites(waiting.splice(0).map(toUvu));
  busy = false;
  if (abandoned) process.exit(1);
  if (onIdle) onIdle();
  else setTimeout(endLingering, LINGER_MS).unref();
}

/**
 * Runs one file of several in this process: its suites, reported to a file of its own. A test that is given up while
 * it still runs ends the process, as does an interruption.
 * @param load imports the file
 * @param to path of the report
 * @returns what the exit code of a process with this file alone would be
 */
export async function runFile(load: () => Promise<unknown>, to: string): Promise<number> {
  for (const list of [suites, waiting, complaints]) list.length = 0;
  [failed, concluded] = [false, false];
  report = openReport(to);
  onIdle = () => undefined;
  const before = processesStarted();
  try {
    await load();
  } catch (error) {
    complaints.push(`the file cannot be loaded: ${text(error)}`);
  }
  while (busy)
    await new Promise<void>((resolve) => {
      onIdle = resolve;
    });
  const end = Date.now() + LINGER_MS;
  while (processesStarted() > before && Date.now() < end) await sleep(10);
  if (processesStarted() > before) complaints.push(STILL_RUNNING);
  conclude();
  return failed || complaints.length > 0 ? 1 : Number(process.exitCode ?? 0);
}

/** Hands one suite to uvu; hooks are run here, because uvu swallows what they throw. */
function toUvu(state: SuiteState): () => void {
  const target = newSuite(state.name);
  const chosen = state.tests.some((test) => test.only)
    ? state.tests.filter((test) => test.only)
    : state.tests;
  for (const test of state.tests) {
    if (!chosen.includes(test))
      state.skipped.push({ name: test.name, reason: 'another test is marked "only"' });
  }
  for (const { name, reason } of state.skipped) {
    target.skip();
    report({ event: 'skip', suite: state.name, test: name, reason });
  }

  let broken: unknown;
  target.before(async () => {
    try {
      await runHooks(state, 'before', state.hooks.before);
    } catch (error) {
      broken = error;
    }
  });
  for (const test of chosen) {
    target(test.name, async () => {
      if (broken !== undefined) return fail(state, test, broken, 0);
      await runTest(state, test);
    });
  }
  target.after(async () => {
    try {
      await runHooks(state, 'after', state.hooks.after);
    } catch (error) {
      complaints.push(`suite "${state.name}": ${text(error)}`);
    }
    for (const { name, reason } of state.skipped) console.log(`\n  skipped: ${name}: ${reason}`);
  });
  return target.run;
}

async function runTest(state: SuiteState, test: Test): Promise<void> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  running = `test "${test.name}" of suite "${state.name}"`;
  report({ event: 'start', suite: state.name, test: test.name });
  try {
    try {
      await runHooks(state, 'before.each', state.hooks.beforeEach);
      await limited(running, test.timeout, test.handler, interruption.signal);
    } finally {
      await runHooks(state, 'after.each', state.hooks.afterEach);
    }
  } catch (error) {
    fail(state, test, error, elapsed());
  } finally {
    running = undefined;
  }
  report({ event: 'pass', suite: state.name, test: test.name, ms: elapsed() });
}

async function runHooks(state: SuiteState, kind: string, handlers: Handler[]): Promise<void> {
  for (const handler of handlers) {
    try {
      // What has to be cleaned up is cleaned up even if the file is interrupted.
      const signal = kind.startsWith('before') ? interruption.signal : undefined;
      await limited(`hook "${kind}" of suite "${state.name}"`, state.timeout, handler, signal);
    } catch (error) {
      abandoned ||= error instanceof TimeoutError;
      throw error;
    }
  }
}

/** Counts a failure and throws it on, so that uvu prints it with its difference. */
function fail(state: SuiteState, test: Test, error: unknown, ms: number): never {
  failed = true;
  abandoned ||= error instanceof TimeoutError;
  report({ event: 'fail', suite: state.name, test: test.name, ms, message: text(error) });
  throw error instanceof Error ? error : new Error(String(error));
}

function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const difference = 'details' in error && typeof error.details === 'string' ? `${error.details}\n` : '';
  return difference + (error.stack ?? error.message);
}

/** Ends a file whose tests are done but whose open handles keep Node alive, and names these. */
function endLingering(): void {
  if (busy) return;
  const open = process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe)Wrap$/.test(kind));
  console.error(`All tests are done, but the process is kept alive by: ${open.join(', ')}. Ending it.`);
  if (processesStarted() > 0) complaints.push(STILL_RUNNING);
  process.exit();
}

const STILL_RUNNING = 'a process that a test started is still running';

function processesStarted(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
}

// Interrupted, a file fails the rest of its tests at once and still runs its `after` hooks, which end what it started.
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    abandoned = true;
    interruption.abort(new Error(`interrupted by ${name}`));
    if (!busy) process.exit(1);
  });
}

process.on('exit', () => {
  if (!concluded) conclude();
  if (failed || complaints.length > 0) process.exitCode = process.exitCode || 1;
});

/** Reports what is wrong with the file as a whole, and that it has ended. */
function conclude(): void {
  concluded = true;
  if (running !== undefined) complaints.push(`the process ended during ${running}`);
  for (const state of suites) {
    if (!state.ran) complaints.push(`suite "${state.name}" was never run: its test.run() is missing`);
  }
  const registered = suites.reduce((sum, state) => sum + state.tests.length + state.skipped.length, 0);
  if (registered === 0) complaints.push('this file has no tests');
  if (busy && running === undefined) complaints.push('the process ended before all suites had run');
  for (const message of complaints) {
    console.error(`FAIL ${message}`);
    report({ event: 'fail', suite: '', test: message.split('\n', 1)[0] ?? '', ms: 0, message });
  }
  report({ event: 'end' });
}
