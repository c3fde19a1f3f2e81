import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { scanForSecrets, secretsOfKubeconfig, secretsOfKubeconfigs } from './secret-scan.ts';

const test = suite('a scan of logs for secrets');
const SECRET = 'sesame/öffne+"dich" 0815';
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const HARMLESS = [
  '{"level":"info","time":"2026-01-01T00:00:00Z","msg":"ready"}',
  'I0101 00:00:00.000000 1 authn.go:1] Bearer token authenticator is on, bearer authentication-failures-are-counted',
  '-----BEGIN CERTIFICATE-----',
  'GET https://[::1]:6443/clusters/root:wmw1/api/v1/secrets?limit=500 200',
  'curl -H "Authorization: Bearer <masked>" --token=<redacted>',
].join('\n');
let folder = '';

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-scan-'));
  mkdirSync(join(folder, 'deeper'));
  writeFileSync(join(folder, 'kcp.log'), HARMLESS);
});
test.after.each(() => rmSync(folder, { recursive: true }));

/** Plants a line among harmless ones. @returns what the scan finds */
function plant(line: string, secrets: readonly string[] = []): Promise<string[]> {
  writeFileSync(join(folder, 'deeper', 'view.log.old'), `${HARMLESS}\n${line}\n${HARMLESS}`);
  return scanForSecrets(folder, secrets);
}

test('what programs log of themselves is no secret', async () => {
  assert.equal(await scanForSecrets(folder, [SECRET, KEY]), []);
});

const spellings: Record<string, string> = {
  'as it is': SECRET,
  'as JSON spells it': JSON.stringify({ stringData: { password: SECRET } }),
  'as URLs spell it': `GET /?password=${encodeURIComponent(SECRET)}`,
};
for (const [how, text] of Object.entries(spellings)) {
  test(`a secret that was given is found ${how}, and not shown`, async () => {
    const findings = await plant(`before ${text} after`, ['another secret', SECRET]);
    assert.equal(findings, ['deeper/view.log.old, line 6: secret 2 of those given']);
  });
}

for (const before of ['', '1', '12', '123']) {
  test(`a secret is found in base64 after ${before.length} other bytes, with any bytes behind it`, async () => {
    for (const behind of ['', 'x', 'xy', 'xyz']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`${before}${SECRET}${behind}`).toString(encoding);
        const findings = await plant(`data: ${text}`, [SECRET]);
        assert.equal(findings, ['deeper/view.log.old, line 6: secret 1 of those given, in base64'], text);
      }
    }
  });
}

test('a private key is found by its shape, by its lines, in JSON and in base64', async () => {
  assert.equal(await plant(KEY), ['deeper/view.log.old, line 6: a private key']);
  const lines = KEY.trim().split('\n').slice(1, -1).join('\n');
  assert.equal(await plant(lines, [KEY]), ['deeper/view.log.old, line 6: secret 1 of those given (3 lines)']);
  assert.ok((await plant(JSON.stringify({ key: KEY }), [KEY])).some((finding) => finding.endsWith('given')));
  for (const before of ['', '1', '12']) {
    const encoded = btoa(before + KEY);
    assert.equal(await plant(`client-key-data: ${encoded}`), [
      'deeper/view.log.old, line 6: a private key in base64',
    ]);
  }
});

const shapes: Record<string, string> = {
  'a Bearer header': `Authorization: Bearer ${randomBytes(20).toString('hex')}`,
  'a Basic header': `"Authorization":"Basic ${btoa('admin:admin')}"`,
  'a JSON web token': ['{"alg":"RS256"}', '{"iss":"kubernetes"}', 'signature signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.'),
  'a password in a URL': 'GET https://me:mine@example.com/path',
  'a token or password as an argument': 'running kubectl --token=0123456789abcdef get pods',
};
for (const [name, line] of Object.entries(shapes)) {
  test(`${name} is found whoever it belongs to`, async () => {
    assert.equal(await plant(line), [`deeper/view.log.old, line 6: ${name}`]);
  });
}

test('a secret is found in a dump of bytes, wherever its lines break', async () => {
  for (let before = 0; before < 17; before++) {
    const bytes = Buffer.from(`${'x'.repeat(before)}${SECRET} and what follows`);
    const rows: string[] = [];
    for (let at = 0; at < bytes.length; at += 16) {
      const row = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
      const [left, right] = [row.slice(0, 8).join(' '), row.slice(8).join(' ')];
      rows.push(`${at.toString(16).padStart(8, '0')}  ${`${left}  ${right}`.padEnd(49)} |................|`);
    }
    const findings = await plant(rows.join('\n'), [SECRET]);
    assert.is(findings.length, 1, rows.join('\n'));
    assert.match(findings[0] ?? '', 'secret 1 of those given');
  }
});

test('a secret in many lines is one finding', async () => {
  assert.equal(await plant(`${SECRET}\n${SECRET}`, [SECRET]), [
    'deeper/view.log.old, line 6: secret 1 of those given (2 lines)',
  ]);
});

test('a folder without logs, a missing one and a secret of few characters are errors', async () => {
  const errorOf = (scan: Promise<unknown>) => scan.then(() => 'none', String);
  writeFileSync(join(folder, 'kcp.log'), '');
  assert.match(await errorOf(scanForSecrets(folder, [])), 'nothing to scan');
  assert.match(await errorOf(scanForSecrets(join(folder, 'missing'), [])), 'ENOENT');
  assert.match(await errorOf(plant('line', ['short'])), 'secret 1 has fewer than 8');
});

test('the secrets of kubeconfigs are their tokens, passwords and keys', async () => {
  const kubeconfig = JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: 'https://localhost' } }],
    users: [
      { name: 'a', user: { token: 'token of a' } },
      { name: 'b', user: { username: 'b', password: 'password of b' } },
      { name: 'c', user: { 'client-key-data': btoa(KEY), 'client-certificate-data': 'public' } },
    ],
  });
  const expected = ['token of a', 'password of b', KEY];
  assert.equal(secretsOfKubeconfig(kubeconfig), expected);
  writeFileSync(join(folder, 'deeper', 'admin.kubeconfig'), kubeconfig);
  writeFileSync(join(folder, 'e2e.kubeconfig'), kubeconfig);
  assert.equal(await secretsOfKubeconfigs(folder), expected);
});

test.run();
