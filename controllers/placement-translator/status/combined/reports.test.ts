import type { SyncerConfig } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { formatObjectKey } from '../../keys.ts';
import { Reports } from './reports.ts';

const test = suite('reports of syncers');
const DENIED = { reason: 'Forbidden', message: 'forbidden: no' };
const configMap = (name: string) => formatObjectKey({ groupResource: 'configmaps', namespace: 'n', name });
const [a, b] = [configMap('a'), configMap('b')];
const x = formatObjectKey({ groupResource: 'things.g', namespace: '', name: 'x' });

function config(generation: number, names: string[], status?: SyncerConfig['status']): SyncerConfig {
  return {
    apiVersion: 'edge.kubestellar.io/v2alpha1',
    kind: 'SyncerConfig',
    metadata: { name: 'the-one', generation },
    spec: {
      namespacedObjects: [
        {
          group: '',
          resource: 'configmaps',
          apiVersion: 'v1',
          objectsByNamespace: [{ namespace: 'n', names }],
        },
      ],
      clusterScope: [{ group: 'g', resource: 'things', apiVersion: 'v1', objects: ['x'] }],
    },
    ...(status ? { status } : {}),
  };
}

test('without a report nothing is known to have arrived', () => {
  const reports = new Reports();
  assert.equal([...reports.update('m', [config(1, ['a'])])], []);
  assert.is(reports.stateOf('m', a), 'pending');
});

test('what is neither failing nor pending has arrived', () => {
  const reports = new Reports();
  const told = {
    observedGeneration: 1,
    failing: 1,
    failures: [{ ...DENIED, count: 1, objects: [{ resource: 'configmaps', namespace: 'n', names: ['a'] }] }],
    pending: [{ resource: 'things.g', names: ['x'] }],
  };
  assert.equal([...reports.update('m', [config(1, ['a', 'b'], told)])].sort(), [a, b]);
  assert.equal(reports.stateOf('m', a), DENIED);
  assert.is(reports.stateOf('m', b), 'applied');
  assert.is(reports.stateOf('m', x), 'pending');
  assert.is(reports.stateOf('other', b), 'pending');
});

test('a new generation takes nothing back, and tells nothing of what it adds', () => {
  const reports = new Reports();
  reports.update('m', [config(1, ['a'], { observedGeneration: 1 })]);
  assert.equal([...reports.update('m', [config(2, ['a', 'b'], { observedGeneration: 1 })])], []);
  assert.equal([reports.stateOf('m', a), reports.stateOf('m', b)], ['applied', 'pending']);
  assert.equal([...reports.update('m', [config(2, ['b'], { observedGeneration: 2 })])].sort(), [a, b]);
  assert.is(reports.stateOf('m', a), 'pending');
});

test('of several SyncerConfigs the generations of all must be those that the report is about', () => {
  const reports = new Reports();
  const parts = (...generations: number[]) => generations.map((each, n) => config(each, [`p${n}`]));
  const told = { observedGeneration: 1, observedParts: [4, 2] };
  reports.update('m', [config(1, ['a'], told), ...parts(4, 3)]);
  assert.is(reports.stateOf('m', a), 'pending', 'the second part is newer');
  reports.update('m', [config(1, ['a'], told), ...parts(4), undefined]);
  assert.is(reports.stateOf('m', a), 'pending', 'the second part is missing');
  reports.update('m', [config(1, ['a'], told), ...parts(4, 2)]);
  for (const name of ['a', 'p0', 'p1']) assert.is(reports.stateOf('m', configMap(name)), 'applied', name);
});

test('an incomplete report tells of those that it names only', () => {
  const reports = new Reports();
  reports.update('m', [config(1, ['a'], { observedGeneration: 1 })]);
  reports.update('m', [config(2, ['a', 'b'], { observedGeneration: 2, incomplete: true })]);
  assert.equal([reports.stateOf('m', a), reports.stateOf('m', b)], ['applied', 'pending']);
});

test('a star stands for all that the spec names there', () => {
  const reports = new Reports();
  const objects = [
    { resource: 'configmaps', namespace: 'n', names: ['*'] },
    { resource: 'things.g', names: ['*'] },
  ];
  const told = { observedGeneration: 1, failures: [{ ...DENIED, count: 3, objects }] };
  reports.update('m', [config(1, ['a', 'b'], told)]);
  assert.equal(
    [a, b, x].map((local) => reports.stateOf('m', local)),
    [DENIED, DENIED, DENIED],
  );
});

test('only what has changed is told of', () => {
  const reports = new Reports();
  const failing = (...names: string[]) => ({
    observedGeneration: 1,
    failures: [{ ...DENIED, count: 1, objects: [{ resource: 'configmaps', namespace: 'n', names }] }],
  });
  reports.update('m', [config(1, ['a', 'b'], failing('a'))]);
  assert.equal([...reports.update('m', [config(1, ['a', 'b'], failing('a'))])], []);
  assert.equal([...reports.update('m', [config(1, ['a', 'b'], failing('a', 'b'))])], [b]);
  assert.equal([...reports.update('m', [undefined])].sort(), [a, b, x]);
});

test.run();
