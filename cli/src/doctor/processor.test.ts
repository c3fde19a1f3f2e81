import { assert, suite } from '@kubestellar/testing';
import { missingFlags } from './processor.ts';

const test = suite('processor');

const V2 = 'fpu sse sse2 pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm';

test('a processor of x86-64-v2 lacks no flag', () => {
  assert.equal(missingFlags(`processor\t: 0\nflags\t\t: ${V2}\nbugs\t\t: none\n`), []);
});

test('each flag that an older processor lacks is reported', () => {
  assert.equal(missingFlags('flags\t\t: fpu sse sse2 pni cx16 lahf_lm\n'), [
    'popcnt',
    'sse4_1',
    'sse4_2',
    'ssse3',
  ]);
});

test('a processor that is no x86 is not checked', () => {
  assert.is(missingFlags('processor\t: 0\nFeatures\t: fp asimd\n'), undefined);
  assert.is(missingFlags(''), undefined);
});

test.run();
