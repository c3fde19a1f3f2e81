import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { ListEntries, listMembers, namedBy } from './list-entries.ts';

const test = suite('kube: entries of owned lists');

const named = (...members: string[]) => namedBy(listMembers(members));

test('an entry is found by its keys, first one with all of them, else one that leaves some out', () => {
  const [loose, exact] = [
    { port: 1, v: 'loose' },
    { port: 1, protocol: 'TCP', v: 'exact' },
  ];
  const keys = { port: 1, protocol: 'TCP' };
  assert.is(new ListEntries([loose, exact]).find(keys), exact);
  assert.is(new ListEntries(['x', null, { port: 2 }, loose]).find(keys), loose);
  assert.is(new ListEntries([{ protocol: 'TCP' }, loose]).find(keys)?.protocol, 'TCP');
  assert.is(new ListEntries([{ port: 1, protocol: 'UDP' }]).find(keys), undefined);
});

test('values are found whatever the order of their members', () => {
  const list = new ListEntries([{ a: 1, b: [2] }, 'x']);
  assert.ok(list.has({ b: [2], a: 1 }));
  assert.ok(list.has('x'));
  assert.not(list.has({ a: 1 }));
});

test('the entries that some member names are found', () => {
  const isNamed = named('k:{"port":1,"protocol":"TCP"}', 'v:"x"', 'i:0');
  for (const entry of [{ port: 1 }, { port: 1, protocol: 'TCP' }, 'x']) assert.ok(isNamed(entry));
  for (const entry of [{ port: 2 }, { port: 1, protocol: 'UDP' }, 'y', 0]) assert.not(isNamed(entry));
});

test('lists of thousands of entries are searched in negligible time', () => {
  const entries = Array.from({ length: 20_000 }, (_, n) => ({ name: `n${n}`, value: 'x' }));
  const members = listMembers(entries.map(({ name }) => `k:{"name":"${name}"}`));
  const begin = performance.now();
  const list = new ListEntries(entries);
  assert.ok(members.every(({ keys }) => keys && list.find(keys)?.name === keys.name));
  assert.ok(entries.every(namedBy(members)));
  assert.ok(performance.now() - begin < 3000);
});

const value = fc.constantFrom<unknown>('a', 1, { x: 1 }, [1]);
const entry = fc.oneof(fc.record({ name: value, port: value }, { requiredKeys: [] }), value);
const keys = fc.record({ name: value, port: value });

test('an entry that is found by keys has these keys, as far as it has any of them', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), keys, (list, wanted) => {
      const fits = (each: unknown, absentFits: boolean) =>
        typeof each === 'object' &&
        each !== null &&
        !Array.isArray(each) &&
        Object.entries(wanted).every(([key, expected]) => {
          const own = (each as { [key: string]: unknown })[key];
          return own === undefined ? absentFits : JSON.stringify(own) === JSON.stringify(expected);
        });
      const expected = list.find((each) => fits(each, false)) ?? list.find((each) => fits(each, true));
      assert.is(new ListEntries(list).find(wanted), expected);
      const isNamed = named(`k:${JSON.stringify(wanted)}`);
      for (const each of list) assert.is(isNamed(each), fits(each, true));
    }),
    { numRuns: 1000 },
  );
});

test.run();
