import { open } from 'node:fs/promises';
import {
  type Child,
  commandLineOf,
  environmentOf,
  openFilesOf,
  startChild,
  startTimeOf,
} from '@kubestellar/process';
import { eventually } from './eventually.ts';

/** What it takes to start a program again as it was. */
export interface Invocation {
  /** The executable and its arguments. */
  command: string[];
  env: NodeJS.ProcessEnv;
  /** The file that its output is appended to. */
  log: string;
}

/** Starts the program of an invocation, whose output goes into the log. */
export async function invoke({ command: [executable = '', ...args], env, log }: Invocation): Promise<Child> {
  await using file = await open(log, 'a');
  return startChild(executable, args, { env, stdout: file.fd, stderr: file.fd, hasOwnGroup: false });
}

/** Ends the process of this pid. @returns how it had been started; Linux only */
export async function takeOver(pid: number): Promise<Invocation> {
  const [command, env, log = ''] = [commandLineOf(pid), environmentOf(pid), openFilesOf(pid).get(1)];
  process.kill(pid, 'SIGTERM');
  await eventually(
    'the program to end',
    async () => startTimeOf(pid),
    (startTime) => startTime === undefined,
  );
  return { command, env, log };
}
