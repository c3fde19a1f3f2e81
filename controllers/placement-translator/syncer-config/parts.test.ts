import { CONFIG_MAPS, type Resource } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { type Named, namedIn } from './named.ts';
import { distribute } from './parts.ts';
import { specOf } from './spec.ts';

const test = suite('parts of a SyncerConfig');
const NODES: Resource = { ...CONFIG_MAPS, plural: 'nodes', kind: 'Node', namespaced: false };

function named(name: string, namespace = 'n', resource = CONFIG_MAPS): Named {
  const { plural } = resource;
  return {
    resource,
    local: { groupResource: plural, namespace: resource.namespaced ? namespace : '', name },
  };
}
const many = (count: number, prefix = 'object') =>
  Array.from({ length: count }, (_, n) => named(`${prefix}-${n}`));
const namesIn = (part: readonly Named[] | undefined) => (part ?? []).map(({ local }) => local.name).sort();

test('what is small enough is in one, and so is nothing', () => {
  assert.equal(distribute([], []), [[]]);
  const few = many(20);
  assert.equal(distribute(few, []), [few]);
  assert.equal(distribute(few, [few.slice(5)], 1000), [few.slice(5).concat(few.slice(0, 5))]);
});

test('what is too much goes into further ones, each of a bounded size', () => {
  const wanted = Array.from({ length: 12_000 }, (_, n) => named('x'.repeat(200) + n, `namespace-${n % 30}`));
  const parts = distribute(wanted, []);
  assert.is(parts.flat().length, wanted.length);
  assert.ok(parts.length > 5);
  for (const part of parts) assert.ok(JSON.stringify(specOf(part)).length < 360_000);
});

test('what is in a part stays there; what comes fills the gaps; empty parts at the end go', () => {
  const [first = [], second = []] = distribute(many(20), [], 250);
  assert.ok(first.length > 0 && second.length > 0);
  const without = [...first.slice(3), ...second];
  assert.equal(distribute(without, [first, second], 250).map(namesIn), [first.slice(3), second].map(namesIn));
  const added = distribute([...without, named('new')], [first, second], 250);
  assert.equal(namesIn(added[0]), namesIn([...first.slice(3), named('new')]));
  assert.equal(namesIn(added[1]), namesIn(second));
  assert.equal(distribute(first, [first, second], 250).map(namesIn), [namesIn(first)]);
  assert.equal(distribute(second, [first, second], 250).map(namesIn), [[], namesIn(second)]);
});

test('an object that several parts name stays in the first of them', () => {
  const object = named('twice');
  const parts = distribute([object], [[], [object], [object]], 250);
  assert.equal(parts.map(namesIn), [[], ['twice']]);
});

test('property: all that is wanted is in exactly one part, in its own if it had one, and specs read back the same', () => {
  const name = fc.integer({ min: 0, max: 40 });
  const object = fc.record({ name, namespace: fc.constantFrom('a', 'b'), node: fc.boolean() });
  const objects = fc
    .array(object, { maxLength: 60 })
    .map((list) =>
      list.map((each) => named(`o${each.name}`, each.namespace, each.node ? NODES : CONFIG_MAPS)),
    );
  const keyOf = ({ local }: Named) => `${local.groupResource}|${local.namespace}|${local.name}`;
  fc.assert(
    fc.property(objects, objects, fc.integer({ min: 150, max: 500 }), (before, after, limit) => {
      const old = distribute(before, [], limit);
      const parts = distribute(after, old, limit);
      assert.equal(parts.flat().map(keyOf).sort(), [...new Set(after.map(keyOf))].sort());
      for (const [n, part] of old.entries())
        for (const each of part) {
          if (!after.map(keyOf).includes(keyOf(each))) continue;
          assert.ok(parts[n]?.map(keyOf).includes(keyOf(each)), 'it moved');
        }
      for (const part of parts) {
        const config = {
          apiVersion: 'v1',
          kind: 'SyncerConfig',
          metadata: { name: 'x' },
          spec: specOf(part),
        };
        assert.equal(namedIn(config).map(keyOf).sort(), part.map(keyOf).sort());
      }
    }),
  );
});

test.run();
