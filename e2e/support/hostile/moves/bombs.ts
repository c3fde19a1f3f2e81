/** What is small to write and long to evaluate: paths of Customizers, expressions of StatusCollectors, deep objects. */
import { CUSTOMIZERS, EDGE_PLACEMENTS, STATUS_COLLECTORS } from '@kubestellar/api';
import fc from 'fast-check';
import { applied, below, type Move, type Scene } from '../move.ts';
import { BLOBS } from './objects.ts';

const SEGMENTS = [
  ...['..*', '..*', '..x', '[*]', '.spec', '.*', '..[*]', '[?(@..x)]', '..[?(@.*)]'],
  ...['[0:99999999]', "['__proto__']", '.constructor', '.__proto__.polluted', "['a','a','a']", '[-1]'],
];
const VALUES = ['1', 'null', '{"__proto__":{"polluted":true}}', '"%(__proto__)"', `"${'x'.repeat(4_000)}"`];
const LIST = `[${Array.from({ length: 100 }, (_, n) => n)}]`;
const EXPRESSIONS = [
  'true',
  `${LIST}.all(a, ${LIST}.all(b, a + b >= 0))`,
  `[0,1,2,3,4,5,6,7,8,9].map(a, [0,1,2,3,4,5,6,7,8,9].map(b, [0,1,2,3,4,5,6,7,8,9].map(c, [0,1,2,3,4,5,6,7,8,9].map(d, [0,1,2,3,4,5,6,7,8,9].map(e, a + b + c + d + e))))).size() > 0`,
  `'${'a'.repeat(40)}'.matches('(a+)+$b')`,
  `obj.metadata['__proto__'].x == 1`,
];

/** What makes programs work long, or for nothing. */
export function bombMoves(scene: Scene): [weight: number, fc.Arbitrary<Move>][] {
  const base = below(scene.own, '');
  const path = fc
    .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 6 })
    .map((segments) => `$${segments.join('')}`);
  const replacements = fc.uniqueArray(fc.record({ path, value: fc.constantFrom(...VALUES) }), {
    ...{ minLength: 1, maxLength: 4, selector: (each) => each.path },
  });
  const customizer = fc.record({ name: fc.constantFrom('c-0', 'c-1'), replacements }).map(
    ({ name, replacements: all }): Move => ({
      kind: 'write a Customizer with long paths',
      steps: [applied(base, CUSTOMIZERS, { name, namespace: 'hostile' }, { replacements: all })],
    }),
  );
  const collector = fc
    .record({ name: fc.constantFrom('c-0', 'c-1'), filter: fc.constantFrom(...EXPRESSIONS) })
    .map(
      ({ name, filter }): Move => ({
        kind: 'write a StatusCollector that takes long',
        steps: [
          applied(
            base,
            STATUS_COLLECTORS,
            { name },
            { spec: { filter, select: [{ name: 'x', def: filter }] } },
          ),
        ],
      }),
    );
  const blob = fc
    .record({
      name: fc.constantFrom('b-0', 'b-1'),
      chains: fc.integer({ min: 1, max: 120 }),
      depth: fc.integer({ min: 1, max: 250 }),
      customizer: fc.constantFrom('c-0', 'c-1'),
    })
    .map((choice) => nesting(base, choice));
  return [
    [3, customizer],
    [2, collector],
    [3, blob],
  ];
}

interface Blob {
  name: string;
  chains: number;
  depth: number;
  customizer: string;
}

function nesting(base: string, { name, chains, depth, customizer }: Blob): Move {
  let chain: unknown = 'x';
  for (let level = 0; level < depth; level++) chain = [chain];
  const annotations = {
    'edge.kubestellar.io/customizer': customizer,
    'edge.kubestellar.io/expand-parameters': 'true',
  };
  const spec = {
    locationSelectors: [{ matchLabels: { env: 'demo' } }],
    downsync: [{ apiGroup: BLOBS.group, resources: [BLOBS.plural], statusCollectors: ['c-0', 'c-1'] }],
  };
  return {
    kind: 'place a deeply nested object',
    steps: [
      applied(base, EDGE_PLACEMENTS, { name: 'blobs' }, { spec }),
      applied(
        base,
        BLOBS,
        { name, namespace: 'hostile', annotations },
        { spec: { chains: Array.from({ length: chains }, () => chain) } },
      ),
    ],
  };
}
