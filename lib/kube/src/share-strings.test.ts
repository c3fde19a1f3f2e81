import { assert, suite } from '@kubestellar/testing';
import { shareStrings } from './share-strings.ts';

const test = suite('shared strings');

const long = (letter: string) => letter.repeat(100);

test('an object with shared strings has the same contents', () => {
  const object = () => ({
    metadata: { name: 'x', labels: { a: 'b' } },
    data: { same: long('s'), other: long('o'), short: 'x', absent: null },
    list: [{ text: long('l') }, 1, true],
  });
  const known = {
    metadata: { name: 'y' },
    data: { same: long('s'), other: long('p'), short: 'y', more: long('m') },
    list: [{ text: long('l') }, { deeper: 1 }],
  };
  for (const other of [known, undefined, null, 'text', [], { data: 'no object' }]) {
    const shared = object();
    assert.is(shareStrings(shared, other), shared);
    assert.equal(shared, object());
  }
});

test('the known object is not changed', () => {
  const known = { data: { text: long('a') } };
  shareStrings({ data: { text: long('b'), more: long('c') } }, known);
  assert.equal(known, { data: { text: long('a') } });
});

test('objects that are nested deeper than the stack are shared, too', () => {
  const nested = () => {
    let value: unknown = { text: long('a') };
    for (let n = 0; n < 20_000; n++) value = { in: value };
    return value;
  };
  const object = nested();
  assert.is(shareStrings(object, nested()), object);
});

test.run();
