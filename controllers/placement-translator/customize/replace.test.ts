import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import type { JSONValue } from 'json-p3';
import { compilePath } from './query.ts';
import { setAll } from './replace.ts';

const test = suite('setting what a path selects (spec semantics 8.3)');

const root = { a: { b: 1, c: [10, 20, 30, { b: 2 }], 'x-y': { b: 3 } }, s: 'text', n: null };

/** `rule: [path, value, what becomes of the members that change]` */
const rules: { [rule: string]: [string, JSONValue, object] } = {
  'a member is set': ['$.a.b', 9, { a: { ...root.a, b: 9 } }],
  'a value of any type replaces one of any type': ['$.a', ['x', null, {}], { a: ['x', null, {}] }],
  'a missing last member is created': ['$.a.new', { deep: true }, { a: { ...root.a, new: { deep: true } } }],
  'a missing member of the root is created': ['$.new', 1, { new: 1 }],
  'each missing name of a list is created': ["$['p','s']", 1, { p: 1, s: 1 }],
  'it is created below a single index': [
    '$.a.c[3].new',
    1,
    { a: { ...root.a, c: [10, 20, 30, { b: 2, new: 1 }] } },
  ],
  'and below [i:i+1:1], which is a single index': [
    '$.a.c[3:4].new',
    1,
    { a: { ...root.a, c: [10, 20, 30, { b: 2, new: 1 }] } },
  ],
  'and below a list of single indices': [
    '$.a.c[0,3].new',
    1,
    { a: { ...root.a, c: [10, 20, 30, { b: 2, new: 1 }] } },
  ],
  'after * nothing is created': ['$.*.new', 1, {}],
  'after a range nothing is created': ['$.a.c[0:4].new', 1, {}],
  'after .. nothing is created': ['$...new', 1, {}],
  'after * what exists is set': ['$.a.*.b', 9, { a: { ...root.a, c: root.a.c, 'x-y': { b: 9 } } }],
  'maps that are missing on the way are not created': ['$.a.no.such', 1, {}],
  'null on the way is not a map': ['$.n.new', 1, {}],
  'an index sets an element': ['$.a.c.1', 9, { a: { ...root.a, c: [10, 9, 30, { b: 2 }] } }],
  'a list of indices sets each': ['$.a.c[0,2]', 9, { a: { ...root.a, c: [9, 20, 9, { b: 2 }] } }],
  'an index beyond the end selects nothing': ['$.a.c[4]', 9, {}],
  'a range sets what is there of it': ['$.a.c[2:99]', 9, { a: { ...root.a, c: [10, 20, 9, 9] } }],
  'a stride skips': ['$.a.c[::2]', 9, { a: { ...root.a, c: [9, 20, 9, { b: 2 }] } }],
  'a stride of 0 selects nothing': ['$.a.c[::0]', 9, {}],
  'a name on an array selects nothing': ['$.a.c.b', 9, {}],
  'a name on a string selects nothing': ['$.s.length', 9, {}],
  'an index on a map selects nothing': ['$.a[0]', 9, {}],
  'an index on a string selects nothing': ['$.s[0]', 9, {}],
  '* selects all members': ['$.a.*', 9, { a: { b: 9, c: 9, 'x-y': 9 } }],
  '[*] selects all elements': ['$.a.c[*]', 9, { a: { ...root.a, c: [9, 9, 9, 9] } }],
  '.. reaches every depth': ['$...b', 9, { a: { b: 9, c: [10, 20, 30, { b: 9 }], 'x-y': { b: 9 } } }],
  '..* replaces the outermost': ['$..*', 9, { a: 9, s: 9, n: 9 }],
  'an inherited name is a name like others': ['$.toString', 9, { toString: 9 }],
  'nothing is selected by an inherited name': ['$.*.toString', 9, {}],
};
for (const [rule, [path, value, changed]] of Object.entries(rules)) {
  test(`${rule}: ${path}`, () => {
    const before = structuredClone(root);
    assert.equal(setAll(root as JSONValue, compilePath(path), JSON.stringify(value)), {
      ...root,
      ...changed,
    });
    assert.equal(root, before, 'the source stays as it is');
  });
}

test('a replaced subtree is not descended, neither with its old content nor with the new one', () => {
  const tree = { b: { b: { b: 1 } }, c: { b: { b: 2 } } };
  assert.equal(setAll(tree, compilePath('$...b'), '{"b":"new"}'), {
    b: { b: 'new' },
    c: { b: { b: 'new' } },
  });
});

test('the root itself can be set', () => assert.equal(setAll(root as JSONValue, compilePath('$'), '5'), 5));

test('each place gets a value of its own', () => {
  const once = setAll({ a: 1, b: 2 }, compilePath("$['a','b']"), '{"n":0}');
  assert.equal(setAll(once, compilePath('$.a.n'), '1'), { a: { n: 1 }, b: { n: 0 } });
});

test('a member named __proto__ is a member', () => {
  const result = setAll({ a: {} }, compilePath('$.a.__proto__'), '{"polluted":true}') as { a: object };
  assert.is(JSON.stringify(result), '{"a":{"__proto__":{"polluted":true}}}');
  assert.is((result.a as { polluted?: boolean }).polluted, undefined);
});

test('RFC 9535: a filter selects list entries by their name', () => {
  const pod = {
    containers: [
      { name: 'app', image: 'a' },
      { name: 'side', image: 'b' },
    ],
  };
  assert.equal(setAll(pod, compilePath("$.containers[?@.name=='side'].image"), '"c"'), {
    containers: [
      { name: 'app', image: 'a' },
      { name: 'side', image: 'c' },
    ],
  });
});

test('RFC 9535: a single negative index is definite', () => {
  assert.equal(setAll({ l: [{}, {}] }, compilePath('$.l[-1].new'), '1'), { l: [{}, { new: 1 }] });
});

test('paths that would multiply their places are quick', () => {
  let deep: JSONValue = 1;
  for (let depth = 0; depth < 60; depth++) deep = { a: deep };
  const begin = performance.now();
  assert.is(setAll(deep, compilePath(`$${'..*'.repeat(20)}['no']`), '1'), deep);
  assert.is(setAll(deep, compilePath(`$${"['a','a']".repeat(40)}.*.no`), '1'), deep);
  assert.ok(performance.now() - begin < 2000);
});

test('property: setting a second time changes nothing more, and what is selected then holds the value', () => {
  const paths = [
    '$.a',
    '$.a.b',
    '$.*',
    '$[*].a',
    '$...a',
    '$..*',
    "$['a','b']",
    '$.a[0]',
    '$.a[0:2]',
    '$.a.0.b',
  ];
  const key = fc.constantFrom('a', 'b', 'c');
  const { tree } = fc.letrec<{ tree: JSONValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<JSONValue>(null, 1, 'text'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(
      tree,
      fc.constantFrom(...paths),
      fc.constantFrom<JSONValue>(null, 'v', []),
      (value, text, set) => {
        const path = compilePath(text);
        const once = setAll(value, path, JSON.stringify(set));
        assert.equal(setAll(once, path, JSON.stringify(set)), once);
        for (const { value: found } of path.query.query(once)) assert.equal(found, set);
      },
    ),
    { numRuns: 500 },
  );
});

test.run();
