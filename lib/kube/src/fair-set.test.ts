import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { FairSet } from './fair-set.ts';

const test = suite('kube: fair set');
const flowOf = (key: string) => key.slice(0, 1);
const any = () => true;

test('takes in turn from each flow', () => {
  const set = new FairSet(flowOf);
  for (const key of ['a1', 'a2', 'a3', 'b1', 'a4', 'c1']) set.add(key);
  const taken = Array.from({ length: 6 }, () => set.take(any)?.key);
  assert.equal(taken, ['a1', 'b1', 'c1', 'a2', 'a3', 'a4']);
  assert.is(set.take(any), undefined);
});

test('a key stays in the flow that it was added to, whatever flow it would be added to later', () => {
  const flows = new Map([
    ['x', 'one'],
    ['y', 'one'],
    ['z', 'two'],
  ]);
  const set = new FairSet((key) => flows.get(key) ?? '');
  for (const key of flows.keys()) set.add(key);
  for (const key of flows.keys()) flows.set(key, 'three');
  set.add('y');
  assert.ok(set.has('y'));
  assert.equal(
    [set.take(any), set.take(any), set.take(any), set.take(any)],
    [{ key: 'x', flow: 'one' }, { key: 'z', flow: 'two' }, { key: 'y', flow: 'one' }, undefined],
  );
  assert.is(set.size, 0);
});

test('passes over what may not be taken now, and keeps it', () => {
  const set = new FairSet(flowOf);
  for (const key of ['a1', 'a2', 'b1']) set.add(key);
  assert.is(set.take((key) => key !== 'a1')?.key, 'a2');
  assert.is(
    set.take((key) => key === 'nothing'),
    undefined,
  );
  assert.is(set.size, 2);
  assert.ok(set.has('a1') && set.has('b1') && !set.has('a2'));
});

test('each key comes out once, in its order within its flow, and no flow waits for more than one key of each other', () => {
  const key = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(20)).map(([flow, n]) => `${flow}${n}`);
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const set = new FairSet(flowOf);
      for (const each of keys) set.add(each);
      const distinct = [...new Set(keys)];
      assert.is(set.size, distinct.length);
      const taken = distinct.map(() => set.take(any)?.key ?? '');
      for (const flow of 'abc') {
        const of = (list: string[]) => list.filter((each) => flowOf(each) === flow);
        assert.equal(of(taken), of(distinct));
        const places = taken.flatMap((each, at) => (flowOf(each) === flow ? [at] : []));
        const gaps = places.map((place, at) => place - (places[at - 1] ?? -1));
        assert.ok(gaps.every((gap) => gap <= 3));
      }
    }),
  );
});

test.run();
