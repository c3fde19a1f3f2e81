import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { program } from './program.ts';

const test = suite('the program mailbox-controller');

/** Makes the controller from these flags; `connections` are what it asked for. */
async function create(flags: { [flag: string]: string } = {}) {
  const { client } = new FakeServer();
  const connections: [prefix: string, context: string | undefined, headers: object | undefined][] = [];
  const asked: string[] = [];
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
    coreUid: async (espw) => {
      asked.push(espw.path);
      return 'core';
    },
  });
  return { controller, connections, asked };
}

test('it connects as its flags may say, by these contexts if they do not', async () => {
  const { controller, connections } = await create();
  assert.equal(
    connections.map(([prefix, context]) => [prefix, context]),
    [
      ['root', 'root'],
      ['mbws', 'base'],
      ['allclusters', 'system:admin'],
    ],
  );
  assert.equal([...new Set(connections.map(([prefix]) => prefix))].sort(), [...program.connections].sort());
  assert.ok(controller.notReady().length > 0, 'before it has started');
});

test('it asks the edge service provider workspace which core it is of', async () => {
  assert.equal((await create()).asked, ['root:espw']);
});

test('its help names each of its flags', () => {
  for (const flag of [...Object.keys(program.flags), ...program.connections])
    assert.match(program.usage, `--${flag}`);
});

test('how many work at the same time is a number of one or more', async () => {
  await create({ concurrency: '8' });
  const error = await create({ concurrency: '0' }).catch((reason: unknown) => reason);
  assert.match(String(error), 'concurrency');
});

test.run();
