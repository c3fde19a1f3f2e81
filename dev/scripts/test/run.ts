import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReport, REPORT_VARIABLE } from '../../../lib/testing/src/report.ts';
import { root } from '../root.ts';
import type { Group } from './discover.ts';
import { type FileResult, judge } from './judge.ts';

/** What holds for one file of a group; times in milliseconds. */
const limits: Record<Group, { atOnce: number; timeout: number; grace: number; telling: boolean }> = {
  unit: { atOnce: 2, timeout: 60_000, grace: 2_000, telling: false },
  // An end-to-end test waits for servers half of its time: two at a time keep two cores busy. One may have to make
  // the node image of kind first (docs/toolchain.md). On a time-out they get time to clean up.
  e2e: { atOnce: 2, timeout: 40 * 60_000, grace: 60_000, telling: true },
};

/**
 * Servers that live for minutes need not be thrifty with memory: kcp takes most of the CPU time of the end-to-end tests,
 * a good part of it by collecting garbage.
 */
const SERVERS = { GOGC: '300' };

/** These build the same images, archives and kind clusters: one of them at a time, beside others. */
const APART = /^e2e\/(hosted\/|install\/(images|bootstrap))/;
/** Within so many seconds something must happen in these, whatever a test worker does: nothing else runs beside them. */
const ALONE = /^e2e\/security\/hostile/;

interface Options {
  /** Ends the running files and starts no more. */
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
}

/** Runs the files of a group, each in a process of its own, and prints how each went. */
export async function runFiles(group: Group, files: string[], options: Options): Promise<FileResult[]> {
  const isApart = (file: string) => APART.test(file);
  const lanes = Math.min(limits[group].atOnce, files.length);
  const shared = files.filter((file) => !ALONE.test(file));
  // Those that must wait for each other come first, so that none is left over at the end.
  const queue = [...shared.filter(isApart), ...shared.filter((file) => !isApart(file))];
  const results: FileResult[] = [];
  let apart = 0;
  const next = () => {
    const place = queue.findIndex((file) => apart === 0 || !isApart(file));
    return place < 0 ? undefined : queue.splice(place, 1)[0];
  };
  const lane = async () => {
    for (let file = next(); file !== undefined && !options.signal.aborted; file = next()) {
      if (isApart(file)) apart++;
      results.push(await runFile(group, file, lanes === 1, options));
      if (isApart(file)) apart--;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const file of files.filter((each) => ALONE.test(each)))
    if (!options.signal.aborted) results.push(await runFile(group, file, lanes === 1, options));
  return results;
}

async function runFile(
  group: Group,
  file: string,
  isAlone: boolean,
  { signal, env }: Options,
): Promise<FileResult> {
  const { timeout, grace, telling } = limits[group];
  const live = telling && isAlone;
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-test-'));
  const report = join(folder, 'report.jsonl');
  const started = Date.now();
  if (telling) console.log(`-- ${file}`);
  // A group of its own, so that a file that hangs is ended together with what it has started.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    cwd: root,
    env: { ...SERVERS, ...process.env, ...env, [REPORT_VARIABLE]: report },
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    detached: true,
  });
  let output = '';
  const collect = (data: Buffer) => {
    output += data.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);

  let stopped: string | undefined;
  let forced: NodeJS.Timeout | undefined;
  const stop = (reason: string) => {
    if (stopped !== undefined) return;
    stopped = reason;
    kill(child.pid, 'SIGTERM');
    forced = setTimeout(() => kill(child.pid, 'SIGKILL'), grace);
  };
  const timer = setTimeout(() => stop(`the file did not end within ${timeout / 1000} s`), timeout);
  const onAbort = () => stop('the run was interrupted');
  signal.addEventListener('abort', onAbort);
  const closed = once(child, 'close');
  const [code] = (await once(child, 'exit')) as [number | null];
  // No longer: a process that a test left behind could hold the pipes open.
  await Promise.race([closed, sleep(1_000, undefined, { ref: false })]);
  clearTimeout(timer);
  clearTimeout(forced);
  signal.removeEventListener('abort', onAbort);
  if (stopped !== undefined) kill(child.pid, 'SIGKILL');

  const events = parseReport(await readFile(report, 'utf8').catch(() => ''));
  await rm(folder, { recursive: true });
  const result = judge(file, events, code, stopped);
  const failed = result.failures.length > 0;
  const counts = `${result.passed} passed, ${result.failures.length} failed, ${result.skipped.length} skipped`;
  console.log(
    `${failed ? 'FAIL' : 'ok  '} ${file} (${counts}, ${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
  if ((failed || telling) && output !== '') console.log(output.trimEnd());
  return result;
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}
