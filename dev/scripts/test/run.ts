import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseReport, REPORT_VARIABLE } from '../../../lib/testing/src/report.ts';
import { root } from '../root.ts';
import type { Calls } from './calls.ts';
import type { Group } from './discover.ts';
import { type FileResult, judge } from './judge.ts';
import type { Order } from './order.ts';
import { type Ended, TestProcess } from './process.ts';
import { longestFirst, readTimes } from './times.ts';

interface Limit {
  atOnce: number;
  timeout: number;
  grace: number;
  /** Prints that a file begins, and what it has printed even if it passed. */
  telling: boolean;
  /** Whether a process runs one file after the other. */
  several: boolean;
}

/** What holds for one file of a group; times in milliseconds. */
const limits: Record<Group, Limit> = {
  // Half of the time of a unit test's process is for loading what nearly all of them load.
  unit: { atOnce: 2, timeout: 60_000, grace: 2_000, telling: false, several: true },
  // An end-to-end test waits for servers half of its time: two at a time keep two cores busy. One may have to make the
  // node image of kind first (docs/toolchain.md). On a time-out they get time to clean up.
  e2e: { atOnce: 2, timeout: 40 * 60_000, grace: 60_000, telling: true, several: false },
};

/**
 * Servers that live for minutes need not be thrifty with memory: kcp takes most of the CPU time of the end-to-end tests,
 * a good part of it by collecting garbage.
 */
const SERVERS = { GOGC: '300' };

/** These build the same images, archives and kind clusters, so one worker takes them, one after the other, and first. */
const APART = /^e2e\/(hosted\/|install\/(images|bootstrap))/;
/** Within so many seconds something must happen in these, whatever a test worker does: nothing else runs beside them. */
const ALONE = /^e2e\/security\/hostile/;

/** How one test file went, and how long it took. */
export interface TimedResult extends FileResult {
  seconds: number;
  /** What a unit test has called; undefined if its process did not live to tell. */
  calls: Calls | undefined;
}

interface Options {
  /** Ends the running files and starts no more. */
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
}

/** Tells a file which of the workers runs it, so that it can have something that no other file uses meanwhile. */
const WORKER_VARIABLE = 'KUBESTELLAR_TEST_WORKER';

/** Runs the files of a group, some at a time, and prints how each went. */
export async function runFiles(group: Group, files: string[], options: Options): Promise<TimedResult[]> {
  const times = group === 'e2e' ? await readTimes() : new Map<string, number>();
  const sorted = longestFirst(files, times);
  const shared = sorted.filter((file) => !ALONE.test(file) && !APART.test(file));
  const apart = sorted.filter((file) => APART.test(file));
  const results: TimedResult[] = [];
  const work = async (number: number, ...queues: string[][]) => {
    const worker = new Worker(group, files.length === 1, number, options);
    const next = () => queues.find((queue) => queue.length > 0)?.shift();
    for (let file = next(); file !== undefined && !options.signal.aborted; file = next())
      results.push(await worker.run(file));
    await worker.end();
  };
  await Promise.all(
    Array.from({ length: limits[group].atOnce }, (_, number) =>
      number === 0 ? work(number, apart, shared) : work(number, shared),
    ),
  );
  await work(
    0,
    sorted.filter((file) => ALONE.test(file)),
  );
  return results;
}

/** Runs files one after the other. */
class Worker {
  readonly #limit: Limit;
  readonly #signal: AbortSignal;
  readonly #env: NodeJS.ProcessEnv;
  readonly #isLive: boolean;
  #process: TestProcess | undefined;

  constructor(group: Group, isAlone: boolean, number: number, { signal, env }: Options) {
    this.#limit = limits[group];
    this.#signal = signal;
    this.#env = { ...SERVERS, ...process.env, ...env, [WORKER_VARIABLE]: String(number) };
    this.#isLive = this.#limit.telling && isAlone;
  }

  async run(file: string): Promise<TimedResult> {
    const folder = await mkdtemp(join(tmpdir(), 'kubestellar-test-'));
    const order = { file, report: join(folder, 'report.jsonl'), calls: join(folder, 'calls.json') };
    const started = Date.now();
    if (this.#limit.telling) console.log(`-- ${file}`);
    const { code, stopped, output } = await this.#runReported(order);
    const events = parseReport(await readFile(order.report, 'utf8').catch(() => ''));
    const calls = await readFile(order.calls, 'utf8').catch(() => undefined);
    await rm(folder, { recursive: true });
    const result = judge(file, events, code, stopped);
    const failed = result.failures.length > 0;
    const counts = `${result.passed} passed, ${result.failures.length} failed, ${result.skipped.length} skipped`;
    const seconds = (Date.now() - started) / 1000;
    console.log(`${failed ? 'FAIL' : 'ok  '} ${file} (${counts}, ${seconds.toFixed(1)} s)`);
    if ((failed || this.#limit.telling) && output !== '') console.log(output.trimEnd());
    return { ...result, seconds, calls: calls === undefined ? undefined : (JSON.parse(calls) as Calls) };
  }

  /** Ends the process that has run several files. */
  async end(): Promise<void> {
    await this.#process?.end({ ...this.#limit, signal: this.#signal });
  }

  #runReported({ file, ...order }: Order): Promise<Ended> {
    const limits = { ...this.#limit, signal: this.#signal };
    if (!this.#limit.several) {
      return TestProcess.ofOne(file, { ...this.#env, [REPORT_VARIABLE]: order.report }, this.#isLive).end(
        limits,
      );
    }
    // A test that was given up, or has crashed, has taken its process along.
    if (!this.#process?.isAlive) this.#process = TestProcess.ofSeveral(this.#env);
    return this.#process.run({ file: resolve(root, file), ...order }, limits);
  }
}
