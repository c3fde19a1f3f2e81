import { KCP_ADMIN_GROUP, programUser } from '@kubestellar/api';
import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { program } from './program.ts';

const test = suite('the program where-resolver');

/** Makes the controller from these flags; `connections` are what it asked for. */
async function create(flags: { [flag: string]: string } = {}) {
  const { client } = new FakeServer();
  const connections: [prefix: string, context: string | undefined, headers: object | undefined][] = [];
  const controller = await program.create({
    flags,
    logger: createLogger('test', -1),
    registry: createRegistry('test'),
    espwPath: 'root:espw',
    connect: async (prefix, { context, headers }) => {
      connections.push([prefix, context, headers]);
      return client;
    },
    connectToVirtualWorkspace: async (espw) => {
      assert.is(espw.path, 'root:espw', 'the APIExport is in the edge service provider workspace');
      return client;
    },
    coreUid: async () => {
      throw new Error('slices are the same in each core');
    },
  });
  return { controller, connections };
}

test('it connects as its flags may say, by these contexts if they do not', async () => {
  const { controller, connections } = await create();
  assert.equal(
    connections.map(([prefix, context]) => [prefix, context]),
    [
      ['espw', 'root'],
      ['base', 'base'],
    ],
  );
  assert.equal([...new Set(connections.map(([prefix]) => prefix))].sort(), [...program.connections].sort());
  assert.ok(controller.notReady().length > 0, 'before it has started');
});

test('its help names each of its flags', () => {
  for (const flag of [...Object.keys(program.flags), ...program.connections])
    assert.match(program.usage, `--${flag}`);
});

test('it writes as a user of its own, who alone may write slices', async () => {
  const { connections } = await create();
  assert.equal(connections.find(([prefix]) => prefix === 'base')?.[2], {
    'Impersonate-User': [programUser('where-resolver')],
    'Impersonate-Group': [KCP_ADMIN_GROUP],
  });
});

test.run();
