import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { builtPath } from './cache.ts';
import { type Fixture, failure, newFixture, until } from './fixture.ts';
import { lockPath } from './lock.ts';
import { provide } from './provide.ts';

const test = suite('provide');
let fixture: Fixture;
test.before.each(async () => {
  fixture = await newFixture();
});
test.after.each(() => fixture.remove());

/** A Go command that notes its calls in `$HOME/calls` and runs `build` in place of a build. */
async function fakeGo(build: string, version = 'go1.26.0'): Promise<void> {
  await fixture.script(
    'go',
    `case "$1" in
    version) echo "go version ${version} linux/amd64" ;;
    env) echo "$HOME/go-build"; echo "$HOME/go-mod" ;;
    build)
      echo "$@" >> "$HOME/calls"
      while [ "$1" != -o ]; do shift; done
      out=$2; shift 2
      ${build} ;;
    esac`,
  );
}

const WRITE_PROGRAMS = `for package; do
  case "$package" in */v3) name=server ;; *) name=\${package##*/} ;; esac
  printf '#!/bin/sh\\necho built\\n' > "$out$name"
done`;

async function goCalls(): Promise<string[]> {
  const path = join(fixture.context.env.HOME ?? '', 'calls');
  return existsSync(path) ? (await readFile(path, 'utf8')).trim().split('\n') : [];
}

const kubectlSaying = (version: string) => `echo '{"clientVersion": {"gitVersion": "v${version}"}}'`;

test('$PATH with a fitting version comes before the cache', async () => {
  const cached = await builtPath(fixture.context, 'etcd');
  await fixture.script('etcd', '', dirname(cached));
  const own = await fixture.script('etcd', 'echo "etcd Version: 3.6.99"');
  assert.equal(await provide(fixture.context, ['etcd']), { etcd: own });
});

test('an unfit version on $PATH is passed over for the next one on $PATH', async () => {
  await fixture.script('kubectl', kubectlSaying('1.32.7'));
  const second = join(dirname(fixture.bin), 'second');
  const fitting = await fixture.script('kubectl', kubectlSaying('1.37.0'), second);
  fixture.context.env.PATH = `${fixture.bin}:${second}`;
  assert.equal(await provide(fixture.context, ['kubectl']), { kubectl: fitting });
});

test('a program in the cache that every user could have replaced is not used', async () => {
  const cached = await builtPath(fixture.context, 'etcd');
  await fixture.script('etcd', '', dirname(cached));
  assert.equal(await provide(fixture.context, ['etcd']), { etcd: cached });
  for (const path of [cached, dirname(cached), fixture.context.cacheDir]) {
    await chmod(path, 0o777);
    const { message } = await failure(provide(fixture.context, ['etcd']));
    assert.match(message, `${path} may be written by every user`);
    assert.match(message, 'XDG_CACHE_HOME');
    await chmod(path, 0o755);
  }
});

test('an unfit version on $PATH is passed over for the cache', async () => {
  await fixture.script('etcd', 'echo "etcd Version: 3.4.23"');
  const cached = await builtPath(fixture.context, 'etcd');
  await fixture.script('etcd', 'echo "etcd Version: 3.6.8"', dirname(cached));
  assert.equal(await provide(fixture.context, ['etcd']), { etcd: cached });
});

test('of a patched tool only a patched build is taken from $PATH', async () => {
  await fakeGo('exit 1');
  const version = (suffix: string) => `echo "kcp version v1.35.3+kcp-v0.31.2${suffix}"`;
  const plain = await fixture.script('kcp', version(''));
  assert.match((await failure(provide(fixture.context, ['kcp']))).message, 'apiextensions-apiserver');
  const said = `not using ${plain} (version 0.31): only 0.31+kubestellar.6 (built with our patches, see docs/toolchain.md) fits`;
  assert.ok(fixture.lines.includes(said), fixture.lines.join('\n'));

  const ours = await fixture.script('kcp', version('.kubestellar.6'));
  assert.equal(await provide(fixture.context, ['kcp']), { kcp: ours });
});

