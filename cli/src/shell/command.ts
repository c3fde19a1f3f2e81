/** The interface of a command to the shell, and how one is run: help, parsing, errors, exit codes. */
import type { CompletionSpec } from '../completion/choice.ts';
import { CommandFailure, UsageError } from './failure.ts';
import { type CommandLine, type FlagTable, parseCommandLine, separateFlags } from './flags.ts';
import { COMMON_FLAGS, KUBECTL_FLAGS } from './kubectl-flags.ts';
import { type Output, processOutput } from './output.ts';

/** One command. Its module stays small, so that --help is fast: `run` imports the rest. */
export interface Command {
  /** As typed, such as `kubectl kubestellar ensure location`. */
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  /** The arguments after the name. */
  readonly synopsis: string;
  /** Own flags with their explanation, one line each. */
  readonly options: readonly string[];
  readonly example: string;
  readonly flags: FlagTable;
  /** The values of its words and flags, for completion; default: only flags are offered. */
  readonly completion?: CompletionSpec;
  /** Whether it accepts kubectl's flags too; default true. */
  readonly kubectlFlags?: boolean;
  /** The program that gets all other flags and words unchanged; default none. */
  readonly passesOnTo?: string;
  run(line: CommandLine, output: Output): Promise<void>;
}

/** @returns the text of --help */
export function helpOf(command: Command): string {
  const common = ['-h, --help: print this text'];
  if (command.passesOnTo)
    common.push(`and the flags of ${command.passesOnTo}, which gets them as they stand`);
  else if (command.kubectlFlags !== false)
    common.push('and the flags of kubectl (see "kubectl options") except --context');
  return [
    `Usage: ${command.name} ${command.synopsis}`,
    '',
    command.summary,
    '',
    'Flags, anywhere after the command:',
    ...[...command.options, ...common].map((option) => `  ${option}`),
    '',
    'Example:',
    `  ${command.example}`,
    '',
  ].join('\n');
}

/**
 * Runs a command with the arguments after its name.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, or the command's own
 */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  try {
    const parse = command.passesOnTo ? separateFlags : parseCommandLine;
    const line = parse(args, flagTableOf(command));
    if (line.flags.flag('help')) process.stdout.write(helpOf(command));
    else await command.run(line, processOutput());
    return 0;
  } catch (error) {
    if (isBrokenPipe(error)) return 0;
    const verbatim = error instanceof UsageError && error.verbatim;
    process.stderr.write(`${verbatim ? '' : `${command.name}: `}${await messageOf(error)}\n`);
    if (error instanceof UsageError) {
      process.stderr.write(`Usage: ${command.name} ${command.synopsis}\nSee "${command.name} --help".\n`);
    }
    return error instanceof CommandFailure ? error.exitCode : 1;
  }
}

/** @returns all flags that a command takes itself */
export function flagTableOf({ flags, kubectlFlags, passesOnTo }: Command): FlagTable {
  if (passesOnTo) return { ...COMMON_FLAGS, ...flags };
  const inherited = kubectlFlags === false ? {} : KUBECTL_FLAGS;
  return { ...inherited, ...COMMON_FLAGS, ...(kubectlFlags === false ? flags : withShorts(flags)) };
}

/** A command's own flags win over kubectl's of the same letter (`-s` of prep-for-syncer). */
function withShorts(flags: FlagTable): FlagTable {
  const taken = new Set(Object.values(flags).map(({ short }) => short));
  const yielding = Object.entries(KUBECTL_FLAGS).filter(([, { short }]) => short && taken.has(short));
  return { ...Object.fromEntries(yielding.map(([name, { kind }]) => [name, { kind }])), ...flags };
}

/** A reader like `head` has closed the pipe. */
export function isBrokenPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
}

async function messageOf(error: unknown): Promise<string> {
  if (error instanceof CommandFailure) return error.message;
  const { describe } = await import('../kubeconfig/describe.ts');
  return describe(error);
}
