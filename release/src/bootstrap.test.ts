import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASES } from '@kubestellar/api';
import { mustRunChildSync, runChildSync } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';

const test = suite('bootstrap script');
const SCRIPT = join(import.meta.dirname, '..', 'bootstrap', 'bootstrap-kubestellar.sh');

test('bash reads it, and shellcheck finds nothing where there is one', () => {
  mustRunChildSync('bash', ['-n', SCRIPT]);
  const { code, stdout } = runChildSync('shellcheck', [SCRIPT]);
  if (code !== undefined) assert.is(code, 0, stdout);
});

test('it looks for releases where the other programs do', () => {
  assert.match(readFileSync(SCRIPT, 'utf8'), `readonly RELEASES=${RELEASES}\n`);
});

test('without its last line, as after a broken download, it does nothing', () => {
  const text = readFileSync(SCRIPT, 'utf8');
  const cut = text.slice(0, text.lastIndexOf('main "$@"'));
  const { code, stdout, stderr } = runChildSync('bash', [], { input: cut });
  assert.equal([code, stdout, stderr], [0, '', '']);
});

test.run();
