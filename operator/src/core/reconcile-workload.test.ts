import {
  HOSTED_CORE,
  type KubeObject,
  PODS,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
  STOP_CORE,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer } from '@kubestellar/testing/fake-server';
import { coreOf, StoredObjects } from '../fixtures.ts';
import { settingsOf } from '../settings.ts';
import { CORE_SELECTOR, SECRETS_VERSION } from './labels.ts';
import { reconcileWorkload } from './reconcile-workload.ts';
import { ensureService, servicePorts } from './service.ts';

const test = suite('the workload of a core');

const SET_UID = 'uid-of-the-set';

interface PodState {
  revision?: string;
  isReady?: boolean;
  kcp?: { ready: boolean; restartCount: number };
  owner?: string;
  deletionTimestamp?: string;
}

function podOf({
  revision = 'new',
  isReady = true,
  kcp,
  owner = SET_UID,
  deletionTimestamp,
}: PodState = {}): KubeObject {
  const state = { name: 'kcp', ready: false, restartCount: 0, state: {}, ...kcp };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name: 'kubestellar-0', namespace: 'ks', uid: 'uid-pod' },
      labels: { ...CORE_SELECTOR, 'controller-revision-hash': revision },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: HOSTED_CORE.name, uid: owner }],
      ...(deletionTimestamp ? { deletionTimestamp } : {}),
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      initContainerStatuses: [state],
      containerStatuses: [],
    },
  };
}

/** A hosting cluster whose StatefulSet is of the revision `new`, with these pods. */
async function world(pods: KubeObject[], annotations: Record<string, string> = {}) {
  const server = new FakeServer();
  for (const pod of pods) server.put('', PODS, pod);
  for (const [n, name] of [HOSTED_CORE.kcpSecret, HOSTED_CORE.controllersSecret].entries()) {
    const metadata = { name, namespace: 'ks', resourceVersion: `${n + 1}` };
    server.put('', SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata });
  }
  const objects = new StoredObjects();
  objects.stored.set(`${STATEFUL_SETS.plural}/${HOSTED_CORE.name}`, {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: { name: HOSTED_CORE.name, uid: SET_UID, generation: 4 },
    status: { updateRevision: 'new', observedGeneration: 4 },
  });
  const starts: string[] = [];
  const settings = settingsOf(coreOf({}, annotations), '1.0.0');
  const options = { endpoint: undefined, release: '1.0.0', isOpenShift: false };
  const outcome = await reconcileWorkload(settings, options, {
    ...{ objects, client: server.client, now: Date.now() },
    afterStartOfKcp: async (start) => void starts.push(start),
  });
  return { server, objects, starts, ...outcome };
}

test('the StatefulSet is made as the KubeStellar asks', async () => {
  const { objects } = await world([podOf()]);
  assert.equal(objects.written, [`${STATEFUL_SETS.plural}/${HOSTED_CORE.name}`]);
});

test('while there is no pod of it, that is looked at again, and why is reported', async () => {
  const { finding, hasPod } = await world([podOf({ owner: 'of another set' })]);
  assert.not(hasPod);
  assert.is.not(finding.status, 'True');
});

test('a pod is notified which versions of its Secrets there are, once', async () => {
  const { server } = await world([podOf()]);
  const pod = server.find('', PODS, 'kubestellar-0', 'ks');
  assert.is(pod?.metadata.annotations?.[SECRETS_VERSION], '1-2-0');
  const again = await world([pod as KubeObject]);
  assert.equal(again.server.log, []);
});

test('a pod of a former revision that is not ready is removed; others are left', async () => {
  const deletions = async (state: PodState) =>
    (await world([podOf(state)])).server.log.filter((line) => line.startsWith('delete'));
  assert.equal(await deletions({ revision: 'old', isReady: false }), [
    'delete uid-pod  pods ks/kubestellar-0',
  ]);
  assert.equal(await deletions({ revision: 'old', isReady: true }), []);
  assert.equal(await deletions({ revision: 'new', isReady: false }), []);
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  assert.equal(await deletions({ revision: 'old', isReady: false, deletionTimestamp }), []);
});

test('each run of kcp is identified by its pod and its restarts, once it serves', async () => {
  assert.equal((await world([podOf({ kcp: { ready: true, restartCount: 2 } })])).starts, ['uid-pod/2']);
  assert.equal((await world([podOf({ kcp: { ready: false, restartCount: 2 } })])).starts, []);
});

test('a core that is being stopped is stopped once it has no pod', async () => {
  const stop = { [STOP_CORE]: 'a backup' };
  const stopping = await world([podOf()], stop);
  assert.equal([stopping.finding.reason, stopping.server.log], ['Stopping', []]);
  const { finding } = await world([], stop);
  assert.is(finding.reason, 'Stopped');
  assert.match(finding.message, 'the core is stopped for a backup; to start it again');
});

test('its Service routes to kcp, and to the workspace proxy if there is one', async () => {
  const objects = new StoredObjects();
  await ensureService(objects, settingsOf(coreOf(), '1.0.0'));
  const service = objects.stored.get(`${SERVICES.plural}/${HOSTED_CORE.name}`);
  assert.equal(
    (service?.spec as { ports?: { name: string }[] } | undefined)?.ports?.map(({ name }) => name),
    ['https', 'view'],
  );
  const { proxy } = settingsOf(coreOf({ view: { enabled: false } }), '1.0.0');
  assert.equal(
    servicePorts({ proxy }, { kcp: 30_000 }).map(({ nodePort }) => nodePort),
    [30_000],
  );
});

test.run();
