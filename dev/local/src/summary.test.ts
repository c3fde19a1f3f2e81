import { mustRunChildSync } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { quote, table } from './summary.ts';

const test = suite('what npm start says in the end');

test('a path becomes one word of the shell, whatever is in it', () => {
  for (const path of ['/plain/path', '/with blank/x', "/it's/$HOME/`id`", '/a"b\\c*']) {
    assert.is(mustRunChildSync('sh', ['-c', `printf %s ${quote(path)}`]), path);
  }
});

test('columns are as wide as their widest cell', () => {
  assert.is(table(['A', 'LONG'], [['wide', 'x']]), 'A     LONG\nwide  x');
});

test.run();
