import { assert, suite } from '@kubestellar/testing';
import { coalesced } from './coalesce.ts';

const test = suite('kube: coalesced questions');
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

test('all who ask before a question is sent share it; who asks later gets a newer answer', async () => {
  const pending: ((answer: number) => void)[] = [];
  const ask = coalesced(() => new Promise<number>((resolve) => pending.push(resolve)));
  const first = [ask(), ask(), ask()];
  await tick();
  assert.is(pending.length, 1);
  const later = [ask(), ask()];
  await tick();
  assert.is(pending.length, 1, 'one at a time');
  pending[0]?.(1);
  assert.equal(await Promise.all(first), [1, 1, 1]);
  await tick();
  assert.is(pending.length, 2);
  pending[1]?.(2);
  assert.equal(await Promise.all(later), [2, 2]);
});

test('a failure reaches those who asked, and not those who ask next', async () => {
  let times = 0;
  const ask = coalesced(async () => {
    if (++times === 1) throw new Error('gone');
    return times;
  });
  const failed = await Promise.allSettled([ask(), ask()]);
  assert.equal(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.is(await ask(), 2);
});

test.run();
