import { assert, suite } from '@kubestellar/testing';
import { Strikes } from './strikes.ts';

const test = suite('StatusCollectors that take too much');

test('one is tried again after a minute, and not any more after the third time', () => {
  let now = 0;
  const strikes = new Strikes(() => now);
  for (const problem of [/once a minute/, /once a minute/, /not tried again/]) {
    assert.is(strikes.problemOf('s', 'c', 'v1'), '');
    strikes.strike('s', 'c', 'v1', 'takes too long', false);
    assert.match(strikes.problemOf('s', 'c', 'v1'), problem);
    now += 60_000;
  }
  assert.match(strikes.problemOf('s', 'c', 'v1'), /^takes too long; it is not tried again/);
});

test('a change of the object or the StatusCollector lets it be tried once more', () => {
  const strikes = new Strikes(() => 0);
  for (let n = 0; n < 3; n++) strikes.strike('s', 'c', 'v1', 'takes too long', false);
  assert.is(strikes.problemOf('s', 'c', 'v2'), '');
  strikes.strike('s', 'c', 'v2', 'takes too long', false);
  assert.match(strikes.problemOf('s', 'c', 'v2'), /once a minute/);
});

test('what always takes too much is not tried a second time; other objects and StatusCollectors are', () => {
  const strikes = new Strikes(() => 0);
  strikes.strike('s', 'c', 'v1', 'it is nested too deep', true);
  assert.match(strikes.problemOf('s', 'c', 'v1'), /not tried again/);
  assert.is(strikes.problemOf('other', 'c', 'v1'), '');
  assert.is(strikes.problemOf('s', 'other', 'v1'), '');
});

test('success and the end of the object let it be forgotten', () => {
  const strikes = new Strikes(() => 0);
  strikes.strike('s', 'c', 'v1', 'm', true);
  strikes.release('s', 'c');
  assert.is(strikes.problemOf('s', 'c', 'v1'), '');
  strikes.strike('s', 'c', 'v1', 'm', true);
  strikes.forget('s');
  assert.is(strikes.problemOf('s', 'c', 'v1'), '');
});

test.run();
