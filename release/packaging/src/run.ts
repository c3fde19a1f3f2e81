import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ToolchainError } from '@kubestellar/toolchain';

const execute = promisify(execFile);

/** How commands run and where progress goes. */
export interface Command {
  log: (line: string) => void;
  signal?: AbortSignal;
  cwd?: string;
}

/** Runs a command that must succeed and returns its standard output. Throws ToolchainError with its last words. */
export async function runCommand(
  command: Command,
  program: string,
  args: readonly string[],
): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      ...(command.signal === undefined ? {} : { signal: command.signal }),
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    if (command.signal?.aborted) throw new ToolchainError('Interrupted. Run the command again to continue.');
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new ToolchainError(
        `${program} is missing on this machine; it is needed for packages of our programs.`,
      );
    const last = stderr.trim().split('\n').slice(-5).join('\n  ');
    throw new ToolchainError(`"${program} ${args.slice(-2).join(' ')}" failed:\n  ${last}`);
  }
}