test('a link on $PATH into the cache does not pin an old build', async () => {
  const old = join(fixture.context.cacheDir, 'etcd', 'v3.6.1-old');
  await symlink(await fixture.script('etcd', 'echo "etcd Version: 3.6.1"', old), await linkPlace('etcd'));
  const cached = await builtPath(fixture.context, 'etcd');
  await fixture.script('etcd', '', dirname(cached));
  assert.equal(await provide(fixture.context, ['etcd']), { etcd: cached });
});

async function linkPlace(name: string): Promise<string> {
  await mkdir(fixture.bin, { recursive: true });
  return join(fixture.bin, name);
}

test('what is nowhere is built once, one Go command per module, and cached', async () => {
  await fakeGo(WRITE_PROGRAMS);
  const names = ['kube-scheduler', 'kubectl', 'etcd'] as const;
  const paths = await provide(fixture.context, names);
  for (const name of names) assert.is(paths[name], await builtPath(fixture.context, name));
  const calls = await goCalls();
  assert.is(calls.length, 2);
  assert.match(calls[1] ?? '', /gitVersion=v1\.36\.3 .*cmd\/kube-scheduler .*cmd\/kubectl$/);

  assert.equal(await provide(fixture.context, names), paths);
  assert.is((await goCalls()).length, 2, 'the second time Go is not needed');
});

test('only what is asked for is built', async () => {
  await fakeGo(WRITE_PROGRAMS);
  assert.equal(Object.keys(await provide(fixture.context, ['kubectl'])), ['kubectl']);
  assert.match((await goCalls())[0] ?? '', / k8s\.io\/kubernetes\/cmd\/kubectl$/);
});

test('two at the same time build once', async () => {
  await fakeGo(`/bin/sleep 0.3\n${WRITE_PROGRAMS}`);
  const both = await Promise.all([provide(fixture.context, ['etcd']), provide(fixture.context, ['etcd'])]);
  assert.equal(both[0], both[1]);
  assert.is((await goCalls()).length, 1);
});

test('a missing Go is told with what to do', async () => {
  const error = await failure(provide(fixture.context, ['kcp']));
  assert.is(error.name, 'ToolchainError');
  assert.match(error.message, /Go is missing.*kcp.*Install Go 1\.26/);
});

test('a Go that is too old and cannot fetch a newer one is told with what to do', async () => {
  await fakeGo(WRITE_PROGRAMS, 'go1.19.8');
  assert.match((await failure(provide(fixture.context, ['kcp']))).message, /Go 1\.19 .* too old.*Install Go/);
  await fakeGo(WRITE_PROGRAMS, 'go1.24.1');
  assert.match(
    (await failure(provide(fixture.context, ['kcp']))).message,
    /Go 1\.24 .* too old.*GOTOOLCHAIN/,
  );
});

test('a failed build shows the last lines and the log, and leaves nothing half', async () => {
  await fakeGo(
    'echo go.etcd.io/etcd; echo "main.go:7: undefined: x" >&2; printf half > "$out"server; exit 1',
  );
  const { message } = await failure(provide(fixture.context, ['etcd']));
  assert.match(message, 'main.go:7: undefined: x');
  const log = /in (\/.*\.log)\.$/.exec(message)?.[1] ?? '';
  assert.match(await readFile(log, 'utf8'), 'undefined: x');
  assert.equal(await readdir(fixture.context.cacheDir), ['logs']);
});

test('an interruption ends Go, releases the lock and leaves nothing half', async () => {
  await fakeGo('echo $$ > "$HOME/pid"; /bin/sleep 60');
  const pidFile = join(fixture.context.env.HOME ?? '', 'pid');
  const outcome = failure(provide(fixture.context, ['etcd']));
  const pidOf = async () => Number(await readFile(pidFile, 'utf8').catch(() => ''));
  await until('the build to run', async () => (await pidOf()) > 0);
  fixture.abort();
  assert.match((await outcome).message, 'Interrupted');
  assert.not(existsSync(lockPath(fixture.context)));
  assert.equal(await readdir(fixture.context.cacheDir), ['logs']);
  const pid = await pidOf();
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test('a cache folder that cannot be made is told with what to do', async () => {
  const context = { ...fixture.context, cacheDir: '/dev/null/cache' };
  assert.match((await failure(provide(context, ['etcd']))).message, /\/dev\/null\/cache.*XDG_CACHE_HOME/);
});

test.run();
