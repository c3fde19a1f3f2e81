import { assert, suite } from '@kubestellar/testing';
import { strategicMerge } from './strategic-merge.ts';

const test = suite('strategic merge patches of denatured kinds');

test('members are set, merged and, with null, removed', () => {
  const live = { metadata: { name: 'a', labels: { x: '1', y: '2' } }, rules: [1] };
  const patch = { metadata: { labels: { x: null, z: '3' } }, rules: [2, 3] };
  assert.equal(strategicMerge(live, patch), {
    metadata: { name: 'a', labels: { y: '2', z: '3' } },
    rules: [2, 3],
  });
});

test('webhooks are identified by name, and keep members that the patch does not name', () => {
  const live = { webhooks: [{ name: 'a', policy: 'Fail', side: 'None' }, { name: 'b' }] };
  const patch = {
    $setElementOrder: 0,
    '$setElementOrder/webhooks': [{ name: 'c' }, { name: 'a' }],
    webhooks: [{ name: 'a', policy: 'Ignore' }, { name: 'c' }, { name: 'b', $patch: 'delete' }],
  };
  assert.equal(strategicMerge(live, patch), {
    webhooks: [{ name: 'c' }, { name: 'a', policy: 'Ignore', side: 'None' }],
  });
});

test('finalizers are merged as a set', () => {
  const live = { metadata: { finalizers: ['a', 'b'] } };
  assert.equal(strategicMerge(live, { metadata: { finalizers: ['c'] } }), {
    metadata: { finalizers: ['a', 'b', 'c'] },
  });
  const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } };
  assert.equal(strategicMerge(live, patch), { metadata: { finalizers: ['b'] } });
});

test('a map or list may be replaced or deleted as a whole', () => {
  const live = { spec: { a: 1, b: 2 }, other: { c: 3 }, webhooks: [{ name: 'a' }] };
  const patch = {
    spec: { $patch: 'replace', b: 3 },
    other: { $patch: 'delete' },
    webhooks: [{ $patch: 'replace' }, { name: 'z' }],
  };
  assert.equal(strategicMerge(live, patch), { spec: { b: 3 }, webhooks: [{ name: 'z' }] });
});

test('the patched object is not changed in place', () => {
  const live = { webhooks: [{ name: 'a', x: 1 }] };
  strategicMerge(live, { webhooks: [{ name: 'a', x: 2 }] });
  assert.equal(live, { webhooks: [{ name: 'a', x: 1 }] });
});

test('the longest lists of a patch are merged without delaying other requests', () => {
  const names = Array.from({ length: 30_000 }, (_, at) => `n${at}`);
  const entries = names.map((name) => ({ name }));
  const began = performance.now();
  const merged = strategicMerge(
    { finalizers: names, webhooks: entries },
    {
      '$deleteFromPrimitiveList/finalizers': names.slice(1),
      '$setElementOrder/webhooks': entries.toReversed(),
      webhooks: entries.map((entry, at) => (at === 7 ? { ...entry, $patch: 'delete' } : { ...entry, x: 1 })),
    },
  ) as { finalizers: string[]; webhooks: { name: string; x: number }[] };
  assert.ok(performance.now() - began < 5_000);
  assert.equal(merged.finalizers, ['n0']);
  assert.is(merged.webhooks.length, names.length - 1);
  assert.equal(merged.webhooks[0], { name: 'n29999', x: 1 });
});

test('names that JavaScript treats specially are merged like others', () => {
  const patch = JSON.parse(
    '{"data": {"__proto__": {"a": "1"}, "constructor": {"b": "2"}, "toString": null}}',
  );
  const merged = strategicMerge(JSON.parse('{"data": {"__proto__": {"c": "3"}, "toString": "x"}}'), patch);
  assert.is(JSON.stringify(merged), '{"data":{"__proto__":{"c":"3","a":"1"},"constructor":{"b":"2"}}}');
  assert.is(({} as { a?: string }).a, undefined);
});

test.run();
