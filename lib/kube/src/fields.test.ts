import type { KubeObject, ManagedFieldsEntry } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { isScaledByOthers } from './fields.ts';
import { compareOwned } from './ownership.ts';

const test = suite('kube: owned fields');
type Content = { [field: string]: unknown };
type Fields = { [path: string]: unknown };

const desired = (content: Content, metadata: Content = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'x', namespace: 'ns', ...metadata },
    ...content,
  }) as KubeObject;

const entry = (fieldsV1: Fields, rest: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager: 'me',
  operation: 'Apply',
  fieldsV1,
  ...rest,
});

/** A live object of which `fields` are ours. */
const live = (content: Content, fields: Fields, metadata: Content = {}): KubeObject =>
  desired(content, { uid: 'u', resourceVersion: '1', managedFields: [entry(fields)], ...metadata });

const differences = (wanted: KubeObject, actual: KubeObject) =>
  compareOwned(wanted, actual, 'me').differences;

test('an object that was never applied by us is different', () => {
  const actual = desired({ spec: { a: 1 } });
  assert.equal(differences(desired({ spec: { a: 1 } }), actual), ['not applied yet']);
  const others = [
    entry({ 'f:spec': { 'f:a': {} } }, { manager: 'other' }),
    entry({ 'f:spec': { 'f:a': {} } }, { operation: 'Update' }),
    entry({ 'f:spec': { 'f:a': {} } }, { subresource: 'status' }),
  ];
  const touched = desired({ spec: { a: 1 } }, { managedFields: others });
  assert.is(differences(desired({ spec: { a: 1 } }), touched).length, 1);
});

test('equal owned fields are no difference, whatever else the object contains', () => {
  const actual = live(
    { spec: { a: 1, defaulted: true, list: [1, 2] }, status: { phase: 'x' } },
    { 'f:spec': { 'f:a': {}, 'f:list': {} } },
    { labels: { 'set.by/others': 'yes' } },
  );
  assert.equal(differences(desired({ spec: { a: 1, list: [1, 2] } }), actual), []);
});

test('a changed value, a new field and a field taken over by another manager are differences', () => {
  const actual = live({ spec: { a: 2, b: 1 } }, { 'f:spec': { 'f:a': {} } });
  assert.is(differences(desired({ spec: { a: 1 } }), actual).length, 1);
  assert.is(differences(desired({ spec: { a: 2, b: 1 } }), actual).length, 1);
  assert.equal(differences(desired({ spec: { a: 2 } }), actual), []);
});

test('a field that left the desired object is a difference until we no longer own it', () => {
  const wanted = desired({ spec: { a: 1 } });
  const both = { spec: { a: 1, b: 1 } };
  assert.is(differences(wanted, live(both, { 'f:spec': { 'f:a': {}, 'f:b': {} } })).length, 1);
  assert.equal(differences(wanted, live(both, { 'f:spec': { 'f:a': {} } })), []);
});

test('labels and annotations are compared key by key', () => {
  const fields = { 'f:metadata': { 'f:labels': { 'f:app.io/x': {} }, 'f:annotations': { 'f:note': {} } } };
  const metadata = {
    labels: { 'app.io/x': '1', other: '2' },
    annotations: { note: 'n', 'kcp.io/cluster': 'c' },
  };
  const wanted = desired({}, { labels: { 'app.io/x': '1' }, annotations: { note: 'n' } });
  assert.equal(differences(wanted, live({}, fields, metadata)), []);
  assert.is(differences(desired({}, { labels: { 'app.io/x': '1' } }), live({}, fields, metadata)).length, 1);
  assert.is(differences(desired({}), live({}, fields, metadata)).length, 2);
});

test('an object without content is settled once applied', () => {
  assert.equal(differences(desired({}), live({}, {})), []);
});

test('an empty map owns its existence only', () => {
  const wanted = desired({ spec: { selector: {} } });
  const fields = { 'f:spec': { 'f:selector': {} } };
  assert.equal(differences(wanted, live({ spec: { selector: {} } }, fields)), []);
  assert.equal(differences(wanted, live({ spec: { selector: { others: 1 } } }, fields)), []);
});

