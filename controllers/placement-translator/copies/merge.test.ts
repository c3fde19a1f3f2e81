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

const ODD = ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'];
/** As a server sends it: what is named `__proto__` is a member, too. */
const parsed = (text: string) => JSON.parse(text) as { [name: string]: string };
const withOdd = (value: string) => parsed(`{${ODD.map((name) => `"${name}":"${value}"`)}}`);

test("members of JavaScript's own names are merged as all others are", () => {
  const newer = copy({ data: { a: '1' } }, { labels: { a: '1' } });
  const older = copy({ data: withOdd('x') }, { labels: withOdd('l'), annotations: withOdd('n') });
  const { copy: merged, conflicts } = mergeCopies([newer, older]);
  assert.equal(conflicts, []);
  const { labels = {}, annotations = {} } = merged.metadata;
  const { data } = merged as KubeObject & { data: { [name: string]: string } };
  for (const [map, value] of [
    [data, 'x'],
    [labels, 'l'],
    [annotations, 'n'],
  ] as const)
    for (const name of ODD)
      assert.is(Object.getOwnPropertyDescriptor(map, name)?.value, value, `${name} of ${value}`);
  assert.is(Object.getPrototypeOf(data), Object.prototype);
});

test("members of JavaScript's own names that disagree are told, those that agree are not", () => {
  assert.equal(
    mergeCopies([copy({ data: withOdd('1') }), copy({ data: withOdd('2') })]).conflicts,
    ODD.map((name) => `data.${name}`).sort(),
  );
  assert.equal(mergeCopies([copy({ data: withOdd('1') }), copy({ data: withOdd('1') })]).conflicts, []);
  const nested = () => copy({ spec: { constructor: { a: 1 } } });
  assert.equal(mergeCopies([nested(), nested()]).conflicts, []);
});

test("fields of JavaScript's own names at the top of an object come from the source that has them", () => {
  const { copy: merged } = mergeCopies([
    copy({}),
    copy(JSON.parse('{"toString":{"a":1},"__proto__":{"b":2}}')),
  ]);
  assert.equal(Object.getOwnPropertyDescriptor(merged, 'toString')?.value, { a: 1 });
  assert.equal(Object.getOwnPropertyDescriptor(merged, '__proto__')?.value, { b: 2 });
});

test.run();
