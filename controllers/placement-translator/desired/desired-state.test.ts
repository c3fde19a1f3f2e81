import { CONFIG_MAPS } from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import type { LocalObject, Source, Want } from '../keys.ts';
import { Desired } from './desired-state.ts';

const test = suite('the desired state (spec semantics 5.1)');

const type = { resource: CONFIG_MAPS, identity: '' };
const local = (name: string): LocalObject => ({ groupResource: 'configmaps', namespace: 'ns', name });
const source = (cluster: string, name: string): Source => ({
  type,
  key: formatKey({ cluster, namespace: 'ns', name }),
});

function wants(from: Source, ...mailboxes: string[]): Map<string, Want> {
  return new Map(
    mailboxes.map((mailbox) => [mailbox, { source: from, destinations: [], wantReturn: false }]),
  );
}

test('withdrawing one of two sources leaves the object wanted', () => {
  const desired = new Desired();
  const [a, b] = [source('w1', 'x'), source('w2', 'x')];
  desired.set(a, 'w1', local('x'), wants(a, 'm1'));
  desired.set(b, 'w2', local('x'), wants(b, 'm1'));
  assert.is(desired.in('m1', local('x')).length, 2);
  desired.set(a, 'w1', local('x'), new Map());
  assert.is(desired.in('m1', local('x'))[0]?.source.key, b.key);
  desired.set(b, 'w2', local('x'), new Map());
  assert.equal(desired.in('m1', local('x')), []);
  assert.equal([...desired.mailboxes()], []);
});

test('a change names the mailboxes to look at, and those where the object came or went', () => {
  const desired = new Desired();
  const a = source('w1', 'x');
  assert.equal([...desired.set(a, 'w1', local('x'), wants(a, 'm1', 'm2')).turned], ['m1', 'm2']);
  const change = desired.set(a, 'w1', local('x'), wants(a, 'm2', 'm3'));
  assert.equal([...change.mailboxes].sort(), ['m1', 'm2', 'm3']);
  assert.equal([...change.turned].sort(), ['m1', 'm3']);
});

test('a resource is needed from the first object until the last one', () => {
  const desired = new Desired();
  const [x, y] = [source('w1', 'x'), source('w1', 'y')];
  assert.equal([...desired.set(x, 'w1', local('x'), wants(x, 'm1')).resources], ['configmaps']);
  assert.equal([...desired.set(y, 'w1', local('y'), wants(y, 'm1')).resources], []);
  assert.equal([...desired.needing('w1', 'configmaps')], ['m1']);
  assert.equal([...desired.set(x, 'w1', local('x'), new Map()).resources], []);
  assert.equal([...desired.set(y, 'w1', local('y'), new Map()).resources], ['configmaps']);
  assert.equal([...desired.needing('w1', 'configmaps')], []);
});

test('a mailbox has an API of a workspace from the first object on, to the last', () => {
  const desired = new Desired();
  const [a, b] = [source('w1', 'x'), source('w1', 'y')];
  assert.equal([...desired.set(a, 'w1', local('x'), wants(a, 'm1')).apis], ['m1']);
  assert.equal([...desired.set(b, 'w1', local('y'), wants(b, 'm1', 'm2')).apis], ['m2']);
  const bound: Source = { type: { resource: CONFIG_MAPS, identity: 'h' }, key: 'w1/ns/z' };
  assert.equal([...desired.set(bound, 'w1', local('z'), wants(bound, 'm1')).apis], ['m1']);
  assert.equal(
    desired.apisOf('m1', 'configmaps').map((api) => [api.type.identity, api.cluster]),
    [
      ['', 'w1'],
      ['h', 'w1'],
    ],
  );
  assert.equal([...desired.set(a, 'w1', local('x'), new Map()).apis], []);
  assert.equal([...desired.set(b, 'w1', local('y'), new Map()).apis], ['m1', 'm2']);
  assert.equal([...desired.resourcesIn('m2')], []);
  assert.equal([...desired.resourcesIn('m1')], ['configmaps']);
  assert.equal([...desired.ofResourceIn('m1', 'configmaps')], [local('z')]);
});

test('it counts what each EdgePlacement wants in each mailbox', () => {
  const desired = new Desired();
  const [a, b] = [source('w1', 'x'), source('w1', 'y')];
  const of = (from: Source, ...placements: string[]) =>
    new Map([['m', { source: from, destinations: [], wantReturn: false, placements }]]);
  const counts = () => ['p', 'q'].map((uid) => desired.countPlaced(uid, 'm'));
  desired.set(a, 'w1', local('x'), of(a, 'p', 'q'));
  desired.set(b, 'w1', local('y'), of(b, 'p'));
  assert.equal(counts(), [2, 1]);
  desired.set(a, 'w1', local('x'), of(a, 'q'));
  assert.equal(counts(), [1, 1]);
  desired.set(a, 'w1', local('x'), new Map());
  desired.set(b, 'w1', local('y'), new Map());
  assert.equal(counts(), [0, 0]);
});

test.run();