test('a map that was emptied is a difference', () => {
  const fields = { 'f:data': { '.': {}, 'f:a': {} } };
  assert.is(differences(desired({ data: {} }), live({ data: { a: '1' } }, fields)).length, 1);
  assert.is(differences(desired({}), live({ data: { a: '1' } }, fields)).length, 1);
});

const port = (containerPort: number, protocol: string, extra: Fields = {}) => ({
  [`k:{"containerPort":${containerPort},"protocol":"${protocol}"}`]: {
    '.': {},
    'f:containerPort': {},
    ...(protocol === 'TCP' ? {} : { 'f:protocol': {} }),
    ...extra,
  },
});

test('list entries are found by their keys, even when one has its default', () => {
  const wanted = desired({ spec: { ports: [{ containerPort: 80 }] } });
  const ports = [
    { containerPort: 81, protocol: 'TCP' },
    { containerPort: 80, protocol: 'TCP' },
  ];
  assert.equal(
    differences(wanted, live({ spec: { ports } }, { 'f:spec': { 'f:ports': port(80, 'TCP') } })),
    [],
  );
  assert.is(
    differences(wanted, live({ spec: { ports: [] } }, { 'f:spec': { 'f:ports': port(80, 'TCP') } })).length,
    1,
  );
});

test('two protocols of one port are compared with their own entries', () => {
  const tcp = { containerPort: 53 };
  const udp = { containerPort: 53, protocol: 'UDP', name: 'dns' };
  const fields = { 'f:spec': { 'f:ports': { ...port(53, 'TCP'), ...port(53, 'UDP', { 'f:name': {} }) } } };
  const actual = live({ spec: { ports: [{ ...tcp, protocol: 'TCP' }, udp] } }, fields);
  assert.equal(differences(desired({ spec: { ports: [tcp, udp] } }), actual), []);
  assert.equal(differences(desired({ spec: { ports: [udp, tcp] } }), actual), []);
  assert.ok(differences(desired({ spec: { ports: [tcp, { ...udp, name: 'other' }] } }), actual).length > 0);
});

test('an entry that is no longer desired, and a new one, are differences', () => {
  const fields = { 'f:spec': { 'f:ports': { ...port(80, 'TCP'), ...port(81, 'TCP') } } };
  const ports = [
    { containerPort: 80, protocol: 'TCP' },
    { containerPort: 81, protocol: 'TCP' },
  ];
  const actual = live({ spec: { ports } }, fields);
  assert.ok(differences(desired({ spec: { ports: [{ containerPort: 80 }] } }), actual).length > 0);
  const three = [...ports, { containerPort: 82 }];
  assert.ok(differences(desired({ spec: { ports: three } }), actual).length > 0);
});

test('an owner reference is one value', () => {
  const owner = { apiVersion: 'v1', kind: 'Owner', name: 'o', uid: 'u1' };
  const fields = { 'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"u1"}': {} } } };
  const actual = live({}, fields, { ownerReferences: [owner, { ...owner, uid: 'u2' }] });
  assert.equal(differences(desired({}, { ownerReferences: [owner] }), actual), []);
  const renamed = { ...owner, name: 'p' };
  assert.is(differences(desired({}, { ownerReferences: [renamed] }), actual).length, 1);
});

test('set lists are compared value by value', () => {
  const fields = { 'f:spec': { 'f:hosts': { 'v:"a"': {}, 'v:"b"': {} } } };
  const actual = live({ spec: { hosts: ['b', 'others', 'a'] } }, fields);
  assert.equal(differences(desired({ spec: { hosts: ['a', 'b'] } }), actual), []);
  assert.ok(differences(desired({ spec: { hosts: ['a'] } }), actual).length > 0);
  assert.ok(differences(desired({ spec: { hosts: ['a', 'b', 'c'] } }), actual).length > 0);
  assert.ok(
    differences(desired({ spec: { hosts: ['a', 'b'] } }), live({ spec: { hosts: ['a'] } }, fields)).length >
      0,
  );
});

