import { runChild } from '@kubestellar/process';
import { type Context, throwIfAborted } from '../context.ts';
import { ToolchainError } from '../errors.ts';
import { programsOnPath } from '../path.ts';

const ANSWER_MS = 10_000;
const LAST_LINES = 8;

/** Whether a Docker engine answers to this user; if not, `reason` is what the docker command said. */
export async function dockerAnswers(context: Context): Promise<{ answers: boolean; reason: string }> {
  if ((await programsOnPath(context.env, 'docker')).length === 0) {
    return { answers: false, reason: 'the docker command is missing' };
  }
  const { code, stderr, stopped } = await runChild('docker', ['version', '--format', '{{.Server.Version}}'], {
    env: context.env,
    limitMs: ANSWER_MS,
    signal: context.signal,
  });
  throwIfAborted(context);
  if (stopped === 'limit')
    return { answers: false, reason: `the engine gave no answer in ${ANSWER_MS / 1000} s` };
  return { answers: code === 0, reason: stderr.trim() };
}

/**
 * Runs a command that must succeed, as `docker` or `kind`; its output lines go to `onLine` too.
 * @returns its standard output
 * @throws ToolchainError with the last lines of its output, or when interrupted
 */
export async function runOrThrow(
  context: Context,
  command: string,
  args: readonly string[],
  options: { timeout: number; onLine?: (line: string) => void; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const { code, stdout, output, stopped } = await runChild(command, args, {
    env: options.env ?? context.env,
    signal: context.signal,
    limitMs: options.timeout,
    onLine: options.onLine,
  });
  throwIfAborted(context);
  if (code === 0) return stdout;
  const last = output.trim().split('\n').slice(-LAST_LINES).join('\n  ');
  // Scripts are arguments too.
  const [line = ''] = [command.split('/').at(-1), ...args].join(' ').split('\n');
  const how = stopped === 'limit' ? `took more than ${options.timeout / 1000} s` : 'failed';
  throw new ToolchainError(`"${line.trim()}" ${how}:\n  ${last}`);
}
