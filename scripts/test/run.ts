import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReport, REPORT_VARIABLE } from '../../testing/src/report.ts';
import { root } from '../root.ts';
import type { Group } from './discover.ts';
import { type FileResult, judge } from './judge.ts';

/** What holds for one file of a group; times in milliseconds. */
const limits: Record<Group, { atOnce: number; timeout: number; grace: number; live: boolean }> = {
  unit: { atOnce: 2, timeout: 60_000, grace: 2_000, live: false },
  // End-to-end tests share the machine's ports and cores: one at a time. One may have to make the node image of kind
  // first (docs/toolchain.md). On a time-out they get time to clean up.
  e2e: { atOnce: 1, timeout: 30 * 60_000, grace: 60_000, live: true },
};

interface Options {
  /** Ends the running files and starts no more. */
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
}

/** Runs the files of a group, each in a process of its own, and prints how each went. */
export async function runFiles(group: Group, files: string[], options: Options): Promise<FileResult[]> {
  const queue = [...files];
  const results: FileResult[] = [];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined && !options.signal.aborted; file = queue.shift()) {
      results.push(await runFile(group, file, options));
    }
  };
  await Promise.all(Array.from({ length: limits[group].atOnce }, worker));
  return results;
}

async function runFile(group: Group, file: string, { signal, env }: Options): Promise<FileResult> {
  const { timeout, grace, live } = limits[group];
  const folder = await mkdtemp(join(tmpdir(), 'kubestellar-test-'));
  const report = join(folder, 'report.jsonl');
  const started = Date.now();
  if (live) console.log(`-- ${file}`);
  // A group of its own, so that a file that hangs is ended together with what it has started.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    cwd: root,
    env: { ...process.env, ...env, [REPORT_VARIABLE]: report },
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
  // Not "close": a process that a test left behind could hold the pipes open.
  const [code] = (await once(child, 'exit')) as [number | null];
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
  if (failed && output !== '') console.log(output.trimEnd());
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
