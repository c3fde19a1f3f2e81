import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, suite } from '@kubestellar/testing';
import { WecPki } from './pki.ts';

const test = suite('certificates of a WEC');
let folder = '';
let pki: WecPki;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubestellar-pki-'));
  pki = await WecPki.ensure(join(folder, 'pki'), 'edge1');
});
test.after(() => rmSync(folder, { recursive: true }));

const certificate = (name: string) => new X509Certificate(readFileSync(pki.path(`${name}.crt`)));

test('each file is for its owner only', () => {
  for (const file of readdirSync(join(folder, 'pki')))
    assert.is(statSync(pki.path(file)).mode & 0o777, 0o600, file);
});

test("Kubernetes' own users have their names, and the server its addresses", () => {
  assert.is(certificate('scheduler').subject, 'CN=system:kube-scheduler');
  assert.is(certificate('controller-manager').subject, 'CN=system:kube-controller-manager');
  assert.is(certificate('admin').subject, 'O=system:masters\nCN=kubernetes-admin');
  assert.is(certificate('apiserver').checkIP('127.0.0.1'), '127.0.0.1');
  assert.is(certificate('apiserver').checkHost('kubernetes.default.svc'), 'kubernetes.default.svc');
  for (const name of ['apiserver', 'admin', 'kwok'])
    assert.ok(certificate(name).verify(certificate('ca').publicKey), name);
});

test("no user of the API is known to etcd, only the API server's client certificate", () => {
  const etcd = certificate('etcd-ca').publicKey;
  assert.ok(certificate('etcd').verify(etcd));
  assert.ok(certificate('etcd-client').verify(etcd));
  assert.not(certificate('admin').verify(etcd));
});

test('service account tokens are signed by a key of their own', () => {
  const pair = createPublicKey(createPrivateKey(readFileSync(pki.path('service-account.key'))));
  assert.ok(pair.equals(createPublicKey(readFileSync(pki.path('service-account.pub')))));
});

test('a second call takes what is there', async () => {
  const before = pki.certificateAuthority;
  const again = await WecPki.ensure(join(folder, 'pki'), 'edge1');
  assert.is(again.certificateAuthority, before);
  assert.equal(again.credentials('admin'), pki.credentials('admin'));
});

test.run();
