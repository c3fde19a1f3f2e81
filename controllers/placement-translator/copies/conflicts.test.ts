import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, type Resource } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { loggerOf, objectOf } from '../fixtures.ts';
import type { EventRecorder } from '../status/events.ts';
import { Conflicts } from './conflicts.ts';

const test = suite('conflicts between workspaces');

const rival = (cluster: string, resource: Resource = CONFIG_MAPS) => ({
  type: { resource, identity: '' },
  object: objectOf(resource, cluster, 'x', { namespace: 'ns', uid: cluster }),
});

function world() {
  const told: [string | undefined, string][] = [];
  const lines: unknown[] = [];
  const record: EventRecorder['record'] = async ({ metadata }, { message }) => {
    told.push([metadata.uid, message]);
  };
  const conflicts = new Conflicts({ record } as EventRecorder, loggerOf(lines));
  return { conflicts, told, lines };
}

test('those that do not count are told in which workspace the one is that does, and where they differ', async () => {
  const { conflicts, told, lines } = world();
  await conflicts.found([rival('w1'), rival('w2'), rival('w3')], ['data.a', 'spec']);
  const message =
    'the workspace with ID w1 has this object, too, written later: there its data.a, spec counts';
  assert.equal(told, [
    ['w2', message],
    ['w3', message],
  ]);
  assert.is(lines.length, 2);
});

test('of CRDs the one that counts is reported as made earlier', async () => {
  const { conflicts, told } = world();
  const [first, second] = ['w1', 'w2'].map((cluster) => rival(cluster, CUSTOM_RESOURCE_DEFINITIONS));
  if (first && second) await conflicts.found([first, second], ['spec']);
  assert.match(told[0]?.[1] ?? '', 'this object, too, made earlier: there its spec counts');
});

test('the same is told once, for all clusters, and another conflict anew', async () => {
  const { conflicts, told } = world();
  for (let n = 0; n < 3; n++) await conflicts.found([rival('w1'), rival('w2')], ['spec']);
  assert.is(told.length, 1);
  await conflicts.found([rival('w1'), rival('w2')], ['data.a']);
  assert.is(told.length, 2);
});

test('a conflict that was over is told again when it comes back', async () => {
  for (const end of [[rival('w1'), rival('w2')], [rival('w2')], [rival('w2'), rival('w1')]]) {
    const { conflicts, told } = world();
    await conflicts.found([rival('w1'), rival('w2')], ['spec']);
    await conflicts.found(end, []);
    await conflicts.found([rival('w1'), rival('w2')], ['spec']);
    assert.equal(
      told.map(([uid]) => uid),
      ['w2', 'w2'],
    );
  }
});

test('of nothing nothing is told', async () => {
  const { conflicts, told } = world();
  await conflicts.found([], ['spec']);
  assert.equal(told, []);
});

test.run();
