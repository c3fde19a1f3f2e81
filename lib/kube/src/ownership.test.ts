import { CREATED_FIELDS, type KubeObject, type ManagedFieldsEntry } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { asApplied, compareOwned, marked } from './ownership.ts';

const test = suite('kube: ownership');
type Content = { [field: string]: unknown };

const thing = (spec: Content, metadata: Content = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', ...metadata }, spec }) as KubeObject;

const MARK = { 'f:metadata': { 'f:annotations': { '.': {}, [`f:${CREATED_FIELDS}`]: {} } } };
const entry = (fieldsV1: Content, rest: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager: 'me',
  operation: 'Update',
  fieldsV1,
  ...rest,
});

/** The result of creating `object` at a server: `defaults` are added, and all fields are ours. */
function created(object: KubeObject, defaults: Content): KubeObject {
  const spec = { ...(object.spec as Content), ...defaults };
  const fields = Object.fromEntries(Object.keys(spec).map((name) => [`f:${name}`, {}]));
  const live = marked({ ...object, spec });
  live.metadata.annotations = marked(object).metadata.annotations ?? {};
  live.metadata.managedFields = [entry({ ...MARK, 'f:spec': fields })];
  return live;
}

test('defaults of the server in a created object are no difference', () => {
  const live = created(thing({ a: 1 }), { filledIn: true });
  assert.equal(compareOwned(thing({ a: 1 }), live, 'me'), { differences: [], mustHandOver: false });
});

test('another value is applied at once', () => {
  const live = created(thing({ a: 1 }), { filledIn: true });
  const { differences, mustHandOver } = compareOwned(thing({ a: 2 }), live, 'me');
  assert.is(differences.length, 1);
  assert.not(mustHandOver);
});

test('an added or removed field requires that the created fields are handed over', () => {
  const live = created(thing({ a: 1, b: 1 }), { filledIn: true });
  for (const wanted of [thing({ a: 1 }), thing({ a: 1, b: 1, c: 1 }), thing({ a: 1, c: 1 })]) {
    const { differences, mustHandOver } = compareOwned(wanted, live, 'me');
    assert.ok(differences.length > 0);
    assert.ok(mustHandOver);
  }
});

test('a field that another manager has taken over since then is a difference', () => {
  const live = created(thing({ a: 1, b: 1 }), {});
  live.metadata.managedFields = [entry({ ...MARK, 'f:spec': { 'f:a': {} } })];
  assert.is(compareOwned(thing({ a: 1, b: 1 }), live, 'me').differences.length, 1);
});

test('an object without the mark counts as not applied', () => {
  const live = created(thing({ a: 1 }), {});
  live.metadata.annotations = {};
  assert.equal(compareOwned(thing({ a: 1 }), live, 'me'), {
    differences: ['not applied yet'],
    mustHandOver: true,
  });
});

test('unwanted fields that were handed over are a difference until an apply releases them', () => {
  const live = created(thing({ a: 1 }), { filledIn: true });
  live.metadata.managedFields = asApplied(live.metadata.managedFields ?? [], 'me');
  const { differences, mustHandOver } = compareOwned(thing({ a: 1 }), live, 'me');
  assert.is(differences.length, 2, 'the mark and the default');
  assert.not(mustHandOver);
});

test('handing over unites created and applied fields, and leaves other managers alone', () => {
  const others = [
    entry({ 'f:x': {} }, { manager: 'other' }),
    entry({ 'f:y': {} }, { subresource: 'status' }),
  ];
  const own = [
    entry({ 'f:spec': { 'f:a': {}, 'f:c': {} } }, { apiVersion: 'v1' }),
    entry({ 'f:spec': { 'f:a': {}, 'f:b': {} } }, { operation: 'Apply', apiVersion: 'v2' }),
  ];
  const fieldsV1 = { 'f:spec': { 'f:a': {}, 'f:b': {}, 'f:c': {} } };
  assert.equal(asApplied([...own, ...others], 'me'), [
    ...others,
    entry(fieldsV1, { operation: 'Apply', apiVersion: 'v2' }),
  ]);
  assert.equal(asApplied(others, 'me'), others);
});

test('the mark depends on fields, not on values or order', () => {
  const mark = (spec: Content) => marked(thing(spec)).metadata.annotations?.[CREATED_FIELDS];
  assert.is(mark({ a: 1, b: ['x'] }), mark({ b: ['y'], a: 2 }));
  assert.is.not(mark({ a: 1 }), mark({ b: 1 }));
  assert.is.not(mark({ a: [1] }), mark({ a: [1, 2] }));
  assert.is.not(mark({ a: {} }), mark({ a: 1 }));
});

test.run();
