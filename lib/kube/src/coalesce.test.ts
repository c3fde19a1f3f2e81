import { assert, suite } from '@kubestellar/testing';
import { coalesced } from './coalesce.ts';

const test = suite('kube: coalesced requests');
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

test('callers before a request is sent share it, and a later caller gets a newer response', async () => {
  const pending: ((response: number) => void)[] = [];
  const request = coalesced(() => new Promise<number>((resolve) => pending.push(resolve)));
  const first = [request(), request(), request()];
  await tick();
  assert.is(pending.length, 1);
  const later = [request(), request()];
  await tick();
  assert.is(pending.length, 1, 'one at a time');
  pending[0]?.(1);
  assert.equal(await Promise.all(first), [1, 1, 1]);
  await tick();
  assert.is(pending.length, 2);
  pending[1]?.(2);
  assert.equal(await Promise.all(later), [2, 2]);
});

test('a failure reaches the callers of that request and not later ones', async () => {
  let times = 0;
  const request = coalesced(async () => {
    if (++times === 1) throw new Error('unreachable');
    return times;
  });
  const failed = await Promise.allSettled([request(), request()]);
  assert.equal(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.is(await request(), 2);
});

test.run();
