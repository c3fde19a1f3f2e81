import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { isDefinite, PathError, parsePath, type Segment, toRFC9535 } from './path.ts';
import { compilePath } from './query.ts';

const test = suite('the JSON paths of Customizers (spec semantics 8.3)');

/** Each form of the grammar, in the dialect and as RFC 9535 writes it. */
const translations: { [dialect: string]: string } = {
  $: '$',
  '$.spec': '$["spec"]',
  '$.spec.template': '$["spec"]["template"]',
  '$._a.$b.c_$9': '$["_a"]["$b"]["c_$9"]',
  '$.größe': '$["größe"]',
  '$.a\u200d\u200cb': '$["a\u200d\u200cb"]',
  '$.0': '$[0]',
  '$.12.a': '$[12]["a"]',
  '$.*': '$[*]',
  '$[*]': '$[*]',
  "$['a']": '$["a"]',
  '$["a-b"]': '$["a-b"]',
  "$['s','t']": '$["s","t"]',
  '$[ \'s\' , "t" ]': '$["s","t"]',
  "$['it\\'s \\x41\\u0042\\u{43}\\n\\q']": '$["it\'s ABC\\nq"]',
  "$['\\ud83d\\ude00']": '$["😀"]',
  '$[3]': '$[3]',
  '$[0,2,1]': '$[0,2,1]',
  '$[:]': '$[0::1]',
  '$[::]': '$[0::1]',
  '$[1:]': '$[1::1]',
  '$[:2]': '$[0:2:1]',
  '$[1:5:2]': '$[1:5:2]',
  '$[::3]': '$[0::3]',
  '$..*': '$..[*]',
  '$...foo': '$..["foo"]',
  '$...*': '$..[*]',
  '$...0': '$..[0]',
  "$..['foo']": '$..["foo"]',
  '$..[1:2]': '$..[1:2:1]',
  '$.a...b[0]..*.c': '$["a"]..["b"][0]..[*]["c"]',
};
for (const [dialect, expected] of Object.entries(translations)) {
  test(`${dialect} means ${expected}`, () => {
    assert.is(toRFC9535(parsePath(dialect)), expected);
    compilePath(dialect);
  });
}

const broken = [
  '',
  'spec',
  '.spec',
  '$spec',
  '$.',
  '$.a-b',
  '$.9a',
  '$..',
  '$..foo',
  '$[',
  '$[]',
  '$[1',
  "$['a]",
];
const brokenToo = [
  '$[-1]',
  "$['a',0]",
  '$[1:2,3]',
  '$[*,1]',
  '$[a]',
  "$['\\x4']",
  "$['\\1']",
  "$['\\ud800']",
];
const brokenLast = [
  "$['\\u{110000}']",
  '$[99999999999999999999]',
  '$.a ',
  '$ .a',
  '$[1.5]',
  '$...',
  '$....a',
];
for (const path of [...broken, ...brokenToo, ...brokenLast]) {
  test(`${JSON.stringify(path)} is not in the dialect`, () => {
    const error = thrownBy(() => parsePath(path));
    assert.instance(error, PathError);
    assert.match(error?.message ?? '', /at character \d+/);
  });
}

test('what RFC 9535 adds to the dialect is accepted', () => {
  for (const path of ['$..foo', '$[-1]', "$['a',0]", '$ .a', "$.spec.containers[?@.name=='app'].image"])
    compilePath(path);
  for (const path of ['', 'spec', '$.a.', '$[', '$..'])
    assert.instance(
      thrownBy(() => compilePath(path)),
      PathError,
      path,
    );
});

test('a path can not keep the controller busy', () => {
  const costly = [
    "$[?match(@.a, '(a+)+b')]",
    '$[?count(@..*) > 1]',
    '$[?@..a]',
    "$.a[?@.b && !(@['x','y'])]",
    `$${'.a'.repeat(3000)}`,
  ];
  for (const path of costly)
    assert.instance(
      thrownBy(() => compilePath(path)),
      PathError,
      path,
    );
});

test('definite is what names its places by itself', () => {
  for (const path of ['$', '$.a.b', '$.a.0', "$['a','b'].c", '$[0,1]', '$.a[3:4]', '$.a[3:4:1].b'])
    assert.ok(isDefinite(parsePath(path)), path);
  for (const path of ['$.*', '$[*].a', '$[1:3].a', '$[1:2:2]', '$[:]', '$...a', '$..*'])
    assert.not(isDefinite(parsePath(path)), path);
});

const name = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Surrogate}/u.test(text));
const list = <T>(selector: fc.Arbitrary<T>) => fc.array(selector, { minLength: 1, maxLength: 3 });
const selectors: fc.Arbitrary<Segment['selectors']> = fc.oneof(
  list(fc.record({ kind: fc.constant('name' as const), name })),
  list(fc.record({ kind: fc.constant('index' as const), index: fc.nat() })),
  fc
    .record({
      kind: fc.constant('slice' as const),
      start: fc.nat(),
      end: fc.option(fc.nat(), { nil: undefined }),
      step: fc.nat(),
    })
    .map((slice) => [slice]),
  fc.constant<Segment['selectors']>([{ kind: 'wildcard' }]),
);

test('property: the translation of any path is RFC 9535, and the dialect reads it as the same path', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ descendant: fc.boolean(), selectors }), { maxLength: 6 }),
      (segments) => {
        const text = toRFC9535(segments);
        assert.is(JSON.stringify(parsePath(text)), JSON.stringify(segments));
        assert.is(compilePath(text).query.segments.length, segments.length);
      },
    ),
  );
});

test('property: no text at all makes the reader fail otherwise than by its own error', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\$[.*[\]'"\\:,0-9a-z$-]{0,12}$/), (text) => {
      const error = thrownBy(() => compilePath(text));
      if (error) assert.instance(error, PathError, text);
    }),
    { numRuns: 2000 },
  );
});

function thrownBy(call: () => unknown): Error | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

test.run();
