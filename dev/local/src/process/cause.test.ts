import { assert, suite } from '@kubestellar/testing';
import { likelyCause, tellingLines } from './cause.ts';

const test = suite('why a server died');

test('a panic is shown from its first line on, not by the end of its stack', () => {
  const noise = Array.from({ length: 50 }, (_, index) => `I1122 line ${index}`);
  const stack = Array.from({ length: 40 }, (_, index) => `\tframe ${index}`);
  const shown = tellingLines([...noise, 'panic: cannot use none as id', ...stack].join('\n')).split('\n');
  assert.is(shown[0], 'panic: cannot use none as id');
  assert.ok(shown.length <= 10);
});

test('without last words the last lines are shown, cut to a readable length', () => {
  const shown = tellingLines(`first\n${'x'.repeat(5000)}\nlast\n`).split('\n');
  assert.is(shown.at(-1), 'last');
  assert.ok(shown.every((line) => line.length < 500));
});

test('damaged data and a full disk lead to different advice', () => {
  assert.match(likelyCause('panic: cannot use none as id'), '--purge');
  assert.match(likelyCause('wal: crc mismatch'), '--purge');
  assert.match(likelyCause('panic: write /x: no space left on device'), 'disk is full');
});

test.run();
