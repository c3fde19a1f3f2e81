/** What the commands give to other programs, seen by programs that stand in for those: no core is needed. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { ROOT, run } from '../support/local.ts';

const test = suite('secrets that commands pass on');
const SECRET = 'sesame-open-0815';
/** Notes the arguments and the token of each call but the first, which asks for the version. */
const HELM = `#!/bin/sh
if [ "$1" = version ]; then echo v4.3.1; exit; fi
echo "$@" >>"$NOTES/arguments"; echo "$HELM_KUBETOKEN" >>"$NOTES/environment"
`;
let folder = '';

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-cli-'));
  await writeFile(join(folder, 'helm'), HELM, { mode: 0o755 });
});

test.after(() => rm(folder, { recursive: true, force: true }));

function deploy(...flags: string[]) {
  const args = ['deploy', '--external-endpoint', 'core.example:1443', '--dry-run', ...flags];
  return run(join(ROOT, 'bin', 'kubectl-kubestellar'), args, {
    HOME: folder,
    NOTES: folder,
    PATH: [folder, '/usr/bin', '/bin'].join(delimiter),
  }).done;
}

test('deploy gives helm a token in its environment, not as an argument', async () => {
  for (const flags of [[`--kube-token=${SECRET}`], ['--kube-token', SECRET]]) {
    const { code, stdout, stderr } = await deploy('--set', 'core.view.enabled=false', ...flags);
    assert.is(code, 0, stderr);
    assert.not.match(stdout + stderr, SECRET);
    const noted = await readFile(join(folder, 'arguments'), 'utf8');
    assert.match(noted, '--set core.view.enabled=false');
    assert.not.match(noted, /sesame|kube-token/);
    assert.is((await readFile(join(folder, 'environment'), 'utf8')).trim().split('\n').at(-1), SECRET);
  }
});

test('deploy refuses a password that helm takes as an argument only, and does not print it', async () => {
  const { code, stderr } = await deploy('--password', SECRET);
  assert.is(code, 2, stderr);
  assert.match(stderr, /--password .* leave it out/);
  assert.not.match(stderr, SECRET);
});

test.run();
