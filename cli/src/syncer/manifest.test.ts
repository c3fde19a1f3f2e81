import { assert, suite } from '@kubestellar/testing';
import { parse, parseAllDocuments } from 'yaml';
import { newSyncerIdentity } from './identity.ts';
import { type SyncerInstallation, syncerManifest } from './manifest.ts';

const test = suite('syncer manifest');

const INSTALLATION: SyncerInstallation = {
  identity: newSyncerIdentity('demo1', 'u-1'),
  syncTarget: 'demo1',
  image: 'registry.example/syncer:1',
  server: 'https://kcp.example',
  ca: 'PEM',
  token: 'secret-token',
};

function documents(installation: SyncerInstallation) {
  return parseAllDocuments(syncerManifest(installation)).map((document) => document.toJS());
}

test('the manifest has its seven documents in order, all named by the identity', () => {
  const { id } = INSTALLATION.identity;
  const found = documents(INSTALLATION).map(({ kind, metadata }) => [
    kind,
    metadata.name,
    metadata.namespace ?? '',
  ]);
  assert.equal(found, [
    ['Namespace', id, ''],
    ['ServiceAccount', id, id],
    ['Secret', `${id}-token`, id],
    ['ClusterRole', id, ''],
    ['ClusterRoleBinding', id, ''],
    ['Secret', id, id],
    ['Deployment', id, id],
  ]);
});

test('the kubeconfig has the token, the CA, the default namespace, and a server with port and without path', () => {
  const config = parse(documents(INSTALLATION)[5].stringData.kubeconfig);
  assert.is(config.clusters[0].cluster.server, 'https://kcp.example:443');
  assert.is(
    Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
    'PEM',
  );
  assert.is(config.users[0].user.token, 'secret-token');
  assert.is(config.contexts[0].context.namespace, 'default');
  assert.is(config['current-context'], config.contexts[0].name);
  const trusting = parse(documents({ ...INSTALLATION, ca: '' })[5].stringData.kubeconfig);
  assert.equal(trusting.clusters[0].cluster, { server: 'https://kcp.example:443' });
});

test('the token is in the Secret only, never among the arguments', () => {
  const [secret, deployment] = documents(INSTALLATION)
    .slice(5)
    .map((document) => JSON.stringify(document));
  assert.match(secret ?? '', 'secret-token');
  assert.not.match(deployment ?? '', 'secret-token');
});

test('the ClusterRole permits all kinds, and upsync of everything unless the owner restricts it', () => {
  const rules = documents(INSTALLATION)[3].rules;
  assert.equal(rules.at(-1), { apiGroups: ['*'], resources: ['*'], verbs: ['*'] });
  const less = documents({ ...INSTALLATION, upsync: new Map([['', ['configmaps']]]) })[3].rules;
  assert.equal(less.at(-1), { apiGroups: [''], resources: ['configmaps'], verbs: ['upsync'] });
  assert.not(JSON.stringify(less.slice(1)).includes('"*"]}'));
});

test('the Deployment runs the image with the identity, one pod at a time', () => {
  const { spec } = documents(INSTALLATION)[6];
  const [container] = spec.template.spec.containers;
  assert.is(spec.strategy.type, 'Recreate');
  assert.is(container.image, 'registry.example/syncer:1');
  assert.ok(container.args.includes('--sync-target-name=demo1'));
  assert.ok(container.args.includes('--sync-target-uid=u-1'));
  assert.equal(spec.selector.matchLabels, spec.template.metadata.labels);
});

test('a parser of YAML 1.1 reads the same manifest', () => {
  const text = syncerManifest({ ...INSTALLATION, token: '0123456789e5', syncTarget: 'on' });
  const kubeconfig = parseAllDocuments(text, { version: '1.1' })[5]?.toJS().stringData.kubeconfig;
  assert.is(parse(kubeconfig, { version: '1.1' }).users[0].user.token, '0123456789e5');
});

test('identities differ from run to run and are DNS labels whatever the name', () => {
  assert.is.not(newSyncerIdentity('a').id, newSyncerIdentity('a').id);
  assert.match(newSyncerIdentity('demo1').id, /^kubestellar-syncer-demo1-[0-9a-z]{8}$/);
  for (const name of ['a.b.c', 'x'.repeat(253), `${'y'.repeat(34)}-${'z'.repeat(20)}`]) {
    const { id } = newSyncerIdentity(name);
    assert.match(id, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/, name);
  }
});

test.run();
