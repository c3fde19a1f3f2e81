import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, readlink } from 'node:fs/promises';
import { eventually } from './eventually.ts';

/** What it takes to start a program again as it was. */
export interface Invocation {
  /** The executable and its arguments. */
  command: string[];
  env: NodeJS.ProcessEnv;
  /** The file that its output is appended to. */
  log: string;
}

/** Starts the program of an invocation. @returns its process, whose output goes into the log */
export async function invoke({
  command: [executable = '', ...args],
  env,
  log,
}: Invocation): Promise<ChildProcess> {
  await using file = await open(log, 'a');
  return spawn(executable, args, { env, stdio: ['ignore', file.fd, file.fd] });
}

/** Ends the process of this pid. @returns how it had been started; Linux only */
export async function takeOver(pid: number): Promise<Invocation> {
  const [commandLine, environment, log] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/environ`, 'utf8'),
    readlink(`/proc/${pid}/fd/1`),
  ]);
  const env = Object.fromEntries(
    environment.split('\0').flatMap((entry) => {
      const at = entry.indexOf('=');
      return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
    }),
  );
  process.kill(pid, 'SIGTERM');
  await eventually(
    'the program to end',
    async () => isAlive(pid),
    (alive) => !alive,
  );
  return { command: commandLine.split('\0').slice(0, -1), env, log };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
