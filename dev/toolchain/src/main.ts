#!/usr/bin/env node
import { TOOL_NAMES, type ToolName } from './catalog.ts';
import { clean } from './clean.ts';
import { contextOf, type ProvideOptions } from './context.ts';
import { messageOf, ToolchainError } from './errors.ts';
import { provideTools } from './index.ts';
import { KIND_USAGE, KindUsageError, kindCommand } from './kind/command.ts';

const USAGE = `Usage:
  main.ts provide [tool...]   find or build the tools (default: all) and print their paths
  main.ts path <tool>         the same for one tool; prints only its path
  main.ts clean [--all]       remove cached tools of other versions; with --all, the whole cache
${KIND_USAGE}
Tools: ${TOOL_NAMES.join(', ')}`;

class UsageError extends Error {}

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

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort());
}
try {
  await main(process.argv.slice(2), { log: (line) => console.error(line), signal: interrupted.signal });
} catch (error) {
  if (error instanceof UsageError || error instanceof KindUsageError) {
    console.error(`${error.message}\n${USAGE}`);
    process.exitCode = 2;
  } else if (error instanceof ToolchainError) {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
