import type { ObjectMeta, Unstructured } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { decideUp as decide, toMailboxForm as form } from './decide.ts';

const test = suite('decisions about the mailbox');

const ACTOR = { resource: 'things.g.test', origin: { core: 'core', syncTarget: 'target' } };
const decideUp = (
  original: Unstructured | undefined,
  live: Unstructured | undefined,
  wanted: boolean,
  has: boolean,
) => decide(original, live, wanted, has, ACTOR);
const toMailboxForm = (original: Unstructured, hasStatus: boolean) => form(original, hasStatus, ACTOR);
const OURS = { 'edge.kubestellar.io/upsynced': 'Thing/n/a' };

test('a wanted original is brought up, and kept so', () => {
  assert.is(decideUp(thing(), undefined, true, true).do, 'apply');
  assert.is(decideUp(thing(), thing(OURS), true, true).do, 'apply');
});

test('what did not come up from here is left alone', () => {
  assert.is(decideUp(thing(), thing(), true, true).do, 'leave');
  assert.is(decideUp(undefined, thing(), true, true).do, 'nothing');
});

test('what the placement-translator has taken over is its copy', () => {
  const taken = thing(OURS, { labels: { 'edge.kubestellar.io/projected': 'yes' } });
  assert.is(decideUp(thing(), taken, true, true).do, 'leave');
  assert.is(decideUp(undefined, taken, true, true).do, 'nothing');
});

test('a copy goes with its original, wanted or not, and stays as long as that is there', () => {
  assert.is(decideUp(undefined, thing(OURS), true, true).do, 'delete');
  assert.is(decideUp(undefined, thing(OURS), false, true).do, 'delete');
  assert.is(decideUp(thing(), thing(OURS), false, true).do, 'nothing');
});

test('what came down does not go up', () => {
  const down = thing({ 'edge.kubestellar.io/downsynced': 'Thing/n/a' });
  assert.is(decideUp(down, undefined, true, true).do, 'nothing');
});

test('what a controller made of what came down goes up: the mark that it has inherited is of another object', () => {
  const downsynced = { 'edge.kubestellar.io/downsynced': 'Thing/n/a' };
  const mark = (resource: string) => ({ 'edge.kubestellar.io/origin': `core/target/${resource}/n/a/w:u` });
  assert.is(
    decideUp(thing({ ...downsynced, ...mark('things.g.test') }), undefined, true, true).do,
    'nothing',
  );
  assert.is(
    decideUp(thing({ ...downsynced, ...mark('things.other.test') }), undefined, true, true).do,
    'apply',
  );
});

test('the copy of an original that was deleted and made anew is deleted, and then made anew', () => {
  const copyOf = (uid: string) =>
    thing({ ...OURS, 'edge.kubestellar.io/origin': `core/target/things.g.test/n/a/:${uid}` });
  const original = thing({}, { uid: 'new' });
  assert.is(decideUp(original, copyOf('former'), true, true).do, 'delete');
  assert.is(decideUp(original, copyOf('new'), true, true).do, 'apply');
  assert.is(
    decideUp(original, thing(OURS), true, true).do,
    'apply',
    'of an older release: it is marked in place',
  );
  const { annotations } = toMailboxForm(original, true).metadata;
  assert.equal(annotations, copyOf('new').metadata.annotations);
});

test('what each server makes for itself stays where it is, and a copy of it leaves', () => {
  const system: [string, string, object][] = [
    ['Secret', 'token', { type: 'kubernetes.io/service-account-token' }],
    ['Secret', 'bootstrap', { type: 'bootstrap.kubernetes.io/token' }],
    ['ServiceAccount', 'default', {}],
    ['ConfigMap', 'kube-root-ca.crt', {}],
  ];
  for (const [kind, name, content] of system) {
    const object = (annotations: ObjectMeta['annotations'] = {}): Unstructured => {
      return { apiVersion: 'v1', kind, metadata: { name, namespace: 'n', annotations }, ...content };
    };
    assert.is(decideUp(object(), undefined, true, false).do, 'nothing', name);
    assert.is(decideUp(object(), object(), true, false).do, 'nothing', name);
    const copy = object({ 'edge.kubestellar.io/upsynced': `${kind}/n/${name}` });
    assert.is(decideUp(object(), copy, true, false).do, 'delete', name);
  }
  const opaque: Unstructured = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, type: 'Opaque' };
  assert.is(decideUp(opaque, undefined, true, false).do, 'apply');
});

test('the status goes along where it is not written apart', () => {
  const original = { ...thing(), status: { ok: true } };
  assert.equal(toMailboxForm(original, false).status, { ok: true });
  assert.is('status' in toMailboxForm(original, true), false);
});

test('the copy lacks the label by which the placement-translator knows its own', () => {
  const original = thing({}, { labels: { 'edge.kubestellar.io/projected': 'yes', a: 'b' } });
  assert.equal(toMailboxForm(original, true).metadata.labels, { a: 'b' });
});

test.run();

function thing(annotations: ObjectMeta['annotations'] = {}, more: Partial<ObjectMeta> = {}): Unstructured {
  return {
    apiVersion: 'g.test/v1',
    kind: 'Thing',
    metadata: { name: 'a', namespace: 'n', annotations, ...more },
  };
}
