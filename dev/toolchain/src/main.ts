#!/usr/bin/env node
import { runProgram, UsageError } from '@kubestellar/process';
import { TOOL_NAMES, type ToolName } from './catalog.ts';
import { clean } from './clean.ts';
import { contextOf, type ProvideOptions } from './context.ts';
import { ToolchainError } from './errors.ts';
import { provideTools } from './index.ts';
import { KIND_USAGE, kindCommand } from './kind/command.ts';

const USAGE = `Usage:
  main.ts provide [tool...]   find or build the tools (default: all) and print their paths
  main.ts path <tool>         the same for one tool; prints only its path
  main.ts clean [--all]       remove cached tools of other versions; with --all, the whole cache
${KIND_USAGE}
Tools: ${TOOL_NAMES.join(', ')}`;

/** Runs the command line `args`; results go to standard output, progress to standard error. */
async function main(args: readonly string[], options: ProvideOptions): Promise<void> {
  const [command, ...rest] = args;
  switch (command) {
    case 'provide': {
      const names = rest.length === 0 ? TOOL_NAMES : rest.map(toToolName);
      const paths = await provideTools(names, options);
      for (const name of names) console.log(`${name}\t${paths[name]}`);
      return;
    }
    case 'path': {
      const [name, ...more] = rest;
      if (name === undefined || more.length > 0) throw new UsageError('path takes one tool');
      const tool = toToolName(name);
      console.log((await provideTools([tool], options))[tool]);
      return;
    }
    case 'clean':
      if (rest.length > 1 || (rest.length === 1 && rest[0] !== '--all'))
        throw new UsageError('clean takes only --all');
      return clean(contextOf(options), rest.length === 1);
    case 'kind':
      return kindCommand(rest, options);
    case '--help':
    case '-h':
      console.log(USAGE);
      return;
    default:
      throw new UsageError(
        command === undefined ? 'a command is missing' : `there is no command "${command}"`,
      );
  }
}

function toToolName(text: string): ToolName {
  const name = TOOL_NAMES.find((known) => known === text);
  if (name === undefined) throw new UsageError(`there is no tool "${text}"`);
  return name;
}

await runProgram({
  usage: USAGE,
  failures: [ToolchainError],
  main: (args, signal) => main(args, { log: (line) => console.error(line), signal }),
});
