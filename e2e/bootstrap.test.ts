import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRelease } from '@kubestellar/release';
import { assert, suite } from '@kubestellar/testing';
import { provideTools, toolVersion } from '@kubestellar/toolchain';
import { shellBlocks } from './support/documents.ts';
import { eventually } from './support/eventually.ts';
import { type Finished, ROOT, run } from './support/local.ts';
import { processesOf } from './support/processes.ts';
import { ReleaseServer } from './support/release-server.ts';

/** The bootstrap script with archives that were made here, on a machine with neither Node nor any of our programs. */
const test = suite('bootstrap', { timeout: 300_000 });

/** What the script and the launchers may count on; Node, kcp and our commands are not among them. */
const PROGRAMS = (
  'awk bash cat chmod cp curl dirname env grep gzip head id ls mkdir mv nohup ps readlink rm sed sh ' +
  'sha256sum sleep sort tail tar timeout tr uname'
).split(' ');
const options = { log: (line: string) => console.log(`    ${line}`) };
const own = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' } as const;
const platform = `${own.os}_${own.architecture}`;

const folder = await mkdtemp(join(tmpdir(), 'kubestellar-e2e-bootstrap-'));
const release = join(folder, 'release');
const bin = join(folder, 'bin');
const version = `v${(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}`;
const archive = `kubestellar_${version.slice(1)}_${platform}.tar.gz`;
const env: NodeJS.ProcessEnv = {
  PATH: bin,
  HOME: join(folder, 'home'),
  KUBESTELLAR_STATE_DIR: join(folder, 'state'),
  LANG: 'C.UTF-8',
};
/** Empty while there is no chart. */
const chart = existsSync(join(ROOT, 'chart')) ? ['chart'] : [];
let server: ReleaseServer;

test.before(async () => {
  await buildRelease({ ...options, targets: [own], output: release });
  await Promise.all([mkdir(bin), mkdir(join(folder, 'home'))]);
  for (const name of PROGRAMS) {
    const found = await run('bash', ['-c', `type -P ${name}`], process.env).done;
    await symlink(found.stdout.trim(), join(bin, name));
  }
  await symlink((await provideTools(['kubectl'], options)).kubectl, join(bin, 'kubectl'));
  server = await ReleaseServer.start(release, version);
});

