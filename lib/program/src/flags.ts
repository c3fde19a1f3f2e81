import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { ConnectionOptions } from '@kubestellar/kube';

/** An invalid command line; the program prints the message with its usage and exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const PARTS = ['kubeconfig', 'context', 'user', 'cluster'] as const;

/** Flags `--<prefix>-kubeconfig`, `-context`, `-user` and `-cluster` for one connection of a program. */
export function connectionFlags(prefix: string): ParseArgsOptionsConfig {
  return Object.fromEntries(PARTS.map((part) => [`${prefix}-${part}`, { type: 'string' }]));
}

/** The connection that the flags of `prefix` ask for; `defaults` fill what was not given. */
export function connectionFrom(
  values: Flags,
  prefix: string,
  defaults: ConnectionOptions = {},
): ConnectionOptions {
  const given = PARTS.filter((part) => typeof values[`${prefix}-${part}`] === 'string');
  return { ...defaults, ...Object.fromEntries(given.map((part) => [part, values[`${prefix}-${part}`]])) };
}

/** Parsed flags by name. */
export type Flags = { [flag: string]: string | boolean | (string | boolean)[] | undefined };

/**
 * Parses a program's flags; klog's `-v 2`, `-v=2` and `--v=2` are known to all programs.
 * @throws UsageError for unknown flags, missing values and positional arguments
 */
export function parseFlags(args: readonly string[], options: ParseArgsOptionsConfig): Flags {
  const normal = args.map((arg) => (/^-\w=/.test(arg) ? `-${arg}` : arg));
  try {
    const { values } = parseArgs({
      args: normal,
      options: { ...options, v: { type: 'string', short: 'v' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
    });
    return values as Flags;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * @returns the whole number of a flag, or `fallback` when it was not given
 * @throws UsageError when it is no number from `least` up
 */
export function numberFlag(values: Flags, flag: string, fallback: number, least = 0): number {
  const value = values[flag];
  if (value === undefined) return fallback;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least) return number;
  throw new UsageError(`--${flag} takes a whole number from ${least} up, not "${String(value)}"`);
}
