import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { parse } from 'yaml';
import { switchFromWords } from '../commands/switch-domain.ts';
import { ensureServerCredentials } from '../pki/server-creds.ts';
import { CommandFailure, UsageError } from '../shell/failure.ts';
import { NO_OUTPUT } from '../shell/output.ts';
import { switchDomainOf } from './switch.ts';

const test = suite('switch-domain');
let folder = '';
let ca = '';

/** A kubeconfig like kcp's, with the same server in other spellings, and others that resemble it. */
const INPUT = `# kept
apiVersion: v1
kind: Config
clusters:
- {name: base, cluster: {server: 'https://192.0.2.1:6443', certificate-authority-data: b2xk}}
- {name: root, cluster: {server: 'https://192.0.2.1:6443/clusters/root', certificate-authority: old.crt, tls-server-name: x}}
- {name: insecure, cluster: {server: 'HTTPS://192.0.2.1:6443/clusters/a?b#c', insecure-skip-tls-verify: true}}
- {name: longer-port, cluster: {server: 'https://192.0.2.1:64430'}}
- {name: shorter-port, cluster: {server: 'https://192.0.2.1:644'}}
- {name: other-scheme, cluster: {server: 'http://192.0.2.1:6443'}}
- {name: longer-host, cluster: {server: 'https://192.0.2.1.example:6443', certificate-authority: old.crt}}
- {name: usual-port, cluster: {server: 'https://192.0.2.9:443'}}
- {name: no-port, cluster: {server: 'https://192.0.2.9/clusters/root'}}
contexts:
- {name: base, context: {cluster: base, user: admin}}
- {name: usual, context: {cluster: usual-port, user: admin}}
- {name: dangling, context: {cluster: nowhere, user: admin}}
current-context: base
users:
- {name: admin, user: {token: 'yes', client-key: keys/admin.key}}
`;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar domain-'));
  await ensureServerCredentials(folder, 'yep.yep', NO_OUTPUT);
  ca = join(folder, 'pki', 'ca.crt');
  mkdirSync(join(folder, 'in'));
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'in', 'config'), INPUT);
});
test.after(() => rmSync(folder, { recursive: true }));

interface Config {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  contexts: unknown;
  users: { user: Record<string, string> }[];
  'current-context': string;
}

function words(change: Partial<Record<number, string>> = {}): string[] {
  const all = [join(folder, 'in/config'), join(folder, 'out/config'), 'base', 'yep.yep', '7443', ca];
  return all.map((word, index) => change[index] ?? word);
}

function switched(change: Partial<Record<number, string>> = {}): Config {
  const wanted = words(change);
  switchDomainOf(switchFromWords(wanted));
  return parse(readFileSync(wanted[1] ?? '', 'utf8')) as Config;
}

const cluster = (config: Config, name: string) => config.clusters.find((each) => each.name === name)?.cluster;

function failure(change: Partial<Record<number, string>>): CommandFailure {
  try {
    switched(change);
  } catch (error) {
    assert.instance(error, CommandFailure);
    return error as CommandFailure;
  }
  throw new Error(`${JSON.stringify(change)} was accepted`);
}

test('clusters at the same scheme, host and port get the new ones and the new CA, and keep their paths', () => {
  const config = switched();
  const data = readFileSync(ca).toString('base64');
  assert.equal(cluster(config, 'base'), {
    server: 'https://yep.yep:7443',
    'certificate-authority-data': data,
  });
  assert.equal(cluster(config, 'root'), {
    server: 'https://yep.yep:7443/clusters/root',
    'certificate-authority-data': data,
  });
  assert.equal(cluster(config, 'insecure'), {
    server: 'HTTPS://yep.yep:7443/clusters/a?b#c',
    'certificate-authority-data': data,
  });
});

test('similar servers, contexts, users, comments, and the input itself are not changed', () => {
  const config = switched();
  const original = parse(INPUT) as Config;
  for (const name of ['longer-port', 'shorter-port', 'other-scheme', 'usual-port', 'no-port'])
    assert.equal(cluster(config, name), cluster(original, name), name);
  assert.equal(config.contexts, original.contexts);
  assert.is(config['current-context'], 'base');
  assert.match(readFileSync(join(folder, 'out', 'config'), 'utf8'), /^# kept\n[\s\S]*token: ['"]yes/);
  assert.is(readFileSync(join(folder, 'in', 'config'), 'utf8'), INPUT);
});

test('relative paths are rewritten for the folder of the output', () => {
  assert.is(switched().users[0]?.user['client-key'], join(folder, 'in', 'keys', 'admin.key'));
  assert.is(cluster(switched(), 'longer-host')?.['certificate-authority'], join(folder, 'in', 'old.crt'));
  const beside = switched({ 1: join(folder, 'in', 'switched') });
  assert.is(beside.users[0]?.user['client-key'], 'keys/admin.key');
});

test("a scheme's usual port is the same whether it is written or not", () => {
  const config = switched({ 2: 'usual' });
  assert.is(cluster(config, 'usual-port')?.server, 'https://yep.yep:7443');
  assert.is(cluster(config, 'no-port')?.server, 'https://yep.yep:7443/clusters/root');
  assert.is(cluster(config, 'base')?.server, 'https://192.0.2.1:6443');
});

test('the output is replaced, private, and the only new file', () => {
  writeFileSync(join(folder, 'out', 'config'), 'old', { mode: 0o644 });
  switched();
  assert.is(statSync(join(folder, 'out', 'config')).mode & 0o777, 0o600);
  assert.equal(readdirSync(join(folder, 'out')), ['config']);
});

test('an impossible switch is reported, with exit code 10 for an unknown context, and writes nothing', () => {
  rmSync(join(folder, 'out', 'config'), { force: true });
  const absent = failure({ 2: 'absent' });
  assert.is(absent.exitCode, 10);
  assert.match(absent.message, "there is no context named 'absent'");
  assert.match(failure({ 2: 'dangling' }).message, 'names the cluster "nowhere"');
  assert.match(failure({ 0: join(folder, 'none') }).message, 'there is no kubeconfig at');
  assert.match(failure({ 5: join(folder, 'none') }).message, 'cannot read the CA certificate');
  assert.match(failure({ 5: join(folder, 'in', 'config') }).message, 'holds no certificate');
  assert.match(failure({ 1: join(folder, 'in', 'config') }).message, 'is the input');
  assert.match(failure({ 1: join(folder, 'absent', 'config') }).message, 'cannot write');
  assert.equal(readdirSync(join(folder, 'out')), []);
  assert.is(readFileSync(join(folder, 'in', 'config'), 'utf8'), INPUT);
});

test('invalid arguments are wrong usage', () => {
  const refused = (given: string[]) =>
    assert.throws(
      () => switchFromWords(given),
      (error: Error) => error instanceof UsageError,
    );
  for (const given of [[], words().slice(1), [...words(), 'more']]) refused(given);
  for (const port of ['0', '65536', 'x', '', '6443/x', '-1']) refused(words({ 4: port }));
  for (const host of ['', 'a b', 'a/b', 'a:1', '*.a', '-a', 'a..b']) refused(words({ 3: host }));
  assert.is(switchFromWords(words({ 3: '::1' })).host, '[::1]');
});

test.run();
