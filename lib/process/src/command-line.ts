/** The front of programs: what their command lines ask for, and how they end. */
import { constants } from 'node:os';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A command line that makes no sense; it is printed with the usage, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Parses a command line as node:util does. @throws UsageError when it makes no sense */
export function parseCommandLine<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // What comes then explains how to give a word that looks like a flag.
    throw new UsageError((error as Error).message.split('. To specify')[0]);
  }
}

/**
 * @param value of a flag, as it was given
 * @returns the whole number, or `fallback` when the flag was not given
 * @throws UsageError when it is none in the range
 */
export function wholeNumber(
  flag: string,
  value: string | undefined,
  fallback: number,
  { least = 1, most = Number.POSITIVE_INFINITY } = {},
): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  const range = most === Number.POSITIVE_INFINITY ? `from ${least} up` : `from ${least} to ${most}`;
  throw new UsageError(`--${flag} takes a whole number ${range}, not "${value}"`);
}

/** A program, such as `npm run release`. */
export interface Program {
  readonly usage: string;
  /** Errors of these classes are written for people; what else is thrown is a fault of the program. */
  readonly failures?: readonly (new (
    ...args: never[]
  ) => Error)[];
  /** Printed when the program fails after it was interrupted, in place of the error; the exit code is that of the signal. */
  readonly whenInterrupted?: string;
  /** @param signal fires at SIGINT, SIGTERM and SIGHUP */
  main(args: string[], signal: AbortSignal): Promise<void>;
}

/**
 * Runs a program with the words of its command line, and sets the exit code: 1 for a failure, 2 for wrong usage, each
 * printed on standard error.
 * @throws what is no failure that the program knows
 */
export async function runProgram({ usage, failures = [], whenInterrupted, main }: Program): Promise<void> {
  const interruption = new AbortController();
  let code = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      code = 128 + constants.signals[name];
      interruption.abort(new Error('interrupted'));
    });
  try {
    await main(process.argv.slice(2), interruption.signal);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      process.exitCode = 2;
    } else if (code !== 0 && whenInterrupted !== undefined) {
      console.error(whenInterrupted);
      process.exitCode = code;
    } else if (failures.some((failure) => error instanceof failure)) {
      console.error(`error: ${(error as Error).message}`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}
