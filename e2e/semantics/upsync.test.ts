import {
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  type KubeObject,
  mailboxWorkspacePath,
  NAMESPACES,
  SECRETS,
  SYNC_TARGETS,
} from '@kubestellar/api';
import { ApiError, KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { eventually } from '../support/eventually.ts';
import { LocalHome } from '../support/local.ts';

/** Objects that are made in a cluster and come up into its mailbox workspace (semantics 10, syncer 5). */
const test = suite('upsync', { timeout: 120_000 });

const USER = { fieldManager: 'user' };
const UPSYNCED = 'edge.kubestellar.io/upsynced';
const NAMESPACE = 'reports';
const home = await LocalHome.create();
let wmw: KubeClient;
let mailbox: KubeClient;
let wec: KubeClient;

test.before(async () => {
  const started = await home.npm('start', '--wecs', '1').done;
  assert.is(started.code, 0, `${started.stdout}${started.stderr}`);
  const root = await KubeClient.fromKubeconfig({
    kubeconfig: `${home.path}/admin.kubeconfig`,
    context: 'root',
  });
  wmw = root.workspace('root:wmw1');
  wec = await KubeClient.fromKubeconfig({ kubeconfig: home.wec('edge1') });
  const target = await root.workspace('root:imw1').get(SYNC_TARGETS, { name: 'edge1' });
  const cluster = target?.metadata.annotations?.['kcp.io/cluster'] ?? '';
  mailbox = root.workspace(mailboxWorkspacePath(cluster, target?.metadata.uid ?? ''));
  await wec.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, USER);
});

test.after(() => home.dispose());

test('semantics 10: a placement with nothing but an upsync set brings up what the cluster has and gets', async () => {
  await wec.create(CONFIG_MAPS, report('early', 'red'), USER);
  await place([{ apiGroup: '', resources: ['configmaps'], namespaces: [NAMESPACE], names: ['*'] }]);
  await wec.create(CONFIG_MAPS, report('late', 'green'), USER);
  for (const [name, color] of [
    ['early', 'red'],
    ['late', 'green'],
  ] as const) {
    const copy = await inMailbox(name, (object) => object !== undefined);
    assert.is(colorOf(copy), color);
    assert.is(copy?.metadata.annotations?.[UPSYNCED], `ConfigMap/${NAMESPACE}/${name}`);
  }
});

test('syncer 5: a change of the original follows', async () => {
  await wec.mergePatch(
    CONFIG_MAPS,
    { name: 'late', namespace: NAMESPACE },
    { data: { color: 'blue' } },
    USER,
  );
  await inMailbox('late', (object) => colorOf(object) === 'blue');
});

test('syncer 5: the copy goes with its original', async () => {
  await wec.delete(CONFIG_MAPS, { name: 'late', namespace: NAMESPACE });
  await inMailbox('late', (object) => object === undefined);
});

test('syncer 5: an object that did not come up from there is left alone', async () => {
  await mailbox.create(CONFIG_MAPS, report('taken', 'white'), USER);
  await wec.create(CONFIG_MAPS, report('taken', 'black'), USER);
  await wec.create(CONFIG_MAPS, report('after', 'grey'), USER);
  await inMailbox('after', (object) => object !== undefined);
  assert.is(colorOf(await mailbox.get(CONFIG_MAPS, { name: 'taken', namespace: NAMESPACE })), 'white');
});

test('syncer 9: the identity of the syncer may write what upsync sets name, and nothing else', async () => {
  const syncer = await KubeClient.fromKubeconfig({
    kubeconfig: `${home.path}/wecs/edge1/syncer-mailbox.kubeconfig`,
  });
  const secret: KubeObject = { ...report('x', ''), kind: 'Secret' };
  const refused = await syncer
    .workspace(mailbox.workspaceName)
    .create(SECRETS, secret, USER)
    .catch((error: unknown) => error);
  assert.instance(refused, ApiError);
  assert.is((refused as ApiError).code, 403);
  await syncer.connection.close();
});

test('semantics 10: without its set a copy stays, until its original goes', async () => {
  await place([{ apiGroup: '', resources: ['configmaps'], namespaces: [NAMESPACE], names: ['after'] }]);
  await wec.mergePatch(
    CONFIG_MAPS,
    { name: 'after', namespace: NAMESPACE },
    { data: { color: 'pink' } },
    USER,
  );
  await inMailbox('after', (object) => colorOf(object) === 'pink');
  assert.is(colorOf(await mailbox.get(CONFIG_MAPS, { name: 'early', namespace: NAMESPACE })), 'red');
  await wec.delete(CONFIG_MAPS, { name: 'early', namespace: NAMESPACE });
  await inMailbox('early', (object) => object === undefined);
});

test.run();

function report(name: string, color: string): KubeObject & { data: { color: string } } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data: { color } };
}

function colorOf(object: KubeObject | undefined): string | undefined {
  return (object as { data?: { color?: string } } | undefined)?.data?.color;
}

function inMailbox(
  name: string,
  accept: (object: KubeObject | undefined) => boolean,
): Promise<KubeObject | undefined> {
  const ask = () => mailbox.get(CONFIG_MAPS, { name, namespace: NAMESPACE });
  return eventually(`ConfigMap ${name} in the mailbox workspace`, ask, accept);
}

async function place(upsync: readonly object[]): Promise<void> {
  const placement: KubeObject = {
    apiVersion: `${EDGE_PLACEMENTS.group}/${EDGE_PLACEMENTS.version}`,
    kind: EDGE_PLACEMENTS.kind,
    metadata: { name: 'reports' },
    spec: { locationSelectors: [{ matchLabels: { env: 'demo' } }], upsync },
  };
  await wmw.apply(EDGE_PLACEMENTS, placement, USER);
}
