import { assert, suite } from '@kubestellar/testing';
import { checkWords } from './words.ts';

const test = suite('forbidden words');

test('a place is told by file and line', () => {
  const files = [{ path: 'a.ts', content: 'one\nsee /home/someone/clone\n' }];
  assert.is(checkWords(files, ['/home/someone']), 'a.ts:2: names "/home/someone"');
});

test('other text and the lockfile pass', () => {
  const files = [
    { path: 'a.ts', content: 'one\n' },
    { path: 'package-lock.json', content: '/home/someone' },
  ];
  assert.is(checkWords(files, ['/home/someone']), '');
});

test.run();
