import type { KubeObject } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { mergeCopies } from './merge.ts';

const test = suite('one copy of several sources');

function copy(content: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', ...metadata }, ...content };
}

test('a single source is the copy', () => {
  const only = copy({ spec: { size: 1 } });
  assert.equal(mergeCopies([only]), { copy: only, conflicts: [] });
});

test('labels and annotations come together by their keys, the newer ones win without a word', () => {
  const newer = copy({}, { labels: { a: 'new', b: '1' } });
  const older = copy({}, { labels: { a: 'old', c: '2' }, annotations: { note: 'kept' } });
  const { copy: merged, conflicts } = mergeCopies([newer, older]);
  assert.equal(merged.metadata, {
    name: 'a',
    labels: { a: 'new', b: '1', c: '2' },
    annotations: { note: 'kept' },
  });
  assert.equal(conflicts, []);
});

test('of specs, lists and scalars that disagree the newest counts, and it is told', () => {
  const newer = copy({ spec: { size: 2 }, type: 'A', rules: [1] });
  const older = copy({ spec: { size: 1, more: true }, type: 'B', rules: [2], extra: 5 });
  const { copy: merged, conflicts } = mergeCopies([newer, older]);
  assert.equal(merged, copy({ spec: { size: 2 }, type: 'A', rules: [1], extra: 5 }, { labels: {} }));
  assert.equal(conflicts, ['rules', 'spec', 'type']);
});

test('maps are merged member by member, and members that disagree are told', () => {
  const copies = [
    copy({ data: { a: '1' } }),
    copy({ data: { a: '2', b: '2' } }),
    copy({ data: { b: '3', c: '3' } }),
  ] as const;
  const { copy: merged, conflicts } = mergeCopies(copies);
  assert.equal((merged as KubeObject & { data: object }).data, { a: '1', b: '2', c: '3' });
  assert.equal(conflicts, ['data.a', 'data.b']);
});

test('sources that agree are no conflict, whatever the order of their fields', () => {
  const { conflicts } = mergeCopies([
    copy({ spec: { a: 1, b: [2] }, data: { x: 'y' } }),
    copy({ spec: { b: [2], a: 1 }, data: { x: 'y' } }),
  ]);
  assert.equal(conflicts, []);
});

test('the sources stay as they are', () => {
  const newer = copy({ data: { a: '1' } }, { labels: { a: '1' } });
  mergeCopies([newer, copy({ data: { b: '2' } }, { labels: { b: '2' } })]);
  assert.equal(newer, copy({ data: { a: '1' } }, { labels: { a: '1' } }));
});

test.run();
