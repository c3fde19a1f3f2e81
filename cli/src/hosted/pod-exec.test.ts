import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { assert, suite } from '@kubestellar/testing';
import { parse } from 'yaml';
import { FlagValues } from '../shell/flags.ts';
import { execInPod } from './pod-exec.ts';

/** A kubectl that stands in for the real one notes its arguments and the kubeconfig that it is given. */
const test = suite('programs in pods');
const STAND_IN = `#!/bin/sh
printf '%s\\n' "$@" >>"$NOTES/arguments"
for argument; do case $argument in --kubeconfig=*) file=\${argument#*=}; esac; done
ls -l "$file" >"$NOTES/mode"; cat "$file" >"$NOTES/kubeconfig"; echo "$file" >"$NOTES/path"
if [ -n "$FAILS" ]; then echo no such pod >&2; exit 1; fi
cat
`;
const KUBECONFIG = {
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority': 'ca.crt' } }],
  users: [{ name: 'u', user: { token: 'of the file' } }],
  contexts: [{ name: 'only', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'only',
};
let folder = '';
const before = { ...process.env };

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-exec-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'kubectl'), STAND_IN, { mode: 0o755 });
  writeFileSync(join(folder, 'config'), JSON.stringify(KUBECONFIG));
  Object.assign(process.env, {
    PATH: `${join(folder, 'bin')}${delimiter}${before.PATH}`,
    NOTES: folder,
    FAILS: '',
    KUBECONFIG: join(folder, 'config'),
  });
});
test.after.each(() => {
  Object.assign(process.env, before);
  rmSync(folder, { recursive: true });
});

async function exec(values: Record<string, string>): Promise<string> {
  const flags = new FlagValues();
  for (const [name, value] of Object.entries(values)) flags.add(name, value);
  let told = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      told += chunk;
      done();
    },
  });
  await execInPod({ namespace: 'ns', name: 'pod' }, ['save'], flags, {
    input: Readable.from(['data']),
    output,
  });
  return told;
}

const noted = (name: string) => readFileSync(join(folder, name), 'utf8');

test('a token or password that a flag gives is in a file for its owner only while kubectl runs, not in its arguments', async () => {
  for (const [flags, user] of [
    [{ token: 'sesame-token' }, { token: 'sesame-token' }],
    [
      { username: 'me', password: 'sesame-word', as: 'jane' },
      { token: 'of the file', username: 'me', password: 'sesame-word', as: 'jane' },
    ],
  ] as const) {
    assert.is(await exec({ ...flags, 'as-group': 'friends' }), 'data');
    assert.not.match(noted('arguments'), /sesame/);
    assert.match(noted('arguments'), '--as-group=friends\nexec\n-i\n-n\nns\npod\n--\nsave\n');
    assert.match(noted('mode'), /^-rw------- /);
    const given = parse(noted('kubeconfig'));
    assert.equal(given.users[0].user, user);
    assert.equal(given.clusters[0].cluster, {
      server: 'https://127.0.0.1:1',
      'certificate-authority': join(folder, 'ca.crt'),
    });
    assert.not(existsSync(noted('path').trim()), 'the file is left behind');
  }
});

test('the file is removed when kubectl fails, too', async () => {
  process.env.FAILS = 'yes';
  const failure = await exec({ token: 'sesame-token' }).catch((error: Error) => error.message);
  assert.is(failure, 'save in pod pod failed: no such pod');
  assert.not(existsSync(noted('path').trim()), 'the file is left behind');
});

test('without such a flag kubectl chooses the cluster and the user itself', async () => {
  assert.is(await exec({ kubeconfig: join(folder, 'config'), user: 'u', 'as-group': 'friends' }), 'data');
  assert.match(
    noted('arguments'),
    `--kubeconfig=${join(folder, 'config')}\n--user=u\n--as-group=friends\nexec\n`,
  );
});

test.run();
