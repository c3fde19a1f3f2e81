import { CONFIG_MAPS, CUSTOMIZERS, type KubeObject } from '@kubestellar/api';
import { ApiError } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { destinationOf, loggerOf, objectOf } from '../fixtures.ts';
import { type SourceKey, sourceKeyOf } from '../keys.ts';
import { type ReportParts, reportDependencies } from './report-io.ts';

const test = suite('what the reports on customization read and write');

const type = { resource: CONFIG_MAPS, identity: '' };
const annotations = { stale: 'x', kept: 'y' };
const object = objectOf(CONFIG_MAPS, 'w', 'o', { namespace: 'ns', annotations });

/** An object that goes to two mailbox workspaces, and is customized for the second one only. */
function world(isPartial = false) {
  const server = new FakeServer();
  server.put('w', CONFIG_MAPS, object);
  const watch = {
    type,
    informer: { get: (key: string) => (key === 'w/ns/o' ? object : undefined) },
    partial: isPartial,
  };
  const logged: unknown[] = [];
  let reads = 0;
  const want = (name: string) => ({ destinations: [destinationOf(name)] });
  const wants = new Map([
    ['m1', want('edge1')],
    ['m2', want('edge2')],
  ]);
  const parts = {
    everywhere: server.client,
    logger: loggerOf(logged),
    watches: {
      byId: (id: string) => (id === 'configmaps/' ? watch : undefined),
      full: async () => ({ reads: ++reads }),
    },
    evaluation: { getWants: () => wants, getPlacements: () => [] },
    customizations: {
      plan: (_: unknown, [destination]: { locationName: string }[]) =>
        destination?.locationName === 'edge2' ? { version: 'edge2' } : undefined,
      customizer: (key: string) => ({ key }),
      locationsUsing: () => [],
    },
    customized: {},
    evaluator: { evaluate: async () => ({ result: { problems: [['bad']] } }) },
  } as unknown as ReportParts;
  return { server, logged, deps: reportDependencies(parts), reads: () => reads };
}

const reported = (more: object) => ({
  ...{ resource: CONFIG_MAPS, object, problems: ['no such path'], changed: {}, stale: [] },
  ...more,
});

test('a source is found with one plan for each mailbox workspace that needs one', () => {
  const source = world().deps.getSource(sourceKeyOf(type, object));
  assert.is(source?.customized.workspace, 'w');
  assert.equal(
    [...(source?.plans ?? [])].map(({ version }) => version),
    ['edge2'],
  );
  for (const unknown of ['configmaps//w/ns/other', 'secrets//w/ns/o'] as SourceKey[])
    assert.is(world().deps.getSource(unknown), undefined);
});

test('it is read in full when somebody needs that, and then once', async () => {
  const { deps, reads } = world(true);
  const source = deps.getSource(sourceKeyOf(type, object));
  assert.is(reads(), 0);
  assert.is(await source?.customized.full(), await source?.customized.full());
  assert.equal([reads(), source?.customized.isPartial], [1, true]);
});

test('Customizers are found, and read, by the workers', async () => {
  const { deps } = world();
  assert.equal(deps.getCustomizer('w/ns/c') as unknown, { key: 'w/ns/c' });
  const customizer = objectOf(
    CUSTOMIZERS,
    'w',
    'c',
    { namespace: 'ns' },
    { replacements: [{ path: '!', value: '' }] },
  );
  assert.equal(await deps.listUnreadable(customizer as never, 'w/ns/c'), ['bad']);
});

test('what is wrong becomes annotations of exactly this object, and is logged; what is right again goes', async () => {
  const { server, deps, logged } = world();
  await deps.write(reported({ changed: { error: 'no such path' }, stale: ['stale'] }));
  const patch = server.bodies[0] as { metadata: Partial<KubeObject['metadata']> };
  assert.equal(patch.metadata, { uid: 'uid-o', annotations: { stale: null, error: 'no such path' } });
  assert.is(server.find('w', CONFIG_MAPS, 'o', 'ns')?.metadata.annotations?.error, 'no such path');
  assert.is(logged.length, 1);
  await deps.write(reported({ stale: ['kept'] }));
  assert.is(logged.length, 1, 'what ends is not an error');
});

test('an object that is gone needs no report; other failures are for the queue', async () => {
  const { server, deps } = world();
  const fail = (code: number) => {
    server.fails = { line: /^patch/, error: new ApiError('PATCH', code, {}) };
    return deps.write(reported({ stale: ['stale'] })).catch((error: unknown) => String(error));
  };
  assert.is(await fail(404), undefined);
  assert.match(String(await fail(503)), '503');
});

test.run();
