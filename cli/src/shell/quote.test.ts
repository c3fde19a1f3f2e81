import { mustRunChildSync } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { quoteForEval } from './quote.ts';

const test = suite('quoting for eval');

const WORDS = [
  '/plain/pki/ca.crt',
  '/with  two spaces/and\ttab',
  `/it's/"quoted"/\`date\`/$HOME/$(id)/!x`,
  '/glob*/[ab]?/{a,b}/~',
  '/new\nline/back\\slash/;&|<>()#',
  '/ünïcode/日本/🙂',
  '-n',
  '',
];

test('eval pieces=($(...)) returns the words, whatever is in them', () => {
  const line = WORDS.map(quoteForEval).join(' ');
  assert.not.match(line, '\n');
  const script = `eval pieces=($(printf '%s\\n' "$1")); printf '%s\\0' "\${pieces[@]}"`;
  const printed = mustRunChildSync('bash', ['-c', script, 'bash', line], { cwd: '/' });
  assert.equal(printed.split('\0').slice(0, -1), WORDS);
});

test('a usual path is quoted as bash itself quotes it', () => {
  assert.is(quoteForEval('/home/me/pki/ca.crt'), "'/home/me/pki/ca.crt'");
});

test.run();
