import type { KubeObject } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { releasePatch } from './release.ts';

const test = suite('an adopted object is let go of');

const OTHER = { manager: 'kubectl', operation: 'Update' as const };
const STATUS = { manager: 'kubestellar-syncer', operation: 'Update' as const, subresource: 'status' };
const OURS = { manager: 'kubestellar-syncer', operation: 'Apply' as const };

function object(metadata: object): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', resourceVersion: '7', ...metadata } };
}

test('our labels, annotations and fields leave it, and nothing of others does', () => {
  const patch = releasePatch(
    object({
      labels: { 'edge.kubestellar.io/projected': 'yes', app: 'web', 'edge.kubestellar.io.mine/x': '1' },
      annotations: { 'edge.kubestellar.io/adopted': 'ConfigMap/n/c', note: 'theirs' },
      managedFields: [OTHER, OURS, STATUS],
    }),
  );
  assert.equal(patch, [
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    { op: 'replace', path: '/metadata/managedFields', value: [OTHER, STATUS] },
    { op: 'remove', path: '/metadata/labels/edge.kubestellar.io~1projected' },
    { op: 'remove', path: '/metadata/annotations/edge.kubestellar.io~1adopted' },
  ]);
});

test('fields that were ours alone are owned by nobody', () => {
  const patch = releasePatch(object({ managedFields: [OURS] }));
  assert.equal(patch[1], { op: 'replace', path: '/metadata/managedFields', value: [{}] });
});

test('what we own nothing of keeps its managed fields', () => {
  assert.is(releasePatch(object({ managedFields: [OTHER] })).length, 1);
});

test.run();
