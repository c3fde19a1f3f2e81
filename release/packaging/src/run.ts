import { ToolchainError } from '@kubestellar/toolchain';
import { CommandBuilder } from 'dax';

/** The exit code of shells, and of dax, for a program that is not on `$PATH`. */
const NOT_FOUND = 127;

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
  let builder = new CommandBuilder()
    .command([program, ...args])
    .env('LC_ALL', 'C')
    .stdout('piped')
    .stderr('piped')
    .noThrow();
  if (command.cwd !== undefined) builder = builder.cwd(command.cwd);
  if (command.signal !== undefined) builder = builder.signal(command.signal);
  const { code, stdout, stderr } = await builder;
  if (command.signal?.aborted) throw new ToolchainError('Interrupted. Run the command again to continue.');
  if (code === 0) return stdout;
  if (code === NOT_FOUND && stderr.startsWith('dax: '))
    throw new ToolchainError(
      `${program} is missing on this machine; it is needed for packages of our programs.`,
    );
  const last = stderr.trim().split('\n').slice(-5).join('\n  ');
  throw new ToolchainError(`"${program} ${args.slice(-2).join(' ')}" failed:\n  ${last}`);
}
