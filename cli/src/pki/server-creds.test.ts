import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { mustRunChildSync, runChildSync } from '@kubestellar/process';
import { assert, suite } from '@kubestellar/testing';
import { NO_OUTPUT } from '../shell/output.ts';
import { asJson, asWords, credentialName, ensureServerCredentials } from './server-creds.ts';
import { newCA, newKey } from './x509.ts';

const test = suite('server credentials');
const OPENSSL = 'openssl';
const DOMAIN = 'kcp.example.com';

let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "kubestellar pki '-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

/** Runs the command's work. @returns the three pathnames, read as bash reads them, and the remarks */
async function ensure(
  domain = DOMAIN,
): Promise<{ ca: string; certificate: string; key: string; remarks: string }> {
  const remarks: string[] = [];
  const remark = (line: string) => void remarks.push(line);
  const files = await ensureServerCredentials(folder, domain, { ...NO_OUTPUT, remark });
  const script = `eval pieces=($(printf '%s\\n' "$1")); printf '%s\\0' "\${pieces[@]}"`;
  const words = mustRunChildSync('bash', ['-c', script, 'bash', asWords(files)]);
  const [ca = '', certificate = '', key = ''] = words.split('\0');
  return { ca, certificate, key, remarks: remarks.join('\n') };
}

const read = (path: string) => new X509Certificate(readFileSync(path));
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: Error) => error.message,
  );

test('a new PKI has a CA and a certificate of that CA with exactly one name', async () => {
  const { ca, certificate, key, remarks } = await ensure();
  assert.is(ca, join(folder, 'pki', 'ca.crt'));
  assert.match(remarks, /^Created PKI at .*\nCreated CA at .*\nCreated credentials for kcp\.example\.com/);
  const [issuer, leaf] = [read(ca), read(certificate)];
  assert.ok(issuer.ca && issuer.verify(issuer.publicKey));
  assert.ok(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey) && !leaf.ca);
  assert.is(leaf.subjectAltName, `DNS:${DOMAIN}`);
  assert.ok(leaf.checkPrivateKey(createPrivateKey(readFileSync(key))));
  assert.is(leaf.publicKey.asymmetricKeyType, 'ec');
  assert.ok(leaf.validToDate.getTime() - Date.now() > 9_990 * 24 * 3600 * 1000);
  for (const path of [key, join(folder, 'pki', 'private', 'ca.key')])
    assert.is(statSync(path).mode & 0o777, 0o600);
});

test('the object for scripts has the published names', () => {
  const files = { ca: '/a', certificate: '/b', key: '/c' };
  assert.equal(JSON.parse(asJson(files)), { authority: '/a', certificate: '/b', key: '/c' });
});

test('existing credentials are used again, to the byte', async () => {
  const first = await ensure();
  const before = snapshot();
  const second = await ensure();
  assert.equal({ ...second, remarks: '' }, { ...first, remarks: '' });
  assert.match(
    second.remarks,
    /^Re-using PKI at .*\nRe-using CA at .*ca\.key\nAccepting existing credentials$/,
  );
  assert.equal(snapshot(), before);
});

test('unusable credentials are replaced, and each reason is printed', async () => {
  const { certificate, key } = await ensure();
  const other = await ensure('other.example.com');
  cpSync(other.certificate, certificate);
  assert.match((await ensure()).remarks, 'with SAN DNS:other.example.com');
  cpSync(other.key, key);
  assert.match((await ensure()).remarks, 'whose key is of another certificate');
  writeFileSync(certificate, 'rubbish');
  assert.match((await ensure()).remarks, 'that cannot be read');
  for (const path of ['ca.crt', 'private/ca.key']) rmSync(join(folder, 'pki', path));
  const anew = await ensure();
  assert.match(anew.remarks, 'of another CA');
  assert.ok(read(anew.certificate).checkIssued(read(anew.ca)));
  rmSync(anew.key);
  assert.match((await ensure()).remarks, 'Created credentials');
});

test('the remainder of an interrupted run is completed, wherever it was interrupted', async () => {
  await ensure();
  const whole = join(folder, 'whole');
  cpSync(join(folder, 'pki'), whole, { recursive: true });
  const wanted = files(whole).map((path) => path.replace(/[0-9A-F]{32}\.pem/, 'serial.pem'));
  for (const missing of files(whole)) {
    rmSync(join(folder, 'pki'), { recursive: true });
    cpSync(whole, join(folder, 'pki'), { recursive: true });
    rmSync(join(folder, 'pki', missing));
    if (missing === 'private/ca.key') {
      assert.match(await refusal(ensure()), 'its private key');
      continue;
    }
    const { ca, certificate, key } = await ensure();
    assert.ok(read(certificate).checkIssued(read(ca)), missing);
    assert.ok(read(certificate).checkPrivateKey(createPrivateKey(readFileSync(key))), missing);
    // The copy by serial number and the request are only for the records.
    if (/certs_by_serial|reqs/.test(missing)) continue;
    const found = files(join(folder, 'pki')).map((path) => path.replace(/[0-9A-F]{32}\.pem/, 'serial.pem'));
    assert.equal([...new Set(found)], wanted, missing);
  }
});

