import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type Logger, type ProgramContext } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { programOf } from './program.ts';

const test = suite('the program kubestellar-operator');

let folder: string;
let program: ReturnType<typeof programOf>;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-operator-'));
  await writeFile(join(folder, 'version.json'), JSON.stringify({ version: '1.0.0' }));
  program = programOf(folder);
});
test.after(() => rm(folder, { recursive: true }));

const nothing = () => undefined;

function contextOf(flags: ProgramContext['flags'], more: object = {}): ProgramContext {
  return {
    flags,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing } as unknown as Logger,
    registry: createRegistry('test'),
    setNotReady: nothing,
    ...more,
  } as unknown as ProgramContext;
}

test('outside of a pod it needs a namespace', async () => {
  const error = await program.run(contextOf({})).catch((reason: unknown) => String(reason));
  assert.match(String(error), '--namespace is required outside of a pod');
});

test('its help names each of its flags', () => {
  for (const flag of Object.keys(program.flags)) assert.match(program.usage, `--${flag.replace(/-.*/, '')}`);
});

test('it runs until it is to end, and is not ready before it has read its Lease', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'nobody', user: {} }],
      contexts: [{ name: 'none', context: { cluster: 'none', user: 'nobody' } }],
      'current-context': 'none',
    }),
  );
  const end = new AbortController();
  const started = Promise.withResolvers<() => string[]>();
  const running = program.run(
    contextOf(
      { namespace: 'ks', 'hosting-kubeconfig': kubeconfig },
      {
        signal: end.signal,
        setNotReady: (ask: () => string[]) => started.resolve(ask),
      },
    ),
  );
  const notReady = await started.promise;
  assert.match(notReady()[0] ?? '', 'could not be read yet');
  end.abort();
  await running;
});

test.run();
