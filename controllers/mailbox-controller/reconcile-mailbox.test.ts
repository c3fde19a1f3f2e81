import type { APIBinding, SyncTarget, Workspace } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { MAILBOX, syncTarget, workspace } from '@kubestellar/testing/mailbox-objects';
import { type MailboxDependencies, reconcileMailbox } from './reconcile-mailbox.ts';

const test = suite('mailbox-controller: mailbox');

async function run(
  target: SyncTarget | undefined,
  live: Workspace | undefined,
  isOrphan: () => boolean = () => true,
) {
  const log: string[] = [];
  const applied: { workspace?: Workspace; binding?: APIBinding } = {};
  const deps: MailboxDependencies = {
    espwPath: 'root:espw',
    core: 'core-uid',
    syncTarget: () => target,
    workspace: () => live,
    isOrphan: async () => isOrphan(),
    applyWorkspace: async (desired) => {
      log.push('apply workspace');
      applied.workspace = desired;
    },
    deleteWorkspace: async ({ metadata }) => void log.push(`delete ${metadata.uid}`),
    applyPolicy: async ({ spec }) => void log.push(`guard ${spec?.cluster}`),
    applyBinding: async ({ spec }, desired) => {
      log.push(`bind in ${spec?.cluster}`);
      applied.binding = desired;
    },
  };
  await reconcileMailbox(MAILBOX, deps);
  return { log, applied };
}

const deleting = <T extends { metadata: object }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
});

test('a new SyncTarget gets a workspace of our type that names it', async () => {
  const { log, applied } = await run(syncTarget(), undefined);
  assert.equal(log, ['apply workspace']);
  assert.is(applied.workspace?.metadata.name, MAILBOX);
  assert.equal(applied.workspace?.metadata.annotations, { 'edge.kubestellar.io/sync-target-name': 't' });
  assert.equal(applied.workspace?.spec, { type: { name: 'universal', path: 'root' } });
});

test('a workspace that is not ready is not touched further', async () => {
  assert.equal((await run(syncTarget(), workspace('Scheduling'))).log, ['apply workspace']);
  assert.equal((await run(syncTarget(), workspace('Initializing'))).log, ['apply workspace']);
});

test('a ready workspace gets the policy, and then the binding to our API', async () => {
  const { log, applied } = await run(syncTarget(), workspace('Ready'));
  assert.equal(log, ['apply workspace', 'guard c1', 'bind in c1']);
  assert.is(applied.binding?.metadata.name, 'bind-edge');
  assert.equal(applied.binding?.metadata.annotations, {
    'edge.kubestellar.io/mailbox-origin': 'core-uid/u1',
  });
  assert.equal(applied.binding?.spec?.reference.export, { path: 'root:espw', name: 'edge.kubestellar.io' });
});

test('the mailbox of a SyncTarget that is gone or going is deleted', async () => {
  assert.equal((await run(undefined, workspace('Ready'))).log, ['delete w1']);
  assert.equal((await run(deleting(syncTarget()), workspace('Ready'))).log, ['delete w1']);
});

test('without proof that the SyncTarget is gone the mailbox stays', async () => {
  assert.equal((await run(undefined, workspace('Ready'), () => false)).log, []);
  const doubt = () => {
    throw new Error('cannot tell');
  };
  const failure = await run(undefined, workspace('Ready'), doubt).then(
    () => 'done',
    (error: Error) => error.message,
  );
  assert.is(failure, 'cannot tell');
});

test('nothing is done while the workspace is being deleted, or when neither is there', async () => {
  assert.equal((await run(syncTarget(), deleting(workspace('Ready')))).log, []);
  assert.equal((await run(undefined, deleting(workspace('Ready')))).log, []);
  assert.equal((await run(undefined, undefined)).log, []);
  assert.equal((await run(deleting(syncTarget()), undefined)).log, []);
});

test.run();
