/**
 * All commands of KubeStellar's users and administrators in one program with many names (design.md,
 * decision 7): `node cli.js <executable's name> <arguments>`.
 */
import { findCommand, knownCommands } from './registry.ts';
import { isBrokenPipe, runCommand } from './shell/command.ts';

process.stdout.on('error', (error) => {
  if (isBrokenPipe(error)) process.exit(0);
  throw error;
});

const [executable = '', ...args] = process.argv.slice(2);
const found = await findCommand(executable, args);
if ('command' in found) {
  const code = await runCommand(found.command, found.args);
  // After a failure other steps may still be under way; every command can be run again.
  process.stdout.write('', () => process.exit(code));
} else if (executable !== 'kubectl-kubestellar') {
  process.stderr.write(
    `There is no command "${executable}". There are: ${knownCommands().executables.join(', ')}\n`,
  );
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

function pluginHelp(): string {
  const lines = knownCommands().plugin.map((name) => `  kubectl kubestellar ${name}`);
  return [
    'Usage: kubectl kubestellar COMMAND ...',
    '',
    ...lines,
    '',
    'Each tells more with --help; --version tells the release.',
    '',
  ].join('\n');
}
