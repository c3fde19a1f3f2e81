import {
  COMBINED_STATUSES,
  type CombinedStatus,
  DEPLOYMENTS,
  EDGE_PLACEMENTS,
  type EdgePlacement,
  SYNC_TARGET_CONDITIONS,
  SYNC_TARGETS,
  SYNCER_CONFIGS,
  SYNCER_SILENT,
  type SyncerConfig,
  type SyncTarget,
} from '@kubestellar/api';
import { ApiError, Informer } from '@kubestellar/kube';
import { createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import type { PendingRemovals } from '../../desired/brake/brake.ts';
import { Desired } from '../../desired/desired-state.ts';
import {
  destinationOf,
  EVALUATOR,
  loggerOf,
  MAILBOX,
  OURS,
  objectOf,
  placementOf,
  resolvedOf,
} from '../../fixtures.ts';
import { copyKey, formatObjectKey, localObject, sourceKeyOf } from '../../keys.ts';
import { Summaries, type SummariesParts } from './summaries.ts';

const test = suite('what people see of their objects');

const type = { resource: DEPLOYMENTS, identity: '' };
const object = objectOf(DEPLOYMENTS, 'w', 'app', { namespace: 'ns' });
const copied = objectOf(DEPLOYMENTS, MAILBOX.cluster, 'app', { namespace: 'ns', ...OURS });
const local = localObject(type, object);
const copy = copyKey(MAILBOX.name, formatObjectKey(local));
const refusal = new ApiError('PATCH', 422, { reason: 'Invalid', message: 'spec.replicas: too many' });
const running: { stop(): Promise<void> }[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A Deployment that goes to one cluster by the EdgePlacement p, and is there if the mailbox workspace has its copy. */
async function world({ hasCopy = true } = {}) {
  const server = new FakeServer();
  const placement = placementOf('w', 'p', { downsync: [{ apiGroup: 'apps', resources: ['deployments'] }] });
  const placements = [resolvedOf(placement, [MAILBOX.name])];
  server.put('w', EDGE_PLACEMENTS, placement);
  const names = { group: 'apps', resource: 'deployments', apiVersion: 'v1' };
  const spec = {
    namespacedObjects: [{ ...names, objectsByNamespace: [{ namespace: 'ns', names: ['app'] }] }],
  };
  const configOf = (status: object, resourceVersion = '1') =>
    objectOf(
      SYNCER_CONFIGS,
      MAILBOX.cluster,
      'the-one',
      { resourceVersion, generation: 1 },
      { spec, status },
    );
  const report = (status: object) =>
    server.put(MAILBOX.cluster, SYNCER_CONFIGS, configOf(status, JSON.stringify(status)));
  report({ observedGeneration: 1, lastSyncerHeartbeatTime: '2026-01-01T00:00:00Z' });
  const target = (reason: string) => {
    const conditions = [{ type: SYNC_TARGET_CONDITIONS.syncerReady, status: 'False', reason }];
    const uid = MAILBOX.name.slice('imw-mb-'.length);
    const content = { status: { conditions } };
    server.put(
      'imw',
      SYNC_TARGETS,
      objectOf(SYNC_TARGETS, 'imw', 'edge1', { uid, resourceVersion: reason }, content),
    );
  };
  target('SyncerAtWork');
  const desired = new Desired();
  const want = {
    source: { type, key: 'w/ns/app' },
    destinations: [destinationOf('edge1')],
    wantReturn: false,
  };
  const pending = new Map<string, PendingRemovals>();
  const setWanted = (isWanted: boolean) =>
    desired.set(want.source, 'w', local, new Map(isWanted ? [[MAILBOX.name, want]] : []));
  setWanted(true);
  const cached = new Map([['w/ns/app', object]]);
  if (hasCopy) cached.set(`${MAILBOX.cluster}/ns/app`, copied);
  const watch = { type, informer: { get: (key: string) => cached.get(key) }, partial: false };
  const logger = loggerOf();
  const syncerConfigs = new Informer<SyncerConfig>({
    client: server.client,
    resource: SYNCER_CONFIGS,
    logger,
  });
  const targets = new Informer<SyncTarget>({ client: server.client, resource: SYNC_TARGETS, logger });
  running.push(syncerConfigs, targets);
  const parts = {
    everywhere: server.client,
    inventory: { targets },
    placements: { in: () => placements, clusters: () => ['w'] },
    mailboxes: {
      get: (name: string) =>
        name === MAILBOX.name ? { ...MAILBOX, isOrphan: async () => false } : undefined,
      nameOf: (cluster: string) => (cluster === MAILBOX.cluster ? MAILBOX.name : undefined),
    },
    watches: { of: () => watch, byId: () => watch, full: async (_: unknown, each: object) => each },
    desired,
    evaluation: {
      getPlacements: () => placements,
      getType: () => type,
      getNamespaceLabels: () => ({}),
      getMailboxesNeeding: () => [],
      getWants: () => new Map([[MAILBOX.name, want]]),
    },
    syncerConfigs,
    brake: { pendingOf: (uid: string) => pending.get(uid) },
    catalog: { typeIn: () => type },
    apis: { in: () => ({ problemOf: () => undefined }) },
    customized: { problemOf: () => undefined },
    customizations: { location: () => undefined },
  } as unknown as SummariesParts;
  const registry = createRegistry('test');
  const delays = { reported: 1, gather: 1, busy: 1, urgent: 1, usual: 1 };
  const events: string[] = [];
  const summaries = new Summaries({
    ...{ parts, view: server.client, logger, evaluator: EVALUATOR, registry, delays },
    events: {
      record: async (_: unknown, { reason }: { reason: string }) => void events.push(reason),
    } as never,
    backlog: () => 0,
  });
  running.push(summaries);
  await Promise.all([syncerConfigs.start().whenSynced(), targets.start().whenSynced()]);
  await summaries.start();
  const status = () =>
    server.find('w', COMBINED_STATUSES, 'deployments.apps--app', 'ns') as CombinedStatus | undefined;
  const sums = () => (server.find('w', EDGE_PLACEMENTS, 'p') as EdgePlacement).status?.summary;
  return { server, summaries, status, sums, report, target, setWanted, events, watch, placement, pending };
}

const FAILING = {
  observedGeneration: 1,
  failures: [
    {
      reason: 'Forbidden',
      message: 'quota',
      count: 1,
      objects: [{ resource: 'deployments.apps', namespace: 'ns', names: ['app'] }],
    },
  ],
};

test('an object that is where it is wanted is applied, in its CombinedStatus and in the sums of its EdgePlacement', async () => {
  const { status, sums } = await world();
  await until(() => status()?.clusters?.applied === 1 && sums()?.applied === 1);
  assert.equal([status()?.clusters?.wanted, status()?.clusters?.failing ?? 0, sums()?.wanted], [1, 0, 1]);
});

test('a copy that the mailbox workspace refuses is failing, until it takes it', async () => {
  const { summaries, status, events } = await world({ hasCopy: false });
  summaries.copyTried(copy, refusal);
  await until(() => status()?.clusters?.failing === 1);
  assert.match(JSON.stringify(status()), 'refused on the way to the cluster');
  assert.ok(events.includes('NotApplied'), `${events}`);
  summaries.copyTried(copy, undefined);
  await until(() => (status()?.clusters?.failing ?? 0) === 0);
});

test('what may pass by itself is no refusal', async () => {
  const { summaries, status } = await world();
  await until(() => status()?.clusters?.applied === 1);
  summaries.copyTried(copy, new ApiError('PATCH', 503, { reason: 'ServiceUnavailable' }));
  summaries.copyTried(copy, refusal);
  await until(() => status()?.clusters?.failing === 1);
  assert.not(JSON.stringify(status()).includes('ServiceUnavailable'));
});

test('what the syncer reports counts, as long as its cluster is reachable', async () => {
  const { status, report, target } = await world();
  await until(() => status()?.clusters?.applied === 1);
  report(FAILING);
  await until(() => status()?.clusters?.failing === 1);
  assert.match(JSON.stringify(status()), 'quota');
  target(SYNCER_SILENT);
  await until(() => status()?.clusters?.unknown === 1);
  assert.is(status()?.clusters?.failing ?? 0, 0);
  target('SyncerAtWork');
  await until(() => status()?.clusters?.failing === 1);
});

test('the CombinedStatus goes with what it is about', async () => {
  const { status, summaries, setWanted } = await world();
  await until(() => status() !== undefined);
  setWanted(false);
  summaries.changed(sourceKeyOf(type, object));
  await until(() => status() === undefined);
});

test('removals that await approval are in the status of their EdgePlacement, until there are none', async () => {
  const { server, summaries, placement, pending, sums, events } = await world();
  await until(() => sums()?.applied === 1);
  const since = '2026-01-01T00:00:00.000Z';
  const { uid = '' } = placement.metadata;
  pending.set(uid, {
    ...{ count: 1, isPermitted: false, since },
    ...{ some: [formatObjectKey(local)], mailboxes: [MAILBOX.name] },
  });
  summaries.removalsChanged(placement);
  const stored = () => (server.find('w', EDGE_PLACEMENTS, 'p') as EdgePlacement).status;
  await until(() => stored()?.removals !== undefined);
  assert.equal(stored()?.removals, {
    ...{ count: 1, since },
    ...{ clusters: ['edge1'], objects: ['deployments.apps ns/app'] },
  });
  assert.ok(events.includes('RemovalsAwaitApproval'), `${events}`);
  pending.clear();
  summaries.removalsChanged(placement);
  await until(() => stored()?.removals === undefined);
});

test('of a mailbox workspace that is none nothing is counted', async () => {
  const { summaries, server } = await world();
  const before = server.log.length;
  summaries.mailboxReady('elsewhere');
  summaries.placementsChanged('w');
  await until(() => server.log.length > before);
  assert.not(server.log.some((line) => line.includes('elsewhere')));
});

test.run();
