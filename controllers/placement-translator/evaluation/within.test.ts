import { assert, suite } from '@kubestellar/testing';
import { TooSlowError, within } from './within.ts';

const test = suite('work that gets so much time and no more');

const endless = () => {
  for (;;);
};

test('what work returns, or throws, comes through', () => {
  assert.is(
    within(1000, () => 'done'),
    'done',
  );
  const error = new Error('of the work');
  try {
    within(1000, () => {
      throw error;
    });
    assert.unreachable();
  } catch (thrown) {
    assert.is(thrown, error);
  }
});

test('work without an end is ended; what comes after it is not', () => {
  const error = thrownBy(() => within(20, endless));
  // On a machine that has much else to do nothing can be judged.
  assert.ok(error instanceof TooSlowError || /too busy/.test(String(error)), String(error));
  assert.is(
    within(1000, () => 1),
    1,
  );
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test.run();