test.after(async () => {
  server.stop();
  for (const { pid } of await processesOf(folder)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Runs a line of shell in the folder `where`, made if need be. */
async function sh(where: string, script: string, extra: NodeJS.ProcessEnv = {}): Promise<Finished> {
  await mkdir(join(folder, where), { recursive: true });
  const line = `cd '${join(folder, where)}'; ${script}`;
  return run(join(bin, 'bash'), ['-euo', 'pipefail', '-c', line], { ...env, ...extra }).done;
}
const must = async (where: string, script: string): Promise<Finished> => {
  const done = await sh(where, script);
  if (done.code !== 0) throw new Error(`exit code ${done.code} of: ${script}\n${done.stdout}${done.stderr}`);
  return done;
};
/** The script as users read it: from the release, through a pipe. */
const piped = (flags: string) =>
  `curl -fsS ${server.url}/latest/download/bootstrap-kubestellar.sh | bash -s -- ${flags}`;
const fromServer = (flags: string) => piped(`--from ${server.url} ${flags}`);
const inFolder = (where: string) => readdir(join(folder, where));

test('wrong flags are refused at once with exit code 2, the cause and no change', async () => {
  const cases: [flags: string, message: RegExp][] = [
    ['--bogus', /--bogus/],
    ['--bogus x', /unknown flag --bogus/],
    ['word', /unexpected argument "word"/],
    ['--os', /missing value: --os/],
    ['--os windows', /--os takes linux or darwin, not "windows"/],
    ['--arch=mips', /--arch takes amd64 or arm64/],
    ['--deploy maybe', /--deploy takes true or false/],
    ['--openshift 1', /--openshift takes true or false/],
    ['--kubestellar-version 0.1.0', /takes a version such as v0.1.0/],
    ['--kcp-version v1', /--kcp-version takes a version/],
    ['--external-endpoint my.domain', /takes a domain name, a colon and a port/],
    ['--endpoint-address my.domain:99999', /there is no port 99999/],
    ['--external-endpoint a:1:2', /takes a domain name/],
    ['--bind-address 256.0.0.1', /takes an IP address/],
    ['--host-ns Not_Me', /takes a namespace/],
    ["--ensure-folder ''", /takes a folder/],
    ["--from ''", /takes a URL or a folder/],
    ['--ensure-imw root:a:b', /--ensure-imw takes paths of children of root/],
    ['--ensure-wmw a,,b', /--ensure-wmw takes paths/],
  ];
  for (const [flags, message] of cases) {
    const { code, stderr, stdout } = await sh('wrong', fromServer(flags));
    assert.is(code, 2, `${flags}\n${stderr}`);
    assert.match(stderr, message);
    assert.is(stdout, '');
  }
  assert.equal(await inFolder('wrong'), []);
});

test('--help tells every flag of the reference and has an example', async () => {
  const { stdout } = await must('wrong', piped('--help'));
  const flags = [
    ...[
      'kubestellar-version',
      'kcp-version',
      'openshift',
      'endpoint-address',
      'external-endpoint',
      'os',
      'arch',
    ],
    ...['bind-address', 'ensure-folder', 'host-ns', 'verbose', 'help', 'deploy', 'ensure-imw', 'ensure-wmw'],
  ];
  for (const flag of flags) assert.match(stdout, `--${flag}`);
  assert.match(stdout, /^ {2}-X /m);
  assert.match(stdout, /eval "\$\(bash bootstrap/);
});

test('what an archive holds is not what the checksums say: refused, and nothing is installed', async () => {
  server.instead.set(archive, (response) => response.end('not an archive'));
  const { code, stderr, stdout } = await sh('bad', fromServer('--deploy false'));
  server.instead.clear();
  assert.is(code, 1);
  assert.match(stderr, `${archive} is not what the release's checksums say`);
  assert.is(stdout, '');
  assert.equal(await inFolder('bad'), ['kcp']);
});

test('a connection that breaks off in the midst of an archive is told, and nothing is installed', async () => {
  server.instead.set(archive, (response) => {
    response
      .writeHead(200, { 'content-length': 50_000_000 })
      .write('the beginning', () => response.destroy());
  });
  const { code, stderr } = await sh('broken', fromServer('--deploy false'));
  server.instead.clear();
  assert.is(code, 1);
  assert.match(stderr, `cannot download ${server.url}/download/${version}/${archive}`);
  assert.equal(await inFolder('broken'), ['kcp']);
});

test('a server that is not there, and a release that is not there, are told', async () => {
  const down = await sh('none', piped('--deploy false --from http://127.0.0.1:1'));
  assert.is(down.code, 1);
  assert.match(down.stderr, /cannot download http:\/\/127\.0\.0\.1:1\/latest\/download\/checksums256\.txt/);
  const unknown = await sh('none', fromServer('--deploy false --kubestellar-version v9.9.9'));
  assert.is(unknown.code, 1);
  assert.match(unknown.stderr, 'download/v9.9.9/checksums256.txt. Is there such a release');
  const foreign = await sh('none', fromServer('--deploy false --os darwin --arch arm64'));
  assert.match(foreign.stderr, 'has no KubeStellar for darwin/arm64');
  const kcp = await sh('none', fromServer('--deploy false --kcp-version v0.30.0'));
  assert.is(kcp.code, 4, kcp.stderr);
  const file = await sh('none', fromServer('--deploy false --ensure-folder /dev/null/x'));
  assert.is(file.code, 1);
  assert.match(file.stderr, 'the folder /dev/null/x cannot be made');
  server.instead.set('checksums256.txt', (response) => response.end('<html>log in first</html>'));
  const page = await sh('none', fromServer('--deploy false'));
  assert.is(page.code, 1);
  assert.match(page.stderr, `has no KubeStellar for ${own.os}/${own.architecture}`);
  server.instead.clear();
  const missing = await sh('none', piped('--deploy false --from /nowhere'));
  assert.match(missing.stderr, 'there is no checksums256.txt in /nowhere');
  assert.equal(await inFolder('none'), []);
});

test('interrupted or killed in the midst of a download it leaves nothing half, and the next run installs', async () => {
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    let asked = () => {};
    const begun = new Promise<void>((resolve) => {
      asked = resolve;
    });
    server.instead.set(archive, (response) => {
      response.writeHead(200, { 'content-length': 50_000_000 }).write('the beginning');
      asked();
    });
    const child = await startInGroup('stopped', fromServer('--deploy false'));
    await begun;
    const beside = await sh('stopped', fromServer('--deploy false'));
    assert.is(beside.code, 1);
    assert.match(beside.stderr, /another bootstrap \(process \d+\) works in/);
    process.kill(-(child.pid ?? 0), signal);
    await new Promise((resolve) => child.once('close', resolve));
    server.instead.clear();
    assert.ok(!(await inFolder('stopped')).includes('kubestellar'));
  }
  const { stderr } = await must('stopped', fromServer('--deploy false'));
  assert.match(stderr, 'kcp is there');
  assert.equal(await inFolder('stopped'), ['kcp', 'kubestellar']);
});

/** Starts a line of shell in a process group of its own, as a terminal does. */
async function startInGroup(where: string, script: string): Promise<ChildProcess> {
  await mkdir(join(folder, where), { recursive: true });
  const settings = { cwd: join(folder, where), env, detached: true, stdio: 'ignore' } as const;
  return spawn(join(bin, 'bash'), ['-c', script], settings);
}

test('installs what is not on $PATH, once; the lines on stdout make another shell find it, without Node', async () => {
  const { stdout, stderr } = await must(
    'my install',
    fromServer(`--deploy=false --kubestellar-version=${version} -V`),
  );
  assert.match(stderr, /^< KubeStellar bootstrap started >/);
  assert.match(
    stderr,
    /< KubeStellar bootstrap completed successfully >-+\nPlease create\/update the following/,
  );
  const check = await sh(
    'elsewhere',
    `${stdout}
    ! type -P node
    kubestellar-release; kubestellar-version platform; kcp --version; kubectl ws --help >/dev/null
    kubectl kubestellar --version; where-resolver --help >/dev/null; env -i "$(type -P kubestellar-release)"`,
  );
  assert.is(check.code, 0, check.stderr);
  assert.match(
    check.stdout,
    new RegExp(`^${version}\\n${own.os}/${own.architecture}\\nkcp version v.*\\.kubestellar\\.`),
  );

  const asked = server.requests.length;
  const again = await must('my install', fromServer('--deploy false'));
  assert.equal(server.requests.slice(asked), ['/latest/download/bootstrap-kubestellar.sh']);
  assert.is(again.stdout, stdout);
  const onPath = await must('not needed', `${stdout}\n${fromServer('--deploy false')}`);
  assert.is(onPath.stdout, '');
  assert.equal(await inFolder('not needed'), []);
});

test('what is on $PATH is used, and told when it lacks our patch or does not run (stand-ins)', async () => {
  const theirs = join(folder, 'theirs');
  await mkdir(theirs);
  const programs = {
    kcp: 'echo kcp version v1.35.3+kcp-v0.31.20',
    'kubectl-ws': '',
    kubestellar: '',
    'kubectl-kubestellar': '',
    'kubestellar-release': 'echo no Node here >&2; exit 1',
  };
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(theirs, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(theirs, name), 0o755);
  }
  const { code, stderr } = await sh('beside', `PATH=${theirs}:$PATH; ${fromServer('--deploy false')}`);
  assert.is(code, 1);
  assert.match(stderr, `kcp is there: ${theirs}/kcp\nwarning: this kcp lacks KubeStellar's patch`);
  assert.match(
    stderr,
    `no Node here\nbootstrap-kubestellar: the KubeStellar at ${theirs}/kubestellar does not run`,
  );
  const version = await sh(
    'beside',
    `PATH=${theirs}:$PATH; ${fromServer('--deploy false --kcp-version v0.31.2')}`,
  );
  assert.match(version.stderr, `Installed into ${join(folder, 'beside', 'kcp')}`);
});

test('installs from a folder with the files of a release, into a folder that it makes; never over what others made', async () => {
  await must(
    'local',
    `bash ${release}/bootstrap-kubestellar.sh --deploy false --from ${release} --ensure-folder a/b`,
  );
  assert.equal(await inFolder('local/a/b'), ['kcp', 'kubestellar']);
  assert.equal((await inFolder('local/a/b/kubestellar')).sort(), [
    '.installed',
    'LICENSE',
    'README.md',
    'bin',
    ...chart,
    'dist',
  ]);
  await writeFile(join(folder, 'local', 'a', 'b', 'kubestellar', '.installed'), '');
  await must('local', 'mkdir kubestellar; echo mine >kubestellar/file');
  const refused = await sh(
    'local',
    `bash ${release}/bootstrap-kubestellar.sh --deploy false --from ${release}`,
  );
  assert.is(refused.code, 1);
  assert.match(refused.stderr, /local\/kubestellar is there and was not installed by this script/);
  assert.equal(await inFolder('local/kubestellar'), ['file']);
});

test('docs/releases.md: from nothing to a core, deployed as processes, and into the environment of the shell', async () => {
  const [bootstrap = '', environment = ''] = await shellBlocks('docs/releases.md');
  assert.match(bootstrap, 'bash <(curl');
  const { stdout } = await must('bare', `RELEASES=${server.url}\n${bootstrap}\n${environment}`);
  assert.match(stdout, /^export PATH=.*\nexport KUBECONFIG=.*\nCurrent workspace is ['"]root['"]/);
  for (const name of ['mailbox-controller', 'kubestellar-where-resolver', 'placement-translator'])
    assert.match(stdout, new RegExp(`^${name} +ready$`, 'm'));
  assert.match(
    await readFile(join(folder, 'bare/.kcp/admin.kubeconfig'), 'utf8'),
    /server: https:\/\/127\.0\.0\.1:/,
  );
});

test('installs from a clone, in which it makes the release', async () => {
  const { PATH } = process.env;
  const flags = `--deploy false --from ${ROOT} --ensure-folder ${folder}/clone`;
  const { code, stderr } = await sh('clone', `bash ${ROOT}/bootstrap/bootstrap-kubestellar.sh ${flags}`, {
    PATH: `${bin}:${PATH}`,
    HOME: process.env.HOME,
  });
  assert.is(code, 0, stderr);
  assert.match(stderr, `packing KubeStellar ${version.slice(1)} and kcp for ${own.os}/${own.architecture}`);
  assert.match((await must('clone', 'kubestellar/bin/kubestellar-release')).stdout, version);
});

test('deployed again it changes nothing but what is asked for, and brings back what has ended', async () => {
  const flags =
    '--bind-address 127.0.0.1 --ensure-folder ~/kubestellar --ensure-imw root:imw2 --ensure-wmw ""';
  const before = await pids();
  assert.is(before.length, 4);
  const { stdout, stderr } = await must('bare', fromServer(flags));
  assert.match(stderr, /kcp runs already/);
  assert.equal(await pids(), before);
  const look = await must('elsewhere', `${stdout}\nkubectl get workspaces -o name`);
  for (const name of ['imw1', 'imw2', 'wmw1']) assert.match(look.stdout, `workspace.tenancy.kcp.io/${name}`);
  await must('bare', fromServer(`${flags} --kcp-version ${toolVersion('kcp').replace(/\+.*/, '')}`));
  const other = await sh('bare', fromServer(`${flags} --kcp-version v0.30.1`));
  assert.is(other.code, 4, other.stderr);
  assert.equal(await pids(), before);

  const kubeconfig = join(folder, 'bare/.kcp/admin.kubeconfig');
  const written = await readFile(kubeconfig);
  await writeFile(kubeconfig, '{}');
  const unusable = await sh('bare', fromServer(flags));
  assert.is(unusable.code, 3, unusable.stderr);
  assert.match(unusable.stderr, /kcp runs \(process \d+\), but .*admin\.kubeconfig is not as it wrote it/);
  await writeFile(kubeconfig, written);

  const kcp = before.find(({ command }) => command.startsWith('kcp start'))?.pid ?? 0;
  process.kill(kcp, 'SIGKILL');
  await eventually('kcp to end', pids, (now) => !now.some(({ pid }) => pid === kcp));
  const back = await must('bare', `${stdout}\n${fromServer(`${flags} --verbose`)}`);
  assert.match(back.stderr, /Started kcp/);
  await must('elsewhere', `${stdout}\nkubectl ws root:imw2; kubestellar stop`);
});

/** kcp and the controllers that the bootstrap began. */
async function pids(): Promise<{ pid: number; command: string }[]> {
  const all = await processesOf(folder);
  return all
    .filter(({ command }) => /^kcp start|\/dist\/[a-z-]+\.js/.test(command))
    .sort((a, b) => a.pid - b.pid);
}

test('a kcp that cannot start is told with the end of its log', async () => {
  const { code, stderr } = await sh('sick', fromServer('--bind-address 192.0.2.1'));
  assert.is(code, 1);
  assert.match(stderr, /kcp has ended; the end of its log, .*kcp_log\.txt:\n.*192\.0\.2\.1/s);
});

test('into a cluster: the namespace, "deploy" with the endpoint, then the kubeconfig (kubectl and helm are stand-ins)', async () => {
  const standIns = join(folder, 'stand-ins');
  await mkdir(standIns);
  for (const name of ['kubectl', 'helm']) {
    const script = `#!/bin/sh\necho "\${0##*/} $*" >>'${folder}/calls'\n[ "$1 $2" != 'get namespace' ]\n`;
    await writeFile(join(standIns, name), script);
    await chmod(join(standIns, name), 0o755);
  }
  const cases = [
    [
      '--endpoint-address my.example:1234',
      '--openshift false --external-endpoint my.example:1234 -n kubestellar',
    ],
    [
      '--external-endpoint=my.example:1234 --host-ns ks',
      '--openshift false --external-endpoint my.example:1234 -n ks',
    ],
    ['--openshift true -X', '--openshift true -n kubestellar'],
  ];
  for (const [flags, deploy] of cases) {
    await rm(join(folder, 'calls'), { force: true });
    const done = await sh('my install', `PATH='${standIns}':$PATH; ${fromServer(flags ?? '')}`);
    assert.is(done.code, 0, done.stderr);
    const kubeconfig = join(folder, 'my install', 'kubestellar.kubeconfig');
    const ns = deploy?.split(' ').at(-1);
    assert.equal((await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n'), [
      `kubectl get namespace ${ns}`,
      `kubectl create namespace ${ns}`,
      `kubectl kubestellar deploy ${deploy}`,
      `kubectl kubestellar get-external-kubeconfig -n ${ns} -o ${kubeconfig}`,
      'kubectl ws root',
    ]);
    assert.match(done.stdout, `export KUBECONFIG=${kubeconfig.replaceAll(' ', '\\ ')}\n`);
  }
});

test('docs/releases.md: a release is made anew with the same bytes, and its checksums fit', async () => {
  const [, , commands = ''] = await shellBlocks('docs/releases.md');
  assert.match(commands, 'npm run release');
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const settings = { ...process.env, HOME: join(folder, 'home'), XDG_CACHE_HOME: cache };
  const { code, stderr } = await run('bash', ['-euc', commands], settings).done;
  assert.is(code, 0, stderr);
  const same = await run('diff', ['-r', release, join(folder, 'home', 'release')], process.env).done;
  assert.is(same.code, 0, same.stdout);
});

test.run();
