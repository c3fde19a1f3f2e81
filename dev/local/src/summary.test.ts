import { execFileSync } from 'node:child_process';
import { assert, suite } from '@kubestellar/testing';
import { quote, table } from './summary.ts';

const test = suite('what npm start says in the end');

test('a path becomes one word of the shell, whatever is in it', () => {
  for (const path of ['/plain/path', '/with blank/x', "/it's/$HOME/`id`", '/a"b\\c*']) {
    assert.is(execFileSync('sh', ['-c', `printf %s ${quote(path)}`], { encoding: 'utf8' }), path);
  }
});

test('columns are as wide as their widest cell', () => {
  assert.is(table(['A', 'LONG'], [['wide', 'x']]), 'A     LONG\nwide  x');
});

test.run();
