import type { KubeObject } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { inOrder } from './source-order.ts';

const test = suite('the order of the sources of one copy');

const source = (cluster: string, second: number, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    name: 'a',
    creationTimestamp: `2026-01-01T00:00:0${second}Z`,
    resourceVersion,
    annotations: { 'kcp.io/cluster': cluster },
  },
});
const clusters = (objects: KubeObject[], groupResource: string) =>
  objects.sort(inOrder(groupResource)).map(({ metadata }) => metadata.annotations?.['kcp.io/cluster']);

test('of most objects the one written last counts', () => {
  const objects = [source('old', 1, '9'), source('new', 2, '10'), source('other', 3, '2')];
  assert.equal(clusters(objects, 'configmaps'), ['new', 'old', 'other']);
});

test('of CustomResourceDefinitions the oldest counts, whatever is written later', () => {
  const objects = [source('new', 2, '10'), source('old', 1, '99'), source('other', 3, '2')];
  assert.equal(clusters(objects, 'customresourcedefinitions.apiextensions.k8s.io'), ['old', 'new', 'other']);
});

test('sources of one age are in the order of their workspaces, so that every look finds the same', () => {
  const objects = [source('b', 1, '5'), source('a', 1, '5')];
  for (const resource of ['configmaps', 'customresourcedefinitions.apiextensions.k8s.io'])
    assert.equal(clusters([...objects], resource), ['a', 'b']);
});

test.run();
