import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ToolchainError } from '@kubestellar/toolchain';

/** A command line that makes no sense; it is told with the usage. */
export class UsageError extends Error {}

/** Parses a command line as node:util does. @throws UsageError when it makes no sense */
export function parseCommandLine<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A command of this repository, such as `npm run release`. */
export interface CommandLine {
  usage: string;
  /** Told, with exit code 130, when the command fails after it was interrupted. */
  whenInterrupted?: string;
  /** Fires at SIGINT and SIGTERM. */
  main(args: string[], signal: AbortSignal): Promise<void>;
}

/**
 * Runs a command with the words of its command line, and sets the exit code: 1 for a failure, 2 for wrong usage, each
 * told on standard error. What is no failure that we know is thrown.
 */
export async function runCommandLine({ usage, whenInterrupted, main }: CommandLine): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  try {
    await main(process.argv.slice(2), interrupted.signal);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      process.exitCode = 2;
    } else if (whenInterrupted !== undefined && interrupted.signal.aborted) {
      console.error(whenInterrupted);
      process.exitCode = 130;
    } else if (error instanceof ToolchainError) {
      console.error(`error: ${error.message}`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}
