import { assert, suite } from '@kubestellar/testing';
import { UnprovenKeys } from './unproven.ts';

const test = suite('keys that wait for proof');

function world() {
  const enqueued: string[] = [];
  return { enqueued, keys: new UnprovenKeys<string>((key) => enqueued.push(key)) };
}

test('a key waits until more is known, and is looked at once then', () => {
  const { keys, enqueued } = world();
  keys.add('a', keys.knowledge);
  keys.add('a', keys.knowledge);
  assert.equal(enqueued, []);
  keys.retry();
  keys.retry();
  assert.equal(enqueued, ['a']);
});

test('what became known while a key was reconciled counts, too', () => {
  const { keys, enqueued } = world();
  const since = keys.knowledge;
  keys.retry();
  keys.add('a', since);
  assert.equal(enqueued, ['a']);
  keys.retry();
  assert.equal(enqueued, ['a']);
});

test.run();
