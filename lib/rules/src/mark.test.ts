import { type KubeObject, ORIGIN } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { formatMark, isReplaced, type Mark, markOf, parseMark, sourceIdsOf } from './mark.ts';

const test = suite('marks of copies');

const mark: Mark = {
  core: 'core-uid',
  syncTarget: 'target-uid',
  resource: 'services.serving.bb.test',
  namespace: 'n',
  name: 'hello',
  sources: [{ cluster: 'c1', uid: 'u1' }],
};
const id = (text: string) => {
  const [cluster = '', uid = ''] = text.split(':');
  return { cluster, uid };
};

function object(name: string, namespace: string | undefined, annotation: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...(namespace ? { namespace } : {}), annotations: { [ORIGIN]: annotation } },
  };
}

test('a mark is read as it was written, for any name that an object may have', () => {
  assert.is(formatMark(mark), 'core-uid/target-uid/services.serving.bb.test/n/hello/c1:u1');
  for (const each of [
    mark,
    { ...mark, namespace: '', sources: [] },
    { ...mark, name: 'system:a|b,c', sources: [id('c1:u1'), id(':u2')] },
  ])
    assert.equal(parseMark(formatMark(each)), each);
});

test('what is no mark is none', () => {
  for (const text of [
    '',
    'Service/n/hello',
    'a/b/c/d/e',
    'a/b/c/d/e/f',
    'a/b/c/d/e/c:u/g',
    '/b/c/d/e/',
    'a/b//d/e/',
  ])
    assert.is(parseMark(text), undefined, text);
});

test('a mark that speaks of another group, Namespace or name was inherited and is nobody’s', () => {
  const text = formatMark(mark);
  assert.equal(markOf(object('hello', 'n', text), 'services.serving.bb.test'), mark);
  assert.is(markOf(object('hello', 'n', text), 'services'), undefined);
  assert.is(markOf(object('hello-1', 'n', text), 'services.serving.bb.test'), undefined);
  assert.is(markOf(object('hello', 'other', text), 'services.serving.bb.test'), undefined);
  assert.is(markOf(object('hello', undefined, text), 'services.serving.bb.test'), undefined);
});

test('a copy is replaced when another object has the place of the one that it was made of', () => {
  const replaced = (marked: string[], current: string[]) => isReplaced(marked.map(id), current.map(id));
  assert.ok(replaced(['c1:a'], ['c1:b']));
  assert.not(replaced(['c1:a'], ['c1:a']));
  assert.not(replaced(['c1:a'], ['c1:a', 'c2:b']), 'a second source joined');
  assert.not(replaced(['c1:a', 'c2:b'], ['c1:new', 'c2:b']), 'one of two is still there');
  assert.not(replaced(['c1:a'], ['c2:b']), 'nothing proves that the first was deleted');
  assert.not(replaced([], ['c1:a']), 'nothing is known of what it was made of');
  assert.not(replaced(['c1:a'], []), 'nothing is to be made');
  assert.ok(replaced(['c1:a', 'c2:b'], ['c2:new']));
});

test('sources are named in the same order whatever the caches say, and never more than eight', () => {
  const source = (cluster: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', uid: `u-${cluster}`, annotations: { 'kcp.io/cluster': cluster } },
  });
  const all = ['c3', 'c1', 'c2'].map(source);
  assert.equal(sourceIdsOf('configmaps', all), sourceIdsOf('configmaps', all.toReversed()));
  const many = Array.from({ length: 20 }, (_, n) => source(`c${n + 10}`));
  assert.equal(sourceIdsOf('configmaps', many).length, 8);
  assert.equal(sourceIdsOf('namespaces', all), [], 'what holds others is never replaced');
  assert.equal(sourceIdsOf('customresourcedefinitions.apiextensions.k8s.io', all), []);
});

test.run();
