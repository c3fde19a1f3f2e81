import { assert, suite } from '@kubestellar/testing';
import { parse } from 'yaml';
import { parseManifest, withServer } from './manifest.ts';
import { syncerArgs } from './syncer.ts';

const test = suite('syncer manifest');

const ID = 'kubestellar-syncer-edge1-1a2b3c4d';
const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- name: default-cluster
  cluster: {certificate-authority-data: Q0E=, server: "https://127.0.0.1:21000"}
users:
- name: default-user
  user: {token: secret}
`;
const MANIFEST = `---
apiVersion: v1
kind: Namespace
metadata: {name: ${ID}}
---
apiVersion: v1
kind: Secret
metadata:
  name: ${ID}-token
  namespace: ${ID}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: ${ID}, namespace: ${ID}}
stringData:
  kubeconfig: |
${KUBECONFIG.replaceAll(/^/gm, '    ')}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${ID}, namespace: ${ID}}
spec:
  template:
    spec:
      containers:
      - name: kubestellar-syncer
        args:
        - --from-kubeconfig=/kubestellar/kubeconfig
        - --sync-target-name=edge1
        - --sync-target-uid=u-1
        - --v=3
`;

test('identities and arguments are found', () => {
  const manifest = parseManifest(MANIFEST);
  assert.is(manifest.id, ID);
  assert.is(manifest.namespace, ID);
  assert.is(manifest.tokenSecret, `${ID}-token`);
  assert.equal(parse(manifest.mailboxKubeconfig), parse(KUBECONFIG));
  const args = syncerArgs(manifest, { from: '/a', to: '/b' }, '127.0.0.1:1');
  assert.ok(args.includes('--sync-target-uid=u-1'));
  assert.equal(
    args.filter((arg) => arg.startsWith('--from-kubeconfig')),
    ['--from-kubeconfig=/a'],
  );
  assert.ok(args.includes('--to-kubeconfig=/b'));
});

test('data in place of stringData is understood', () => {
  const encoded = Buffer.from(KUBECONFIG).toString('base64');
  const manifest = MANIFEST.replace(
    /stringData:\n {2}kubeconfig: \|\n(?: {4}.*\n)+/,
    `data:\n  kubeconfig: ${encoded}\n`,
  );
  assert.equal(parse(parseManifest(manifest).mailboxKubeconfig), parse(KUBECONFIG));
  assert.match(
    parseManifest(withServer(manifest, 'https://127.0.0.1:22000')).mailboxKubeconfig,
    '127.0.0.1:22000',
  );
});

test('another server address changes nothing but that address', () => {
  assert.is(withServer(MANIFEST, 'https://127.0.0.1:21000'), MANIFEST);
  const moved = parseManifest(withServer(MANIFEST, 'https://127.0.0.1:22000'));
  const expected = KUBECONFIG.replace('21000', '22000');
  assert.equal(parse(moved.mailboxKubeconfig), parse(expected));
  const { mailboxKubeconfig: _, ...rest } = parseManifest(MANIFEST);
  const { mailboxKubeconfig: __, ...movedRest } = moved;
  assert.equal(movedRest, rest);
});

test('a manifest without its Deployment is refused', () => {
  assert.throws(
    () => parseManifest(MANIFEST.replace('kind: Deployment', 'kind: DaemonSet')),
    /lacks its Deployment/,
  );
});

test.run();
