/** Background processes that outlive the command that starts them; they are ended by id and never by name. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeOf } from './identity.ts';
import { type ProcessRecord, readRecord, removeRecord, writeRecord } from './records.ts';

/** What to start. Secrets belong in neither `args` nor `env`: both can be read by others on some systems. */
export interface DetachedProcess {
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment; default: ours. */
  env?: NodeJS.ProcessEnv | undefined;
  cwd?: string | undefined;
  /** Gets stdout and stderr, appended; its folder is created. */
  logFile: string;
  /** Folder of the record `<name>.json`. */
  stateDir: string;
  healthAddress?: string | undefined;
}

/** How often to check whether a process has ended: only its parent is notified. */
const POLL_MS = 50;
/** How long a killed process may take to disappear. */
const KILL_MS = 5_000;

/**
 * Starts a process in a session of its own, so that neither our end nor a terminal's Ctrl-C ends it, and
 * writes its record.
 * @throws when the command cannot be executed, or when the process of the record still runs
 */
export async function startDetached(what: DetachedProcess): Promise<ProcessRecord> {
  const previous = readRecord(what.stateDir, what.name);
  if (previous && isRunning(previous))
    throw new Error(`${what.name} is already running (pid ${previous.pid})`);
  mkdirSync(dirname(what.logFile), { recursive: true });
  const log = openSync(what.logFile, 'a', 0o600);
  try {
    const child = spawn(what.command, what.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: what.env ?? process.env,
      cwd: what.cwd,
    });
    const failure = new Promise<never>((_, reject) => {
      child.once('error', (error) =>
        reject(new Error(`cannot start ${what.name} (${what.command}): ${error.message}`)),
      );
    });
    failure.catch(() => undefined);
    if (child.pid === undefined) return await failure;
    const { name, command, logFile, healthAddress } = what;
    // A process that has ended already has no start time; its record then never matches any process.
    const record = {
      name,
      pid: child.pid,
      startTime: startTimeOf(child.pid) ?? 'ended',
      command,
      logFile,
      healthAddress,
    };
    writeRecord(what.stateDir, record);
    child.unref();
    return record;
  } finally {
    closeSync(log);
  }
}

/** @returns true while the very process of the record runs; another one with its id does not count */
export function isRunning(record: ProcessRecord): boolean {
  return startTimeOf(record.pid) === record.startTime;
}

/**
 * Ends the process of a record: SIGTERM, and SIGKILL after `graceMs` milliseconds (default 10 000).
 * @returns false when it was not running
 * @throws when it may not be signalled or does not end
 */
export async function stopProcess(
  record: ProcessRecord,
  options: { graceMs?: number } = {},
): Promise<boolean> {
  if (!isRunning(record)) return false;
  signal(record, 'SIGTERM');
  if (await hasEnded(record, options.graceMs ?? 10_000)) return true;
  signal(record, 'SIGKILL');
  if (await hasEnded(record, KILL_MS)) return true;
  throw new Error(`${record.name} (pid ${record.pid}) does not end, not even by SIGKILL`);
}

/**
 * Ends the process of the record `name`, if it runs, and removes the record.
 * @returns the record of the process that was ended, or undefined when none was running
 */
export async function stopRecorded(
  stateDir: string,
  name: string,
  options: { graceMs?: number } = {},
): Promise<ProcessRecord | undefined> {
  const record = readRecord(stateDir, name);
  const stopped = record !== undefined && (await stopProcess(record, options));
  removeRecord(stateDir, name);
  return stopped ? record : undefined;
}

/** @returns the last `count` lines of a log file; '' when it cannot be read */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new Error(`cannot stop ${record.name} (pid ${record.pid}): ${(error as Error).message}`);
  }
}

async function hasEnded(record: ProcessRecord, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (isRunning(record)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
