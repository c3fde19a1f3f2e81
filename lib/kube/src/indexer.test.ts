import type { KubeObject } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { Index } from './indexer.ts';

const test = suite('kube: index');
const object = (name: string, labels: { [key: string]: string }): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, labels },
});

test('an index finds objects under all their terms, and follows changes and deletions', () => {
  const index = new Index<KubeObject>(({ metadata }) => Object.values(metadata.labels ?? {}));
  const a = object('a', { x: '1', y: '2' });
  const b = object('b', { x: '1' });
  index.onAdd(a);
  index.onAdd(b);
  assert.equal(index.get('1'), [a, b]);
  assert.is(index.count('2'), 1);
  const moved = object('a', { x: '3' });
  index.onUpdate(moved, a);
  assert.equal(index.get('1'), [b]);
  assert.equal(index.get('2'), []);
  assert.equal(index.get('3'), [moved]);
  index.onDelete(moved);
  assert.is(index.count('3'), 0);
});

test.run();
