import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { toolVersion } from '@kubestellar/toolchain';
import { BareMachine, OWN } from '../support/bootstrap/bare-machine.ts';
import { FLAGS, WRONG_FLAGS } from '../support/bootstrap/flags.ts';
import { shellBlocks } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { ROOT, run } from '../support/local.ts';
import type { ReleaseServer } from '../support/release-server.ts';

/** The bootstrap script with archives that were made here, on a machine with neither Node nor any of our programs. */
const test = suite('bootstrap', { timeout: 300_000 });

const machine = await BareMachine.create();
const { folder, bin, release, version, archive, sh, must, inFolder, piped, fromServer, deployed } = machine;
/** Empty while there is no chart. */
const chart = existsSync(join(ROOT, 'chart')) ? ['chart'] : [];
let server: ReleaseServer;

test.before(async () => {
  server = await machine.setUp();
});

test.after(() => machine.dispose());

test('wrong flags are refused at once with exit code 2, the cause and no change', async () => {
  for (const [flags, message] of WRONG_FLAGS) {
    const { code, stderr, stdout } = await sh('wrong', fromServer(flags));
    assert.is(code, 2, `${flags}\n${stderr}`);
    assert.match(stderr, message);
    assert.is(stdout, '');
  }
  assert.equal(await inFolder('wrong'), []);
});

test('--help tells every flag of the reference and has an example', async () => {
  const { stdout } = await must('wrong', piped('--help'));
  for (const flag of FLAGS) assert.match(stdout, `--${flag}`);
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
  const down = await sh('none', piped('--deploy false --insecure-http --from http://127.0.0.1:1'));
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
  assert.match(page.stderr, `has no KubeStellar for ${OWN.os}/${OWN.architecture}`);
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
    const child = await machine.startInGroup('stopped', fromServer('--deploy false'));
    await begun;
    const beside = await sh('stopped', fromServer('--deploy false'));
    assert.is(beside.code, 1);
    assert.match(beside.stderr, /another bootstrap \(process \d+\) works in/);
    child.kill(signal);
    await child.ended;
    server.instead.clear();
    assert.ok(!(await inFolder('stopped')).includes('kubestellar'));
  }
  const { stderr } = await must('stopped', fromServer('--deploy false'));
  assert.match(stderr, 'kcp is there');
  assert.equal(await inFolder('stopped'), ['kcp', 'kubestellar']);
});

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
    new RegExp(`^${version}\\n${OWN.os}/${OWN.architecture}\\nkcp version v.*\\.kubestellar\\.`),
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
  const theirs = await machine.makeStandIns('theirs', {
    kcp: 'echo kcp version v1.35.3+kcp-v0.31.20',
    'kubectl-ws': '',
    kubestellar: '',
    'kubectl-kubestellar': '',
    'kubestellar-release': 'echo no Node here >&2; exit 1',
  });
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

test('a download over plain http is refused before anything is asked of the server, unless a flag allows it', async () => {
  const asked = server.requests.length;
  for (const url of [server.url, server.url.replace('http', 'HTTP'), 'http://releases.example/']) {
    const script = `bash ${release}/bootstrap-kubestellar.sh --deploy false --from ${url}`;
    const { code, stderr } = await sh('plain', script);
    assert.is(code, 2, stderr);
    assert.match(stderr, /--from http:\S+ is not encrypted: .* or add --insecure-http/);
  }
  assert.is(server.requests.length, asked);
  assert.equal(await inFolder('plain'), []);
});

test('docs/releases.md: from nothing to a core, deployed as processes, and into the environment of the shell', async () => {
  const [bootstrap = '', environment = ''] = await shellBlocks('docs/releases.md');
  assert.match(bootstrap, 'bash <(curl');
  // The test's server is on loopback and has no certificate.
  const commands = `${bootstrap}\n${environment}`.replaceAll('--from $RELEASES', '$& --insecure-http');
  const { stdout } = await must('bare', `RELEASES=${server.url}\n${commands}`);
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
  const { code, stderr } = await sh(
    'clone',
    `bash ${ROOT}/release/bootstrap/bootstrap-kubestellar.sh ${flags}`,
    {
      PATH: `${bin}:${PATH}`,
      HOME: process.env.HOME,
    },
  );
  assert.is(code, 0, stderr);
  assert.match(stderr, `packing KubeStellar ${version.slice(1)} and kcp for ${OWN.os}/${OWN.architecture}`);
  assert.match((await must('clone', 'kubestellar/bin/kubestellar-release')).stdout, version);
});

test('deployed again it changes nothing but what is asked for, and brings back what has ended', async () => {
  const flags =
    '--bind-address 127.0.0.1 --ensure-folder ~/kubestellar --ensure-imw root:imw2 --ensure-wmw ""';
  const before = await deployed();
  assert.is(before.length, 4);
  const { stdout, stderr } = await must('bare', fromServer(flags));
  assert.match(stderr, /kcp runs already/);
  assert.equal(await deployed(), before);
  const look = await must('elsewhere', `${stdout}\nkubectl get workspaces -o name`);
  for (const name of ['imw1', 'imw2', 'wmw1']) assert.match(look.stdout, `workspace.tenancy.kcp.io/${name}`);
  await must('bare', fromServer(`${flags} --kcp-version ${toolVersion('kcp').replace(/\+.*/, '')}`));
  const other = await sh('bare', fromServer(`${flags} --kcp-version v0.30.1`));
  assert.is(other.code, 4, other.stderr);
  assert.equal(await deployed(), before);

  const kubeconfig = join(folder, 'bare/.kcp/admin.kubeconfig');
  const written = await readFile(kubeconfig);
  await writeFile(kubeconfig, '{}');
  const unusable = await sh('bare', fromServer(flags));
  assert.is(unusable.code, 3, unusable.stderr);
  assert.match(unusable.stderr, /kcp runs \(process \d+\), but .*admin\.kubeconfig is not as it wrote it/);
  await writeFile(kubeconfig, written);

  const kcp = before.find(({ command }) => command.startsWith('kcp start'))?.pid ?? 0;
  process.kill(kcp, 'SIGKILL');
  await eventually('kcp to end', deployed, (now) => !now.some(({ pid }) => pid === kcp));
  const back = await must('bare', `${stdout}\n${fromServer(`${flags} --verbose`)}`);
  assert.match(back.stderr, /Started kcp/);
  await must('elsewhere', `${stdout}\nkubectl ws root:imw2; kubestellar stop`);
});

test('a kcp that cannot start is told with the end of its log', async () => {
  const { code, stderr } = await sh('sick', fromServer('--bind-address 192.0.2.1'));
  assert.is(code, 1);
  assert.match(stderr, /kcp has ended; the end of its log, .*kcp_log\.txt:\n.*192\.0\.2\.1/s);
});

test('into a cluster: the namespace, "deploy" with the endpoint, then the kubeconfig (kubectl and helm are stand-ins)', async () => {
  const noteCall = `echo "\${0##*/} $*" >>'${folder}/calls'\n[ "$1 $2" != 'get namespace' ]`;
  const standIns = await machine.makeStandIns('stand-ins', { kubectl: noteCall, helm: noteCall });
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
