import { assert, suite } from '@kubestellar/testing';
import { compareText } from './compare-text.ts';
import { timestamp } from './time.ts';

const test = suite('order of texts and form of times');

test('texts are in the order of their characters, capitals first, whatever the locale', () => {
  assert.equal(['b', 'ä', 'a', 'B', 'a-b', 'a.b', ''].sort(compareText), [
    '',
    'B',
    'a',
    'a-b',
    'a.b',
    'b',
    'ä',
  ]);
  assert.is(compareText('same', 'same'), 0);
});

test('times have whole seconds', () => {
  assert.is(timestamp(new Date('2026-01-02T03:04:05.678Z')), '2026-01-02T03:04:05Z');
  assert.is(timestamp(0), '1970-01-01T00:00:00Z');
});

test.run();
