import { assert, suite } from '@kubestellar/testing';
import { locationName, oneName } from '../shell/names.ts';
import { missingLabels, parseLabels } from './labels.ts';

const test = suite('names and labels');

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    return (error as { exitCode?: number }).exitCode === 2;
  }
}

test('labels that Kubernetes accepts are accepted', () => {
  const labels = parseLabels(['foo=bar', 'the-word=the-bird', 'example.com/A_b.c=1', `x=${'a'.repeat(63)}`]);
  assert.equal(Object.keys(labels), ['foo', 'the-word', 'example.com/A_b.c', 'x']);
  assert.is(labels['the-word'], 'the-bird');
});

test('labels that the server would refuse are refused before the request', () => {
  const bad = [
    'foo',
    'a=b=c',
    '=b',
    'a=',
    'a=-b',
    'a=b-',
    `a=${'x'.repeat(64)}`,
    '-a=b',
    'a b=c',
    'A.com/x=y',
    'a/b/c=d',
    'id=x',
  ];
  for (const word of bad)
    assert.ok(
      isRefused(() => parseLabels([word])),
      word,
    );
  assert.ok(isRefused(() => parseLabels([])));
  assert.ok(isRefused(() => parseLabels(['a=1', 'a=2'])));
});

test('only labels that differ are missing', () => {
  assert.equal(missingLabels({ a: '1', b: '2', c: '3' }, { a: '1', b: 'x' }), [
    ['b', '2'],
    ['c', '3'],
  ]);
  assert.equal(missingLabels({ a: '1' }, undefined), [['a', '1']]);
});

test('a valid name of a location is accepted', () => {
  for (const name of ['a', 'edge-1', 'a.b-c.d', '0']) assert.is(locationName(name), name);
  for (const name of [undefined, '', 'default', 'A', '-a', 'a-', 'a..b', 'a_b', 'x'.repeat(254)]) {
    assert.ok(
      isRefused(() => locationName(name)),
      String(name),
    );
  }
});

test('a valid name of a workspace is accepted', () => {
  assert.is(oneName(['wmw1'], 'WMW'), 'wmw1');
  for (const words of [[], ['a', 'b'], ['root:a'], ['a.b'], ['A'], ['x'.repeat(64)]]) {
    assert.ok(
      isRefused(() => oneName(words, 'WMW')),
      words.join(' '),
    );
  }
});

test.run();
