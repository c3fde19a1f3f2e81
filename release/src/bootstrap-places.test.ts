import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { mustRunChildSync, runChildSync } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { CHECKSUMS, writeChecksums } from './checksums.ts';

/**
 * The bootstrap script with a release of stand-in programs, in folders where other users have put programs of theirs:
 * each of those would leave a mark when it runs.
 */
const test = suite('where the bootstrap script installs and from where it runs programs');
const SCRIPT = join(import.meta.dirname, '..', 'bootstrap', 'bootstrap-kubestellar.sh');
const OS = process.platform === 'darwin' ? 'darwin' : 'linux';
const PLATFORM = `${OS}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
const OTHER_USER = 4242;
const isRoot = process.getuid?.() === 0;
let folder = '';
let release = '';
let mark = '';
/** For whoever may not give files away: an `id` that says that we are somebody else, to whom all of ours is foreign. */
let foreign = '';

test.before.each(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'kubestellar-places-')));
  mark = join(folder, 'mark');
  foreign = '';
  release = join(folder, 'release');
  mkdirSync(release);
  for (const [name, version, programs] of [
    ['kcp', '0.31.2', { kcp: 'echo kcp version v1.35.3+kcp-v0.31.2.kubestellar.6', 'kubectl-ws': '' }],
    [
      'kubestellar',
      '0.1.0',
      { kubestellar: '', 'kubectl-kubestellar': '', 'kubestellar-release': 'echo v0.1.0' },
    ],
  ] as const) {
    makePrograms(join(folder, name, 'bin'), programs);
    const archive = join(release, `${name}_${version}_${PLATFORM}.tar.gz`);
    mustRunChildSync('tar', ['-czf', archive, '-C', join(folder, name), '.']);
  }
  writeFileSync(join(release, 'bootstrap-kubestellar.sh'), '');
});
test.after.each(() => rmSync(folder, { recursive: true }));

function makePrograms(bin: string, programs: Readonly<Record<string, string>>): void {
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** What somebody could put where the script finds it: an installation whose programs leave the mark. */
function plantInstallation(where: string): void {
  const script = `touch '${mark}'`;
  const names = ['kcp', 'kubectl-ws', 'kubestellar', 'kubectl-kubestellar', 'kubestellar-release'];
  for (const name of ['kcp', 'kubestellar']) {
    makePrograms(join(where, name, 'bin'), Object.fromEntries(names.map((program) => [program, script])));
    writeFileSync(join(where, name, '.installed'), '');
  }
}

/** Makes a path another user's. */
function giveAway(...paths: string[]): void {
  if (isRoot) {
    for (const path of paths) lchownSync(path, OTHER_USER, OTHER_USER);
  } else {
    foreign = join(folder, 'foreign');
    makePrograms(foreign, { id: `echo ${OTHER_USER}` });
  }
}

function place(name: string, mode = 0o755): string {
  const path = join(folder, 'places', name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  return path;
}

interface Run {
  code: number | undefined;
  stderr: string;
}

async function bootstrap(flags: string[], { cwd = folder, path = '', script = '' } = {}): Promise<Run> {
  if (!existsSync(join(release, CHECKSUMS))) await writeChecksums(release);
  const line = `${script} exec bash '${SCRIPT}' --from '${release}' "$@"`;
  return runChildSync('bash', ['-c', line, 'bash', ...flags], {
    cwd,
    env: { HOME: folder, PATH: [foreign, path, process.env.PATH].filter(Boolean).join(delimiter) },
  });
}

const install = (where: string, script = '') =>
  bootstrap(['--deploy', 'false', '--ensure-folder', where], { script });

/** Nothing was installed into a place, and nobody's program was run. */
function assertRefused({ code, stderr }: Run, message: RegExp | string): void {
  assert.is(code, 1, stderr);
  assert.match(stderr, message);
  assert.not(existsSync(mark), 'a program of another user was run');
}

test('an installation that another user has put into a folder like /tmp is not run', async () => {
  const where = place('tmp', 0o1777);
  plantInstallation(where);
  giveAway(join(where, 'kcp'), join(where, 'kubestellar'));
  assertRefused(await install(where), /belongs to another user \(uid \d+\), who could put/);
});

test('an installation in which another user may write is not run, whichever part it is', async () => {
  const parts: [what: string, change: (where: string) => void][] = [
    ['its folder', (where) => chmodSync(join(where, 'kcp'), 0o777)],
    ['its folder, though it is like /tmp', (where) => chmodSync(join(where, 'kcp'), 0o1777)],
    ['its bin', (where) => chmodSync(join(where, 'kubestellar', 'bin'), 0o775)],
    ['a program', (where) => chmodSync(join(where, 'kubestellar', 'bin', 'kubectl-kubestellar'), 0o757)],
    ['a file of its own', (where) => giveAway(join(where, 'kcp', 'bin', 'kcp'))],
  ];
  for (const [what, change] of parts) {
    const where = place(what);
    plantInstallation(where);
    change(where);
    assertRefused(await install(where), /other users may write|belongs to another user/);
  }
});

test('a folder that others may write, or that is on the way through one, is refused before anything is made there', async () => {
  for (const mode of [0o777, 0o775, 0o757]) {
    const where = place(`open to ${mode.toString(8)}`, mode);
    for (const path of [where, join(where, 'deeper', 'down')]) {
      assertRefused(await install(path), /other users may write .* \(chmod go-w '.*open to/);
      assert.equal(readdirSync(where), []);
    }
  }
});

test("another user's folder is refused, and one below it, before anything is made there", async () => {
  const where = place('theirs');
  giveAway(where);
  for (const path of [where, join(where, 'deeper')]) {
    assertRefused(await install(path), /belongs to another user/);
    assert.equal(readdirSync(where), []);
  }
});

test("another user's link is refused, and our own one to a place that others may write", async () => {
  const open = place('open', 0o777);
  const ours = join(folder, 'places', 'ours');
  symlinkSync(open, ours);
  assertRefused(await install(ours), /other users may write .*places\/open \(/);
  const theirs = join(folder, 'places', 'theirs');
  symlinkSync(place('good'), theirs);
  giveAway(theirs);
  assertRefused(await install(theirs), /belongs to another user/);
  assert.equal([readdirSync(open), readdirSync(join(folder, 'places', 'good'))], [[], []]);
});

test("another user's work folder in a folder like /tmp is left alone", async () => {
  const where = place('tmp', 0o1777);
  mkdirSync(join(where, '.kubestellar-bootstrap'));
  giveAway(join(where, '.kubestellar-bootstrap'));
  assertRefused(await install(where), /belongs to another user/);
  assert.equal(readdirSync(where), ['.kubestellar-bootstrap']);
});

test('a release that others may change is not installed', async () => {
  await writeChecksums(release);
  const where = place('mine');
  for (const path of [release, join(release, CHECKSUMS), join(release, `kcp_0.31.2_${PLATFORM}.tar.gz`)]) {
    const { mode } = statSync(path);
    chmodSync(path, mode | 0o022);
    assertRefused(await install(where), /other users may write/);
    chmodSync(path, mode);
    assert.equal(readdirSync(where), []);
  }
});

test('what another user has put where kcp is to run is not used: its kubeconfig could run a program', async () => {
  const tools = join(folder, 'tools');
  makePrograms(tools, { kubectl: `case "$*" in *.kcp*) touch '${mark}';; esac; exit 1` });
  for (const [name, plant] of [
    ['folder', (path: string) => giveAway(path)],
    ['open folder', (path: string) => chmodSync(path, 0o777)],
    ['kubeconfig', (path: string) => giveAway(join(path, 'admin.kubeconfig'))],
    ['log', (path: string) => symlinkSync(join(folder, 'precious'), join(dirname(path), 'kcp_log.txt'))],
  ] as const) {
    const cwd = place(name, 0o1777);
    const state = join(cwd, '.kcp');
    mkdirSync(state);
    writeFileSync(join(state, 'admin.kubeconfig'), '{}');
    // It runs: without the check, kubectl would be asked whether it is in service.
    writeFileSync(join(state, 'bootstrap.pid'), identityOf(process.pid));
    plant(state);
    if (name === 'log') giveAway(join(cwd, 'kcp_log.txt'));
    const flags = ['--ensure-folder', join(folder, 'installed')];
    assertRefused(
      await bootstrap(flags, { cwd, path: tools }),
      /other users may write|belongs to another user/,
    );
    assert.not(existsSync(join(folder, 'precious')));
  }
});

test('nobody else may write what is installed, whatever the umask; it is used the next time, also through a link', async () => {
  const where = place('tmp', 0o1777);
  const first = await install(where, 'umask 000;');
  assert.is(first.code, 0, first.stderr);
  const installed = ['kcp', 'kcp/bin', 'kubestellar/bin', 'kubestellar/bin/kubestellar', 'kcp/.installed'];
  for (const path of installed) assert.is(statSync(join(where, path)).mode & 0o022, 0, path);
  symlinkSync(where, join(folder, 'link'));
  writeFileSync(join(release, CHECKSUMS), 'there is no release any more\n');
  const second = await install(join(folder, 'link'));
  assert.is(second.code, 0, second.stderr);
  assert.match(second.stderr, `kcp is there: ${where}/kcp/bin/kcp`);
});

test('a password in the URL of releases is refused and not printed; curl gets none as an argument', async () => {
  for (const scheme of ['https', 'http', 'HTTPS']) {
    const url = `${scheme}://me:sesame@releases.example/`;
    const { code, stderr } = await bootstrap(['--deploy=false', '--insecure-http', '--from', url]);
    assert.is(code, 2, stderr);
    assert.match(stderr, /without user and password; write them to ~\/\.netrc/);
    assert.not.match(stderr, 'sesame');
  }
});

/** As the script writes it: the number and the time of start. */
function identityOf(pid: number): string {
  const stat = OS === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}\n`;
}

test.run();
