import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASES } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';

const test = suite('bootstrap script');
const SCRIPT = join(import.meta.dirname, '..', 'bootstrap', 'bootstrap-kubestellar.sh');

test('bash reads it, and shellcheck finds nothing where there is one', () => {
  const { status, stderr } = spawnSync('bash', ['-n', SCRIPT], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  const checked = spawnSync('shellcheck', [SCRIPT], { encoding: 'utf8' });
  if (checked.error === undefined) assert.is(checked.status, 0, checked.stdout);
});

test('it looks for releases where the other programs do', () => {
  assert.match(readFileSync(SCRIPT, 'utf8'), `readonly RELEASES=${RELEASES}\n`);
});

test('without its last line, as after a broken download, it does nothing', () => {
  const text = readFileSync(SCRIPT, 'utf8');
  const cut = text.slice(0, text.lastIndexOf('main "$@"'));
  const { status, stdout, stderr } = spawnSync('bash', { input: cut, encoding: 'utf8' });
  assert.equal([status, stdout, stderr], [0, '', '']);
});

test.run();
