import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { recordConnections } from '@kubestellar/testing/connections';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { program } from './program.ts';

const test = suite('the program placement-translator');

/** Makes the controller from these flags; `requested` are the connections that it asked for. */
async function create(flags: { [flag: string]: string } = {}) {
  const { requested, cores, ...connections } = recordConnections(new FakeServer().client);
  const own = { flags, logger: createLogger('test', -1), registry: createRegistry('test') };
  const controller = await program.create({ ...own, espwPath: 'root:espw', ...connections });
  return { controller, requested, cores };
}

test('it connects as its flags may say, by these contexts if they do not', async () => {
  const { controller, requested } = await create();
  assert.equal(
    requested.map(({ prefix, context }) => [prefix, context]),
    [
      ['root', 'root'],
      ['espw', 'root'],
      ['allclusters', 'system:admin'],
    ],
  );
  assert.equal([...new Set(requested.map(({ prefix }) => prefix))].sort(), [...program.connections].sort());
  assert.ok(controller.notReady().length > 0, 'before it has started');
});

test('it asks the edge service provider workspace which core it is of', async () => {
  assert.equal((await create()).cores, ['root:espw']);
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