test('a value with another type is a difference', () => {
  const actual = live({ spec: { a: { b: 1 } } }, { 'f:spec': { 'f:a': { 'f:b': {} } } });
  assert.ok(differences(desired({ spec: { a: 'text' } }), actual).length > 0);
  assert.ok(differences(desired({ spec: { a: [1] } }), actual).length > 0);
});

/** Structured values, and the fields that a server records for one who applies them. */
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
const { tree } = fc.letrec<{ tree: Content }>((tie) => ({
  tree: fc.dictionary(fc.constantFrom('a', 'b', 'c.d/e', 'f'), fc.oneof({ maxDepth: 3 }, leaf, tie('tree')), {
    minKeys: 1,
    maxKeys: 4,
    noNullPrototype: true,
  }),
}));

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [`f:${name}`, fieldsOf(member)]));
}

test('any object is settled when applied, and different when one of its leaves differs', () => {
  fc.assert(
    fc.property(tree, tree, (wanted, other) => {
      const settled = live({ spec: wanted, extra: other }, { 'f:spec': fieldsOf(wanted) });
      assert.equal(differences(desired({ spec: wanted }), settled), []);
      const drifted = live({ spec: other }, { 'f:spec': fieldsOf(wanted) });
      const same = JSON.stringify(sorted(pick(other, wanted))) === JSON.stringify(sorted(wanted));
      assert.is(differences(desired({ spec: wanted }), drifted).length === 0, same);
      const owned = live({ spec: wanted }, { 'f:spec': fieldsOf(other) });
      assert.is(
        differences(desired({ spec: wanted }), owned).length === 0,
        covers(fieldsOf(other), fieldsOf(wanted)),
      );
    }),
    { numRuns: 300 },
  );
});

/** Whether who owns `owned` owns exactly `wanted`; a field without members is owned with all its content. */
function covers(owned: Fields, wanted: Fields): boolean {
  const names = Object.keys(owned);
  if (names.length === 0) return true;
  if (names.length !== Object.keys(wanted).length) return false;
  return names.every((name) => name in wanted && covers(owned[name] as Fields, wanted[name] as Fields));
}

/** The part of `value` at the places that `shape` has. */
function pick(value: unknown, shape: unknown): unknown {
  if (typeof shape !== 'object' || shape === null || Array.isArray(shape)) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = value as Content;
  return Object.fromEntries(
    Object.entries(shape).map(([name, member]) => [name, pick(members[name], member)]),
  );
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

test('a writer of replicas through the scale subresource is recognized', () => {
  const replicas = { 'f:spec': { 'f:replicas': {} } };
  assert.not(isScaledByOthers(undefined));
  assert.not(
    isScaledByOthers([entry(replicas), entry(replicas, { manager: 'kubectl', operation: 'Update' })]),
  );
  assert.not(isScaledByOthers([entry({ 'f:status': {} }, { subresource: 'scale' })]));
  assert.ok(
    isScaledByOthers([entry(replicas, { manager: 'hpa', operation: 'Update', subresource: 'scale' })]),
  );
});

test('fields with names that JavaScript objects have themselves are compared like all others', () => {
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
    const data = JSON.parse(`{"${name}":"x"}`) as Content;
    const fields = { 'f:data': { [`f:${name}`]: {} } };
    assert.equal(differences(desired({ data }), live({ data }, fields)), [], name);
    // It left the wanted object, and has to leave the live one.
    assert.equal(differences(desired({ data: {} }), live({ data }, fields)), [`data.${name} still owned`]);
    assert.is(differences(desired({ data }), live({ data: {} }, fields)).length, 1, name);
  }
});

test('equal values are equal even with a field called constructor', () => {
  const spec = () => ({ list: [{ constructor: { a: 1 } }] });
  const fields = { 'f:spec': { 'f:list': {} } };
  assert.equal(differences(desired({ spec: spec() }), live({ spec: spec() }, fields)), []);
});

test.run();
