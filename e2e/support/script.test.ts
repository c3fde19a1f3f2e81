import { assert, suite } from '@kubestellar/testing';
import { runScript, scripted } from './script.ts';

const test = suite('scripts of end-to-end tests');
const sh = scripted((text, env) => runScript(text, { cwd: '/tmp', env: { PATH: process.env.PATH, ...env } }));

test('each value is one word, whatever is in it, and those of an array one each', async () => {
  const odd = `it's "quoted" $HOME $(id) \`id\` \\ * ~ !x; &|<>\n\t🙂`;
  const { code, stdout } = await sh`printf '%s|' ${odd} ${''} ${7} ${['a b', 'c']} --flag=${'x y'} end`;
  assert.equal([code, stdout], [0, `${odd}||7|a b|c|--flag=x y|end|`]);
});

test('a failure within, an unset variable or one in a pipe ends a script', async () => {
  assert.is((await sh('false; echo on')).stdout, '');
  assert.is((await sh('false | cat; echo on')).stdout, '');
  assert.is((await sh('echo "$NOT_SET_HERE"; echo on')).stdout, '');
  assert.equal((await sh('echo $MORE; echo err >&2; exit 3', { MORE: 'm' })).code, 3);
});

test('its output, its exit code and the signal that ended it are returned', async () => {
  const finished = await sh('echo out; echo err >&2; exit 3');
  assert.equal(finished, { code: 3, signal: undefined, stdout: 'out\n', stderr: 'err\n' });
  assert.is((await sh('kill -9 $$')).signal, 'SIGKILL');
});

test.run();
