/**
 * All commands of KubeStellar's users and administrators in one program with many names
 * (docs/decisions/0010-one-command-line-program.md): `node cli.js <executable's name> <arguments>`.
 */
import { ASKING, type Asking } from './completion/hidden-words.ts';
import { findCommand, knownCommands } from './registry.ts';
import { isBrokenPipe, runCommand } from './shell/command.ts';
import { endOnSignals } from './shell/interrupt.ts';

process.stdout.on('error', (error) => {
  if (isBrokenPipe(error)) process.exit(0);
  process.stderr.write(
    `cannot write to stdout: ${error.message}\nWhat was to be printed is lost; run it again.\n`,
  );
  process.exit(1);
});

/** kubectl uses this name to complete `kubectl kubestellar`. */
const KUBECTL_HOOK = 'kubectl_complete-kubestellar';

const [called = '', ...given] = process.argv.slice(2);
const isHook = called === KUBECTL_HOOK;
await main(isHook ? 'kubectl-kubestellar' : called, isHook ? [ASKING[0], ...given] : given);

async function main(executable: string, args: readonly string[]): Promise<void> {
  const asking = ASKING.find((word) => word === args[0]);
  if (asking) return answer(executable, asking, args.slice(1));
  const found = await findCommand(executable, args);
  if ('command' in found) {
    endOnSignals(found.command.name);
    return end(await runCommand(found.command, found.args));
  }
  if (executable !== 'kubectl-kubestellar') {
    const known = knownCommands().executables.join(', ');
    process.stderr.write(`There is no command "${executable}". There are: ${known}\n`);
    process.exitCode = 2;
  } else if (args[0] === '--version') {
    const { buildVersion } = await import('./shell/dist.ts');
    process.stdout.write(`kubectl kubestellar v${buildVersion().version}\n`);
  } else if (found.unknown === undefined) {
    process.stdout.write(pluginHelp());
  } else {
    process.stderr.write(`There is no "kubectl kubestellar ${found.unknown}".\n${pluginHelp()}`);
    process.exitCode = 2;
  }
}

async function answer(executable: string, asking: Asking, typed: readonly string[]): Promise<void> {
  const { answerTo } = await import('./completion/answer.ts');
  process.stdout.write(await answerTo(executable, asking, typed));
  end(0);
}

/** After a failure other steps may still be in progress; every command can be run again. */
function end(code: number): void {
  process.stdout.write('', (error) => {
    // An error of stdout has a handler of its own.
    if (!error) process.exit(code);
  });
}

function pluginHelp(): string {
  const lines = knownCommands().plugin.map((name) => `  kubectl kubestellar ${name}`);
  return [
    'Usage: kubectl kubestellar COMMAND ...',
    '',
    ...lines,
    '',
    'For details of a command, add --help. To print the release, use --version.',
    '',
  ].join('\n');
}
