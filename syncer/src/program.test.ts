import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type Logger, type ProgramContext } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { program } from './program.ts';

const test = suite('the program kubestellar-syncer');

const NEEDED = { 'from-kubeconfig': 'mailbox', 'sync-target-uid': 'uid', 'to-kubeconfig': 'cluster' };
let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-syncer-'));
});
test.after(() => rm(folder, { recursive: true }));

/** @returns what is wrong with these flags, where no pod is around */
function problemOf(flags: ProgramContext['flags']): string {
  const { KUBERNETES_SERVICE_HOST: host } = process.env;
  delete process.env.KUBERNETES_SERVICE_HOST;
  try {
    program.check?.(flags);
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (host !== undefined) process.env.KUBERNETES_SERVICE_HOST = host;
  }
}

test('flags without which nothing can be done are required', () => {
  assert.is(problemOf(NEEDED), '');
  for (const flag of ['from-kubeconfig', 'sync-target-uid'])
    assert.is(problemOf({ ...NEEDED, [flag]: undefined }), `--${flag} is required`);
  assert.match(problemOf({ ...NEEDED, 'to-kubeconfig': undefined }), 'is required outside of a cluster');
});

test('flags that contradict others, or are no numbers, are refused', () => {
  const { 'to-kubeconfig': _, ...inCluster } = NEEDED;
  assert.is(problemOf({ ...inCluster, 'to-context': 'x' }), '--to-context needs --to-kubeconfig');
  assert.is(problemOf({ ...NEEDED, qps: 'many' }), '--qps takes a number');
  assert.is(problemOf({ ...NEEDED, qps: '5', burst: '10' }), '');
});

test('its help names each of its flags', () => {
  for (const flag of Object.keys(program.flags)) assert.match(program.usage, `--${flag}`);
});

test('it runs until it is to end, and is not ready before it has read anything', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { server: 'https://127.0.0.1:1' };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'none', cluster }],
      users: [{ name: 'nobody', user: {} }],
      contexts: [{ name: 'none', context: { cluster: 'none', user: 'nobody' } }],
      'current-context': 'none',
    }),
  );
  const nothing = () => undefined;
  const end = new AbortController();
  const started = Promise.withResolvers<void>();
  let notReady = (): string[] => [];
  const running = program.run({
    flags: { ...NEEDED, 'from-kubeconfig': kubeconfig, 'to-kubeconfig': kubeconfig },
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing } as unknown as Logger,
    registry: createRegistry('test'),
    signal: end.signal,
    setNotReady: (ask: () => string[]) => {
      notReady = ask;
    },
    setNotes: () => started.resolve(),
  } as unknown as ProgramContext);
  await started.promise;
  assert.ok(notReady().some((reason) => reason.includes('were not read yet')));
  end.abort();
  await running;
});

test.run();
