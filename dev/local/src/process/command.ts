import { delimiter, join } from 'node:path';
import { runChild } from '@kubestellar/process';
import { LocalError, throwIfInterrupted } from '../errors.ts';
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
  const { code, stdout, output, stopped, failure } = await runChild(command.command, args, {
    env,
    cwd,
    limitMs: limitSeconds * 1000,
    signal: run.signal,
    graceMs: TIDY_MS,
  });
  if (failure) throw new LocalError(`Cannot run ${title}: ${failure.message}`);
  throwIfInterrupted(run.signal);
  if (code === 0 && !stopped) return stdout;
  const why = stopped
    ? `did not end within ${limitSeconds} s`
    : `failed (exit code ${code ?? 'none, killed'})`;
  throw new LocalError(`"${title}" ${why}. It said:\n${tail(output)}`);
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
