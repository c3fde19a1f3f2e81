import { assert, suite } from '@kubestellar/testing';
import fc from 'fast-check';
import { AdaptiveLimit, type Outcome } from './adaptive-limit.ts';

const test = suite('kube: adaptive limit');

/** A limit with a clock of its own. */
function limitWithClock(least = 2, most = 64) {
  const clock = { now: 0 };
  const limit = new AdaptiveLimit({ least, most, now: () => clock.now });
  /** A full round: as many requests as allowed, answered after `milliseconds`. */
  const round = async (milliseconds: number, outcome: Outcome = 'answered') => {
    const leaves = await Promise.all(Array.from({ length: limit.value }, () => limit.enter()));
    clock.now += milliseconds;
    for (const leave of leaves) leave(outcome);
  };
  return { limit, clock, round };
}

test('a limit grows to its maximum while responses are fast, doubling until the first cut', async () => {
  const { limit, round } = limitWithClock();
  assert.is(limit.value, 16);
  await round(10);
  assert.is(limit.value, 32);
  for (let i = 0; i < 5; i++) await round(10);
  assert.is(limit.value, 64);
});

test('a limit that was not reached does not grow', async () => {
  const { limit, clock } = limitWithClock();
  for (let i = 0; i < 100; i++) {
    const leave = await limit.enter();
    clock.now += 5;
    leave('answered');
  }
  assert.is(limit.value, 16);
});

test('a limit is halved once by many refusals of one moment of overload, and then grows by one', async () => {
  const { limit, round } = limitWithClock();
  await round(10, 'overloaded');
  assert.is(limit.value, 8);
  await round(10);
  assert.is(limit.value, 9);
});

test('a limit shrinks when responses become slow, down to its minimum, and recovers', async () => {
  const { limit, round } = limitWithClock();
  await round(10);
  for (let i = 0; i < 40; i++) await round(1_000);
  assert.is(limit.value, 2);
  for (let i = 0; i < 10; i++) await round(10);
  assert.is(limit.value, 12);
});

test('a limit is not cut by responses that always were slow', async () => {
  const { limit, round } = limitWithClock();
  for (let i = 0; i < 5; i++) await round(2_000);
  assert.is(limit.value, 64);
});

test('a limit is not changed by a server that is unreachable', async () => {
  const { limit, round } = limitWithClock();
  await round(10, 'lost');
  assert.is(limit.value, 16);
});

test('a limit is never exceeded, and serves waiting requests in their order', async () => {
  const outcome = fc.constantFrom<Outcome>('answered', 'answered', 'overloaded', 'lost');
  const step = fc.record({ enter: fc.nat(30), leave: fc.nat(30), milliseconds: fc.nat(800), outcome });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { limit, clock } = limitWithClock(1, 20);
      const inside: ((outcome: Outcome) => void)[] = [];
      const order: number[] = [];
      let came = 0;
      const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
      for (const { enter, leave, milliseconds, outcome } of steps) {
        for (let i = 0; i < enter; i++) {
          const number = came++;
          const before = limit.running;
          void limit.enter().then((end) => {
            order.push(number);
            inside.push(end);
          });
          assert.ok(limit.running <= Math.max(before, limit.value), 'nobody beyond the limit is let in');
        }
        await settle();
        clock.now += milliseconds;
        for (const end of inside.splice(0, leave)) end(outcome);
        await settle();
      }
      for (; inside.length > 0; await settle()) for (const end of inside.splice(0)) end('answered');
      assert.equal(
        order,
        Array.from({ length: came }, (_, number) => number),
      );
      assert.is(limit.running, 0);
    }),
  );
});

test.run();
