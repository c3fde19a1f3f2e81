import { KCP_ADMIN_GROUP, programUser } from '@kubestellar/api';
import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { recordConnections } from '@kubestellar/testing/connections';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { program } from './program.ts';

const test = suite('the program where-resolver');

/** Makes the controller from these flags; `requested` are the connections that it asked for. */
async function create(flags: { [flag: string]: string } = {}) {
  const { requested, cores, ...connections } = recordConnections(new FakeServer().client);
  const own = { flags, logger: createLogger('test', -1), registry: createRegistry('test') };
  const controller = await program.create({ ...own, espwPath: 'root:espw', ...connections });
  assert.equal(cores, [], 'slices are the same in each core');
  return { controller, requested };
}

test('it connects as its flags may say, by these contexts if they do not', async () => {
  const { controller, requested } = await create();
  assert.equal(
    requested.map(({ prefix, context }) => [prefix, context]),
    [
      ['espw', 'root'],
      ['base', 'base'],
    ],
  );
  assert.equal([...new Set(requested.map(({ prefix }) => prefix))].sort(), [...program.connections].sort());
  assert.ok(controller.notReady().length > 0, 'before it has started');
});

test('its help names each of its flags', () => {
  for (const flag of [...Object.keys(program.flags), ...program.connections])
    assert.match(program.usage, `--${flag}`);
});

test('it writes as a user of its own, who alone may write slices', async () => {
  const { requested } = await create();
  assert.equal(requested.find(({ prefix }) => prefix === 'base')?.headers, {
    'Impersonate-User': [programUser('where-resolver')],
    'Impersonate-Group': [KCP_ADMIN_GROUP],
  });
});

test.run();
