import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { Interrupted, LocalError, throwIfInterrupted } from '../errors.ts';
import { cloneRoot } from '../programs.ts';
import type { Run } from '../run.ts';

/** A command that ends by itself. */
export interface Command {
  /** What it is called in messages, as a person would type it. */
  title: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  limitSeconds: number;
}

/** Time that an ended command has to tidy up before it is killed (milliseconds). */
const TIDY_MS = 15_000;
/** How much of its output is shown when it fails (lines). */
const SHOWN_LINES = 25;

/**
 * Runs a command to its end.
 * @returns its standard output
 * @throws LocalError with the end of its output when it fails or takes too long; Interrupted after the signal,
 *   once it has ended
 */
export async function runCommand(run: Pick<Run, 'signal'>, command: Command): Promise<string> {
  throwIfInterrupted(run.signal);
  const { title, args, env, cwd, limitSeconds } = command;
  // In a process group of its own: a terminal's Ctrl-C reaches us, and we end it.
  const child = spawn(command.command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill('SIGTERM');
    kill ??= setTimeout(() => child.kill('SIGKILL'), TIDY_MS);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, limitSeconds * 1000);
  run.signal.addEventListener('abort', end);
  let [output, all] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    output += data;
    all += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    all += data;
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(new LocalError(`Cannot run ${title}: ${error.message}`)));
      child.once('close', resolve);
    });
    if (run.signal.aborted) throw new Interrupted();
    if (code === 0) return output;
    const why = timedOut
      ? `did not end within ${limitSeconds} s`
      : `failed (exit code ${code ?? 'none, killed'})`;
    throw new LocalError(`"${title}" ${why}. It said:\n${tail(all)}`);
  } finally {
    run.signal.removeEventListener('abort', end);
    clearTimeout(timer);
    clearTimeout(kill);
  }
}

/** Our environment with the clone's commands and the state's tools first on `$PATH` (contract for scripts). */
export function commandEnv({ state }: Pick<Run, 'state'>, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = [join(cloneRoot(), 'bin'), state.bin, process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH: path, KUBECACHEDIR: state.cache, ...more };
}

function tail(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-SHOWN_LINES);
  return lines.map((line) => `    ${line}`).join('\n');
}
