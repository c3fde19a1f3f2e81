import { X509Certificate } from 'node:crypto';
import { HOSTED_CORE, ROTATE_CAS, SECRETS } from '@kubestellar/api';
import { certificatesIn } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { StoredObjects } from '../fixtures.ts';
import { adminCertificate, reconcile, texts } from './fixtures.ts';
import { usersIn } from './kubeconfig.ts';

const test = suite('certificates of the workspace proxy');

test('the workspace proxy has a certificate of its own CA and no kubeconfig of a server administrator', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const [kcp, files] = [
    await texts(objects, HOSTED_CORE.kcpSecret),
    await texts(objects, HOSTED_CORE.proxySecret),
  ];
  const proxy = new X509Certificate(files['proxy.crt'] ?? '');
  assert.is(proxy.subject, 'CN=kubestellar:view');
  assert.ok(proxy.verify(new X509Certificate(kcp['proxy-ca.crt'] ?? '').publicKey));
  for (const other of ['client-ca.crt', 'server-ca.crt'])
    assert.not(proxy.verify(new X509Certificate(kcp[other] ?? '').publicKey), other);
  assert.equal(
    [files['client-ca.crt'], files['server-ca.crt']],
    [kcp['client-ca.crt'], kcp['server-ca.crt']],
  );
  const keys = Object.values(files).filter((text) => text.includes('PRIVATE KEY'));
  for (const key of [kcp['tls.key'], kcp['service-account.key']]) assert.not(keys.includes(key ?? ''));
  const kubeconfigs = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  for (const [key, server] of [
    ['view.kubeconfig', 'https://kubestellar.ks.svc:6444'],
    ['external-view.kubeconfig', 'https://view.example.com:443'],
  ]) {
    const text = kubeconfigs[key ?? ''] ?? '';
    assert.match(text, `server: ${server}/clusters/root`);
    assert.equal(Object.keys(usersIn(text)), ['kcp-admin']);
    assert.not.match(text, 'system:admin');
  }
});

test('a workspace proxy that is disabled leaves no Secret behind', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const { reports } = await reconcile(objects, { withoutProxy: true });
  for (const name of [HOSTED_CORE.proxySecret, HOSTED_CORE.proxyCASecret])
    assert.is(await objects.get(SECRETS, name), undefined);
  const kcp = await texts(objects, HOSTED_CORE.kcpSecret);
  const kubeconfigs = await texts(objects, HOSTED_CORE.kubeconfigSecret);
  const left = [...Object.keys(kcp), ...Object.keys(kubeconfigs), ...reports.map(({ name }) => name)];
  assert.equal(
    left.filter((name) => /view|proxy/.test(name)),
    [],
  );
});

test('a rotation ends when the workspace proxy, too, presents its new certificate', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const { 'tls.crt': text = '' } = await texts(objects, HOSTED_CORE.proxySecret);
  const { fingerprint256 } = new X509Certificate(text);
  const reasonWith = async (presents: string) =>
    (await reconcile(objects, { proxy: { presents } })).finding.reason;
  assert.equal([await reasonWith(fingerprint256), await reasonWith('another')], ['Issued', 'Rotating']);
});

test('the workspace proxy keeps its client certificate until kcp trusts the new CA', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const proxyOf = async () => (await texts(objects, HOSTED_CORE.proxySecret))['proxy.crt'];
  const old = await proxyOf();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_CAS]: new Date().toISOString() };
  const rotating = await reconcile(objects, { annotations, trustsProxy: false });
  assert.equal([rotating.finding.reason, await proxyOf()], ['Rotating', old]);
  assert.ok(rotating.lookAgainIn <= 10_000);
  const trust = certificatesIn((await texts(objects, HOSTED_CORE.kcpSecret))['proxy-ca.crt'] ?? '');
  assert.is(trust.length, 2);
  await reconcile(objects, { annotations });
  const made = new X509Certificate((await proxyOf()) ?? '');
  assert.ok(made.verify(new X509Certificate(trust[0] ?? '').publicKey));
});

test('clients keep their certificates until the workspace proxy, too, trusts the new CA', async () => {
  const objects = new StoredObjects();
  await reconcile(objects);
  const old = await adminCertificate(objects);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const annotations = { [ROTATE_CAS]: new Date().toISOString() };
  await reconcile(objects, { annotations, proxy: { trusted: false } });
  assert.is(await adminCertificate(objects), old);
  await reconcile(objects, { annotations });
  assert.is.not(await adminCertificate(objects), old);
});

test.run();
