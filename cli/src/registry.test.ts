import { assert, suite } from '@kubestellar/testing';
import { findCommand, knownCommands } from './registry.ts';
import { helpOf } from './shell/command.ts';

const test = suite('command registry');

async function nameOf(executable: string, ...args: string[]): Promise<string> {
  const found = await findCommand(executable, args);
  return 'command' in found ? `${found.command.name} <${found.args.join(' ')}>` : `unknown ${found.unknown}`;
}

test('executables and plugin words are routed to their commands with the remaining arguments', async () => {
  assert.is(await nameOf('kubestellar', 'init', '-V'), 'kubestellar <init -V>');
  assert.is(
    await nameOf('kubectl-kubestellar', 'ensure', 'location', 'demo', 'a=b'),
    'kubectl kubestellar ensure location <demo a=b>',
  );
  assert.is(
    await nameOf('kubectl-kubestellar', 'prep-for-syncer', 'demo'),
    'kubectl kubestellar prep-for-syncer <demo>',
  );
});

test('the joined spelling of the reference is accepted', async () => {
  assert.is(
    await nameOf('kubectl-kubestellar', 'ensure-location', 'demo'),
    'kubectl kubestellar ensure location <demo>',
  );
});

test('an unknown word is reported, and help is not one', async () => {
  assert.is(await nameOf('kubectl-kubestellar', 'destroy', 'all'), 'unknown destroy all');
  assert.is(await nameOf('kubectl-kubestellar', 'ensure', 'peace'), 'unknown ensure peace');
  assert.is(await nameOf('kubectl-kubestellar', 'ensure'), 'unknown undefined');
  assert.is(await nameOf('kubectl-kubestellar', '--help'), 'unknown undefined');
  assert.is(await nameOf('toString'), 'unknown toString');
});

test('every command has help with its name, its flags and an example that names it', async () => {
  const { executables, plugin } = knownCommands();
  const lines = [
    ...executables.map((name) => [name]),
    ...plugin.map((name) => ['kubectl-kubestellar', ...name.split(' ')]),
  ];
  for (const [executable = '', ...args] of lines) {
    const found = await findCommand(executable, args);
    if (!('command' in found)) throw new Error(`${executable} ${args.join(' ')} is not there`);
    const { command } = found;
    const help = helpOf(command);
    assert.match(help, `Usage: ${command.name} `);
    assert.ok(command.example.startsWith(command.name), command.example);
    for (const flag of Object.keys(command.flags)) {
      if (!/^(all|parent)-/.test(flag))
        assert.match(help, flag.length > 1 && flag !== 'silent' ? `--${flag}` : '-');
    }
  }
});

test.run();
