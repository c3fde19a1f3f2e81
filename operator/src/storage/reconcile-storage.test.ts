import {
  HOSTED_CORE,
  type KubeObject,
  type KubeStellarSpec,
  PERSISTENT_VOLUME_CLAIMS,
  SECRETS,
  STORAGE_CLASSES,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { coreOf, StoredObjects } from '../fixtures.ts';
import { settingsOf } from '../settings.ts';
import { reconcileStorage } from './reconcile-storage.ts';

const test = suite('where the data of kcp is');

const KEY = `${PERSISTENT_VOLUME_CLAIMS.plural}/${HOSTED_CORE.volumeClaim}`;

function claimOf(storage: string, status: object = {}, storageClassName = 'fast'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: HOSTED_CORE.volumeClaim },
    spec: { storageClassName, resources: { requests: { storage } } },
    status,
  };
}

/** A hosting cluster with the StorageClass `fast`, the default, and maybe a volume claim. */
async function world(
  spec: KubeStellarSpec = {},
  live?: KubeObject,
  { mode = 'Immediate', isDefault = true, data = {} } = {},
) {
  const server = new FakeServer();
  const annotations = { 'storageclass.kubernetes.io/is-default-class': String(isDefault) };
  server.put('', STORAGE_CLASSES, {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast', annotations } },
    volumeBindingMode: mode,
  } as KubeObject);
  server.put('', SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'etcd', namespace: 'ks' },
    data,
  } as KubeObject);
  const objects = new StoredObjects();
  if (live) objects.stored.set(KEY, live);
  const finding = await reconcileStorage(settingsOf(coreOf(spec), '1.0.0'), '1.0.0', {
    objects,
    client: server.client,
  });
  const claim = objects.stored.get(KEY) as KubeObject<{
    storageClassName?: string;
    resources: { requests: { storage: string } };
  }>;
  return { finding, claim, written: objects.written };
}

test('a claim is made, of the class that is asked for, or of what the cluster takes', async () => {
  const { claim, finding } = await world({ storage: { size: '5Gi', storageClassName: 'fast' } });
  assert.equal([claim.spec?.resources.requests.storage, claim.spec?.storageClassName], ['5Gi', 'fast']);
  assert.is(finding.reason, 'Provisioning');
  assert.is((await world()).claim.spec?.storageClassName, undefined);
});

test('a claim grows, and never shrinks', async () => {
  const grown = await world({ storage: { size: '20Gi' } }, claimOf('10Gi'));
  assert.is(grown.claim.spec?.resources.requests.storage, '20Gi');
  const { finding, written } = await world({ storage: { size: '1Gi' } }, claimOf('10Gi'));
  assert.equal([finding.reason, written], ['ShrinkRefused', []]);
});

test('the class of a claim stays', async () => {
  const { finding, written } = await world({ storage: { storageClassName: 'slow' } }, claimOf('10Gi'));
  assert.equal([finding.reason, written], ['ClassFixed', []]);
});

test('what the state of the claim means is reported', async () => {
  const reasonOf = async (status: object, more = {}) =>
    (await world({}, claimOf('10Gi', status), more)).finding.reason;
  assert.is(await reasonOf({ phase: 'Bound', capacity: { storage: '10Gi' } }), 'Bound');
  assert.is(await reasonOf({ phase: 'Lost' }), 'VolumeLost');
  const conditions = [{ type: 'ControllerResizeError', status: 'True', message: 'no' }];
  assert.is(await reasonOf({ phase: 'Bound', conditions }), 'ResizeFailed');
  assert.is(await reasonOf({ phase: 'Pending' }, { mode: 'WaitForFirstConsumer' }), 'WaitingForConsumer');
});

test('a StorageClass that is missing is reported by its name, or as the default', async () => {
  const named = await world({ storage: { storageClassName: 'slow' } });
  assert.match(named.finding.message, 'no StorageClass "slow"');
  const none = await world({}, undefined, { isDefault: false });
  assert.match(none.finding.message, 'no default StorageClass');
});

test('an own etcd needs a Secret with all of its parts', async () => {
  const etcd = (tlsSecretName?: string) => ({
    etcd: { servers: ['https://e'], ...(tlsSecretName ? { tlsSecretName } : {}) },
  });
  assert.is((await world(etcd())).finding.reason, 'NotNeeded');
  assert.match((await world(etcd('other'))).finding.message, 'Secret "other" does not exist');
  const data = { 'ca.crt': 'x', 'tls.crt': 'x' };
  assert.match(
    (await world(etcd('etcd'), undefined, { data })).finding.message,
    'Secret "etcd" lacks tls.key',
  );
  const all = { ...data, 'tls.key': 'x' };
  assert.is((await world(etcd('etcd'), undefined, { data: all })).finding.status, 'True');
});

test('data that goes with the pod needs no claim', async () => {
  const { finding, written } = await world({ storage: { type: 'EmptyDir' } });
  assert.equal([finding.reason, written], ['Ephemeral', []]);
});

test.run();
