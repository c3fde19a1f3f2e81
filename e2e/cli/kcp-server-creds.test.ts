import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { provideEasyRsa } from '../support/easy-rsa.ts';
import { ROOT } from '../support/local.ts';

/** The kcp process control commands on a kcp of their own, and side by side with Easy-RSA. */
const test = suite('kcp served by domain name', { timeout: 300_000 });

let folder = '';
let kcp: ChildProcess | undefined;
let port = 0;
let kcpPath = '';
let env: NodeJS.ProcessEnv = {};

test.before(async () => {
  // Spaces and quotes in the path must not matter.
  folder = mkdtempSync(join(tmpdir(), "kubestellar it's creds-"));
  const [server = '', kubectl = '', plugin = ''] = ['kcp', 'kubectl', 'kubectl-ws'].map((tool) =>
    execFileSync(process.execPath, [join(ROOT, 'dev/toolchain/src/main.ts'), 'path', tool], {
      encoding: 'utf8',
    }).trim(),
  );
  const path = [join(ROOT, 'bin'), ...[server, kubectl, plugin].map((tool) => dirname(tool))];
  kcpPath = server;
  const ports = await freePorts(3);
  port = ports[0] ?? 0;
  env = { ...process.env, PATH: [...path, process.env.PATH].join(delimiter), PORTS: ports.join(' ') };
  delete env.KUBECONFIG;
});

test.after(async () => {
  if (kcp && kcp.exitCode === null) {
    const { pid } = kcp;
    const killer = setTimeout(() => pid && process.kill(pid, 'SIGKILL'), 20_000);
    kcp.kill('SIGTERM');
    await once(kcp, 'exit');
    clearTimeout(killer);
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a line of shell that must succeed. @returns its stdout */
function must(script: string): string {
  const { status, stdout, stderr } = sh(script);
  if (status !== 0) throw new Error(`exit code ${status} of: ${script}\n${stdout}${stderr}`);
  return stdout;
}

function sh(script: string) {
  return spawnSync('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, encoding: 'utf8' });
}

test('kcp starts with the credentials of two domains, as the reference shows it', () => {
  const args = must(`
    for domain in localhost yep.yep; do
      eval pieces=($(kubestellar-ensure-kcp-server-creds $domain))
      printf '%s\\0' --tls-sni-cert-key "\${pieces[1]},\${pieces[2]}"
    done`).split('\0');
  const [secure, client, peer] = (env.PORTS ?? '').split(' ');
  const own = ['--root-directory=.kcp', '--bind-address=127.0.0.1', `--secure-port=${secure}`];
  const etcd = [`--embedded-etcd-client-port=${client}`, `--embedded-etcd-peer-port=${peer}`];
  const log = openSync(join(folder, 'kcp.log'), 'w');
  kcp = spawn(kcpPath, ['start', ...own, ...etcd, ...args.slice(0, -1)], {
    cwd: folder,
    env,
    stdio: ['ignore', log, log],
  });
});

test('wait-and-switch-domain waits until kcp has written its kubeconfig and answers', () => {
  const { status, stderr, stdout } = sh(
    `wait-and-switch-domain .kcp/admin.kubeconfig local.kubeconfig root localhost ${port} pki/ca.crt`,
  );
  assert.is(status, 0, `${stderr}\n${readFileSync(join(folder, 'kcp.log'), 'utf8').slice(-2000)}`);
  assert.is(stdout, '');
  assert.match(stderr, /Waiting for the server of .*admin\.kubeconfig since \d+ s: /);
  must(`KUBECONFIG=local.kubeconfig kubectl get namespaces >/dev/null`);
});

test('kubectl and kubectl ws use the switched kubeconfig, and verify the server by the new CA', () => {
  assert.match(must('KUBECONFIG=local.kubeconfig kubectl ws .'), "Current workspace is 'root'");
  must(
    'KUBECONFIG=local.kubeconfig kubectl --context base get --raw /clusters/root/api/v1/namespaces >/dev/null',
  );
  const servers = must(
    `kubectl --kubeconfig local.kubeconfig config view -o jsonpath='{.clusters[*].cluster.server}'`,
  );
  for (const server of servers.split(' ')) assert.is(new URL(server).host, `localhost:${port}`);
  // kcp's own certificate is of another CA: that the server is verified is shown by its refusal by address.
  const { stderr } = sh(`kubectl --kubeconfig local.kubeconfig --server https://127.0.0.1:${port} get ns`);
  assert.match(stderr, 'certificate signed by unknown authority');
});

test('each domain is served with its own certificate; switch-domain makes a kubeconfig for the other', () => {
  must(`switch-domain .kcp/admin.kubeconfig yep.kubeconfig root yep.yep ${port} pki/ca.crt`);
  const resolved = `--server https://127.0.0.1:${port}/clusters/root --tls-server-name yep.yep`;
  must(`kubectl --kubeconfig yep.kubeconfig ${resolved} get namespaces`);
  const names = ['localhost', 'yep.yep'].map((domain) => {
    const text = must(
      `openssl s_client -connect 127.0.0.1:${port} -servername ${domain} </dev/null 2>/dev/null`,
    );
    return new X509Certificate(text).subjectAltName;
  });
  assert.equal(names, ['DNS:localhost', 'DNS:yep.yep']);
});

test('an unknown context and a wrong number of arguments have their own exit codes', () => {
  const rest = `localhost ${port} pki/ca.crt`;
  assert.is(sh(`switch-domain .kcp/admin.kubeconfig out none ${rest}`).status, 10);
  assert.is(sh(`wait-and-switch-domain .kcp/admin.kubeconfig out none ${rest}`).status, 10);
  assert.is(sh(`wait-and-switch-domain .kcp/admin.kubeconfig out root ${rest} more`).status, 2);
  assert.not(existsSync(join(folder, 'out')));
});

const easyrsa = await provideEasyRsa();
const INTEROPERATES = 'a PKI of Easy-RSA is used, and Easy-RSA uses ours, for each kind of key';

function interoperates(command: string): void {
  const easyrsa = JSON.stringify(command);
  const kinds = ['--use-algo=rsa', '--use-algo=ec --curve=secp384r1', '--use-algo=ed --curve=ed25519'];
  for (const [index, kind] of kinds.entries()) {
    const dir = join(folder, `easy ${index}`);
    mkdirSync(dir);
    const run = (script: string) => must(`cd ${JSON.stringify(dir)}; ${script}`);
    run(`${easyrsa} --batch init-pki; ${easyrsa} --batch ${kind} build-ca nopass`);
    const ca = readFileSync(join(dir, 'pki/ca.crt'), 'utf8');
    run(`kubestellar-ensure-kcp-server-creds a.example`);
    assert.is(readFileSync(join(dir, 'pki/ca.crt'), 'utf8'), ca);
    const name = basename(run('echo pki/issued/*.crt').trim(), '.crt');
    run(`openssl verify -verify_hostname a.example -CAfile pki/ca.crt pki/issued/${name}.crt`);
    run(`${easyrsa} --batch ${kind} build-server-full other nopass
      ${easyrsa} --batch revoke ${name}; ${easyrsa} --batch gen-crl`);
    assert.match(run(`kubestellar-ensure-kcp-server-creds a.example 2>&1`), 'Created credentials');
  }
  must(`${easyrsa} --batch build-server-full other nopass
    openssl verify -CAfile pki/ca.crt pki/issued/*.crt`);
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
