import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onDeath } from './death.ts';

/** How to run a command. */
export interface RunOptions {
  cwd?: string;
  env: NodeJS.ProcessEnv;
  /** Ends the command's whole process group. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the process group is killed. */
  timeout?: number;
  /** The first signal when it is ended early; SIGKILL follows after 5 s. Go tidies up after SIGINT only. */
  endWith?: NodeJS.Signals;
  /** Called with every line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Called once the process is there. */
  onStart?: (pid: number) => void;
}

/** How a command ended. */
export interface RunResult {
  /** Exit code; undefined when a signal ended it or it could not be started. */
  code: number | undefined;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

const KILL_AFTER_MS = 5_000;
/** Output beyond this is passed to `onLine` but not kept (characters). */
const KEPT_OUTPUT = 1_000_000;

/**
 * Runs `command` in a process group of its own and returns when it has ended, with whatever exit code; never
 * rejects. A command that cannot be started gives no code and the reason in `stderr`.
 */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const result: RunResult = { code: undefined, stdout: '', stderr: '', timedOut: false };
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killGroup = (signal: NodeJS.Signals) => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };
    const endWith = options.endWith ?? 'SIGKILL';
    const forget = onDeath(() => killGroup(endWith));
    let killTimer: NodeJS.Timeout | undefined;
    const end = () => {
      killGroup(endWith);
      killTimer ??= setTimeout(() => killGroup('SIGKILL'), KILL_AFTER_MS);
    };
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            result.timedOut = true;
            end();
          }, options.timeout);
    if (options.signal?.aborted) end();
    options.signal?.addEventListener('abort', end);

    for (const name of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[name] }).on('line', (line) => {
        if (result[name].length < KEPT_OUTPUT) result[name] += `${line}\n`;
        options.onLine?.(line);
      });
    }
    const finish = () => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', end);
      forget();
      resolve(result);
    };
    child.once('spawn', () => child.pid !== undefined && options.onStart?.(child.pid));
    child.once('error', (error) => {
      result.stderr += error.message;
      if (child.pid === undefined) finish();
    });
    child.once('close', (code) => {
      result.code = code ?? undefined;
      finish();
    });
  });
}
