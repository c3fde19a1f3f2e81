import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { type Child, mustRunChild, startChild } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { provideEasyRsa } from '../support/easy-rsa.ts';
import { ROOT } from '../support/local.ts';
import { mustSucceed, runScript, scripted } from '../support/script.ts';

/** The kcp process control commands on a kcp of their own, and side by side with Easy-RSA. */
const test = suite('kcp served by domain name', { timeout: 300_000 });

let folder = '';
let kcp: Child | undefined;
let port = 0;
let kcpPath = '';
let env: NodeJS.ProcessEnv = {};

test.before(async () => {
  // Spaces and quotes in the path must not matter.
  folder = mkdtempSync(join(tmpdir(), "kubestellar it's creds-"));
  const toolchain = join(ROOT, 'dev/toolchain/src/main.ts');
  const pathOf = async (tool: string) =>
    (await mustRunChild(process.execPath, [toolchain, 'path', tool])).trim();
  const [server, kubectl, plugin] = [
    await pathOf('kcp'),
    await pathOf('kubectl'),
    await pathOf('kubectl-ws'),
  ];
  const path = [join(ROOT, 'bin'), ...[server, kubectl, plugin].map((tool) => dirname(tool))];
  kcpPath = server;
  const ports = await freePorts(3);
  port = ports[0] ?? 0;
  env = { ...process.env, PATH: [...path, process.env.PATH].join(delimiter), PORTS: ports.join(' ') };
  delete env.KUBECONFIG;
});

test.after(async () => {
  const killer = setTimeout(() => kcp?.kill('SIGKILL'), 20_000);
  kcp?.kill('SIGTERM');
  await kcp?.ended;
  clearTimeout(killer);
  rmSync(folder, { recursive: true, force: true });
});

const sh = scripted((text) => runScript(text, { cwd: folder, env }));
const must = scripted((text) => mustSucceed(text, sh(text)));

test('kcp starts with the credentials of two domains, as the reference shows it', async () => {
  const args = (
    await must(`
    for domain in localhost yep.yep; do
      eval pieces=($(kubestellar-ensure-kcp-server-creds $domain))
      printf '%s\\0' --tls-sni-cert-key "\${pieces[1]},\${pieces[2]}"
    done`)
  ).split('\0');
  const [secure, client, peer] = (env.PORTS ?? '').split(' ');
  const own = ['--root-directory=.kcp', '--bind-address=127.0.0.1', `--secure-port=${secure}`];
  const etcd = [`--embedded-etcd-client-port=${client}`, `--embedded-etcd-peer-port=${peer}`];
  const log = openSync(join(folder, 'kcp.log'), 'w');
  const options = { cwd: folder, env, stdout: log, stderr: log };
  kcp = startChild(kcpPath, ['start', ...own, ...etcd, ...args.slice(0, -1)], options);
});

test('wait-and-switch-domain waits until kcp has written its kubeconfig and answers', async () => {
  const { code, stderr, stdout } =
    await sh`wait-and-switch-domain .kcp/admin.kubeconfig local.kubeconfig root localhost ${port} pki/ca.crt`;
  assert.is(code, 0, `${stderr}\n${readFileSync(join(folder, 'kcp.log'), 'utf8').slice(-2000)}`);
  assert.is(stdout, '');
  assert.match(stderr, /Waiting for the server of .*admin\.kubeconfig since \d+ s: /);
  await must('KUBECONFIG=local.kubeconfig kubectl get namespaces >/dev/null');
});

test('kubectl and kubectl ws use the switched kubeconfig, and verify the server by the new CA', async () => {
  assert.match(await must('KUBECONFIG=local.kubeconfig kubectl ws .'), "Current workspace is 'root'");
  await must(
    'KUBECONFIG=local.kubeconfig kubectl --context base get --raw /clusters/root/api/v1/namespaces >/dev/null',
  );
  const servers = await must(
    `kubectl --kubeconfig local.kubeconfig config view -o jsonpath='{.clusters[*].cluster.server}'`,
  );
  for (const server of servers.split(' ')) assert.is(new URL(server).host, `localhost:${port}`);
  // kcp's own certificate is of another CA: that the server is verified is shown by its refusal by address.
  const { stderr } =
    await sh`kubectl --kubeconfig local.kubeconfig --server https://127.0.0.1:${port} get ns`;
  assert.match(stderr, 'certificate signed by unknown authority');
});

test('each domain is served with its own certificate; switch-domain makes a kubeconfig for the other', async () => {
  await must`switch-domain .kcp/admin.kubeconfig yep.kubeconfig root yep.yep ${port} pki/ca.crt`;
  const resolved = ['--server', `https://127.0.0.1:${port}/clusters/root`, '--tls-server-name', 'yep.yep'];
  await must`kubectl --kubeconfig yep.kubeconfig ${resolved} get namespaces`;
  const nameOf = async (domain: string) => {
    const text =
      await must`openssl s_client -connect 127.0.0.1:${port} -servername ${domain} </dev/null 2>/dev/null`;
    return new X509Certificate(text).subjectAltName;
  };
  const names = [await nameOf('localhost'), await nameOf('yep.yep')];
  assert.equal(names, ['DNS:localhost', 'DNS:yep.yep']);
});

test('an unknown context and a wrong number of arguments have their own exit codes', async () => {
  const rest = ['localhost', port, 'pki/ca.crt'];
  assert.is((await sh`switch-domain .kcp/admin.kubeconfig out none ${rest}`).code, 10);
  assert.is((await sh`wait-and-switch-domain .kcp/admin.kubeconfig out none ${rest}`).code, 10);
  assert.is((await sh`wait-and-switch-domain .kcp/admin.kubeconfig out root ${rest} more`).code, 2);
  assert.not(existsSync(join(folder, 'out')));
});

const easyrsa = await provideEasyRsa();
const INTEROPERATES = 'a PKI of Easy-RSA is used, and Easy-RSA uses ours, for each kind of key';

async function interoperates(easyrsa: string): Promise<void> {
  const kinds = [
    ['--use-algo=rsa'],
    ['--use-algo=ec', '--curve=secp384r1'],
    ['--use-algo=ed', '--curve=ed25519'],
  ];
  for (const [index, kind] of kinds.entries()) {
    const dir = join(folder, `easy ${index}`);
    mkdirSync(dir);
    const run = scripted((text) => mustSucceed(text, runScript(text, { cwd: dir, env })));
    await run`${easyrsa} --batch init-pki; ${easyrsa} --batch ${kind} build-ca nopass`;
    const ca = readFileSync(join(dir, 'pki/ca.crt'), 'utf8');
    await run('kubestellar-ensure-kcp-server-creds a.example');
    assert.is(readFileSync(join(dir, 'pki/ca.crt'), 'utf8'), ca);
    const name = basename((await run('echo pki/issued/*.crt')).trim(), '.crt');
    await run`openssl verify -verify_hostname a.example -CAfile pki/ca.crt pki/issued/${name}.crt`;
    await run`${easyrsa} --batch ${kind} build-server-full other nopass
      ${easyrsa} --batch revoke ${name}; ${easyrsa} --batch gen-crl`;
    assert.match(await run('kubestellar-ensure-kcp-server-creds a.example 2>&1'), 'Created credentials');
  }
  await must`${easyrsa} --batch build-server-full other nopass
    openssl verify -CAfile pki/ca.crt pki/issued/*.crt`;
}

if (typeof easyrsa === 'string') test(INTEROPERATES, () => interoperates(easyrsa));
else test.skip(INTEROPERATES, easyrsa.missing);

/** Ports that are free now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

test.run();