test('simultaneous runs create one CA, one certificate for each name, and a list of all of them', async () => {
  const domains = ['a.example', 'b.example', 'a.example', 'c.example', 'b.example', 'a.example'];
  const main = join(import.meta.dirname, '..', 'main.ts');
  const script = domains
    .map((domain) => `"$0" "$1" kubestellar-ensure-kcp-server-creds ${domain} 2>/dev/null &`)
    .join('\n');
  const lines = mustRunChildSync('bash', ['-c', `${script}\nwait`, process.execPath, main], {
    cwd: folder,
  }).trim();
  assert.is(new Set(lines.split('\n')).size, 3);
  assert.is(lines.split('\n').length, 6);
  const index = readFileSync(join(folder, 'pki', 'index.txt'), 'utf8')
    .trim()
    .split('\n');
  assert.equal(
    index.map((line) => line.split('/CN=')[1]).sort(),
    ['a.example', 'b.example', 'c.example'].map(credentialName).sort(),
  );
  const ca = read(join(folder, 'pki', 'ca.crt'));
  for (const name of readdirSync(join(folder, 'pki', 'issued')))
    assert.ok(read(join(folder, 'pki', 'issued', name)).checkIssued(ca), name);
});

test('an unusable CA is reported, and nothing is lost', async () => {
  const { ca } = await ensure();
  const key = join(folder, 'pki', 'private', 'ca.key');
  writeFileSync(key, '-----BEGIN ENCRYPTED PRIVATE KEY-----\n');
  assert.match(await refusal(ensure('new.example')), /cannot use the CA at .*passphrase/);
  rmSync(key);
  assert.match(await refusal(ensure('new.example')), 'its private key');
  assert.ok(existsSync(ca));
});

test('a CA whose key is of another, of an unknown kind, or unreadable, or that has expired, is refused', async () => {
  const { ca } = await ensure();
  const key = join(folder, 'pki', 'private', 'ca.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  assert.match(await refusal(ensure('new.example')), 'does not belong to its certificate');
  writeFileSync(key, 'rubbish');
  assert.match(await refusal(ensure('new.example')), /cannot use the CA at .*its private key cannot be read/);

  const pair = await newKey();
  writeFileSync(key, pair.key);
  writeFileSync(ca, await newCA(pair, 'ended', -1));
  assert.match(await refusal(ensure('new.example')), "the CA's certificate expired on ");

  if (!has(OPENSSL, 'version')) return console.log('    (no openssl on this machine)');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'];
  mustRunChildSync(OPENSSL, [
    'req',
    '-x509',
    ...curve,
    '-nodes',
    '-subj',
    '/CN=odd',
    '-keyout',
    key,
    '-out',
    ca,
  ]);
  assert.match(await refusal(ensure('new.example')), 'of a kind that is not supported: secp256k1');
});

test('a wrong file or folder in the place of the PKI is reported', async () => {
  const { certificate } = await ensure();
  const pki = join(folder, 'pki');
  const cases: [path: string, kind: 'file' | 'folder', message: RegExp][] = [
    [certificate, 'folder', /^cannot read .*\.crt: EISDIR/],
    [join(pki, 'serial'), 'folder', /\/serial is no file$/],
    [join(pki, 'private'), 'file', /^cannot make the folder .*\/private: EEXIST/],
    [pki, 'file', /^cannot write the PKI: /],
  ];
  for (const [path, kind, message] of cases) {
    rmSync(pki, { recursive: true });
    await ensure();
    rmSync(path, { recursive: true });
    if (kind === 'file') writeFileSync(path, '');
    else mkdirSync(path);
    assert.match(await refusal(ensure()), message);
  }
});

/** The commands of OpenSSL that Easy-RSA runs; e2e/cli/kcp-server-creds.test.ts runs Easy-RSA itself. */
test('OpenSSL can continue a PKI created here, as Easy-RSA makes it do', async () => {
  if (!has(OPENSSL, 'version')) return console.log('    (no openssl on this machine)');
  const { certificate, ca } = await ensure();
  const pki = dirname(ca);
  const env = {
    ...process.env,
    EASYRSA_PKI: pki,
    EASYRSA_DN: 'cn_only',
    EASYRSA_DIGEST: 'sha256',
    EASYRSA_KEY_SIZE: '2048',
    EASYRSA_CERT_EXPIRE: '825',
    EASYRSA_CRL_DAYS: '180',
    ...Object.fromEntries(
      ['CN', 'COUNTRY', 'PROVINCE', 'CITY', 'ORG', 'OU', 'EMAIL'].map((part) => [`EASYRSA_REQ_${part}`, 'x']),
    ),
  };
  const openssl = (...args: string[]) => mustRunChildSync(OPENSSL, args, { env });
  const config = join(pki, 'openssl-easyrsa.cnf');
  const [key, request, issued] = ['o.key', 'o.req', 'o.crt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  openssl('verify', '-x509_strict', '-verify_hostname', DOMAIN, '-CAfile', ca, certificate);
  openssl('req', '-verify', '-noout', '-in', join(pki, 'reqs', `${basename(certificate, '.crt')}.req`));
  openssl('req', '-new', '-config', config, '-batch', '-nodes', '-keyout', key, '-out', request);
  openssl('ca', '-config', config, '-batch', '-notext', '-in', request, '-out', issued);
  openssl('verify', '-CAfile', ca, issued);
  openssl('ca', '-config', config, '-batch', '-revoke', certificate);
  const list = readFileSync(join(pki, 'index.txt'), 'utf8').trim().split('\n');
  assert.equal(
    list.map((line) => line[0]),
    ['R', 'V'],
  );
  await ensure('after.example');
  assert.is(readFileSync(join(pki, 'index.txt'), 'utf8').trim().split('\n').length, 3);
});

function has(command: string, ...args: string[]): boolean {
  return runChildSync(command, args).code === 0;
}

function files(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function snapshot(): [string, string][] {
  const pki = join(folder, 'pki');
  return files(pki).map((path) => [path, readFileSync(join(pki, path), 'utf8')]);
}

test.run();
