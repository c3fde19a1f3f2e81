import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { findCommand, knownCommands } from './registry.ts';
import { helpOf } from './shell/command.ts';

const test = suite('docs/commands.md');
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8');

test('every command has a section, and its text is what --help prints', async () => {
  const { executables, plugin } = knownCommands();
  const commands = [
    ...executables.map((name) => ({ name, executable: name, args: [] })),
    ...plugin.map((name) => ({
      name: `kubectl kubestellar ${name}`,
      executable: 'kubectl-kubestellar',
      args: name.split(' '),
    })),
  ];
  const sections = [...DOCUMENT.matchAll(/^## (.+)\n\n```text\n([\s\S]*?)```$/gm)];
  const documented = new Map(sections.map(([, name = '', help = '']) => [name, help]));
  assert.equal([...documented.keys()].sort(), commands.map(({ name }) => name).sort());
  for (const { name, executable, args } of commands) {
    const found = await findCommand(executable, args);
    assert.ok('command' in found, name);
    if ('command' in found) assert.is(documented.get(name), helpOf(found.command), name);
  }
});

test.run();
