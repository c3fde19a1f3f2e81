import {
  API_BINDINGS,
  API_EXPORT_APPROVALS,
  type APIBinding,
  type KubeObject,
  LEASES,
  MAILBOX_BINDING,
  MAILBOX_ORIGIN,
  MAILBOX_POLICY,
  mailboxWorkspaceName,
  SYNC_TARGETS,
  SYNCER_LEASE,
  type SyncTarget,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  WORKSPACES,
} from '@kubestellar/api';
import { createLogger, createRegistry } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { MailboxController } from './controller.ts';

const test = suite('a mailbox-controller whose servers are in memory');

const UID = 'b8f1b1f6-7a30-4a34-9b41-4d9c1c6d5b0e';
const NAME = mailboxWorkspaceName('imw', UID);
let version = 1;
const at = (cluster: string, name: string, content: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Test',
  metadata: {
    ...{ name, uid: `uid-${name}`, resourceVersion: `${version++}` },
    annotations: { 'kcp.io/cluster': cluster },
    ...metadata,
  },
  ...content,
});
const target = () => at('imw', 'edge1', { spec: {} }, { uid: UID });

const running: MailboxController[] = [];
test.after.each(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A SyncTarget; kcp makes workspaces ready as soon as they are asked for. */
async function world() {
  const server = new FakeServer();
  server.put('imw', SYNC_TARGETS, target());
  const { client } = server;
  const controller = new MailboxController({
    ...{ view: client, espw: client.workspace('espw'), espwPath: 'root:espw', core: 'core' },
    ...{ mailboxes: client, everywhere: client, concurrency: 2 },
    ...{ logger: createLogger('test', -1), registry: createRegistry('test') },
  });
  running.push(controller);
  const workspace = () => server.find('espw', WORKSPACES, NAME);
  const makeReady = async () => {
    await until(() => workspace() !== undefined);
    const made = workspace() as KubeObject;
    server.put('espw', WORKSPACES, {
      ...made,
      spec: { ...(made.spec as object), cluster: 'mb1' },
      status: { phase: 'Ready' },
      metadata: { ...made.metadata, resourceVersion: `${version++}` },
    });
    await until(() => binding() !== undefined);
  };
  const binding = () => server.find('mb1', API_BINDINGS, MAILBOX_BINDING) as APIBinding | undefined;
  const condition = (type: string) =>
    (server.find('imw', SYNC_TARGETS, 'edge1') as SyncTarget).status?.conditions?.find(
      (each) => each.type === type,
    );
  return { server, controller, workspace, makeReady, binding, condition };
}

test('a SyncTarget gets a mailbox workspace, guarded by the policy before it is bound to our API', async () => {
  const { server, controller, makeReady, binding } = await world();
  assert.ok(controller.notReady().length >= 5);
  await controller.start();
  assert.equal(controller.notReady(), []);
  await makeReady();
  assert.is(binding()?.spec?.reference.export.path, 'root:espw');
  assert.is(binding()?.metadata.annotations?.[MAILBOX_ORIGIN], `core/${UID}`);
  const lines = server.log.filter((line) => line.includes(' mb1 ')).map((line) => line.split(' ')[2]);
  assert.equal(lines.slice(0, 3), [
    VALIDATING_ADMISSION_POLICIES.plural,
    VALIDATING_ADMISSION_POLICY_BINDINGS.plural,
    API_BINDINGS.plural,
  ]);
});

test('a policy that somebody changes or deletes is put right', async () => {
  const { server, controller, makeReady } = await world();
  await controller.start();
  await makeReady();
  const policy = () => server.find('mb1', VALIDATING_ADMISSION_POLICIES, MAILBOX_POLICY);
  const wanted = JSON.stringify(policy()?.spec);
  const opened = { ...(policy()?.spec as object), failurePolicy: 'Ignore' };
  server.put('mb1', VALIDATING_ADMISSION_POLICIES, at('mb1', MAILBOX_POLICY, { spec: opened }));
  await until(() => JSON.stringify(policy()?.spec) === wanted);
  server.drop('mb1', VALIDATING_ADMISSION_POLICIES, policy() as KubeObject);
  await until(() => JSON.stringify(policy()?.spec) === wanted);
});

test('an approval of an export gets into the policies', async () => {
  const { server, controller, makeReady } = await world();
  await controller.start();
  await makeReady();
  const policy = () => JSON.stringify(server.find('mb1', VALIDATING_ADMISSION_POLICIES, MAILBOX_POLICY));
  assert.not(policy().includes('gadgets'));
  const spec = {
    export: { path: 'root:vendor', name: 'gadgets' },
    identityHash: 'a'.repeat(64),
    resources: ['gadgets.vendor.test'],
  };
  server.put('espw', API_EXPORT_APPROVALS, at('espw', 'approval', { spec }));
  await until(() => policy().includes('gadgets'));
});

test('the mailbox workspace is deleted with its SyncTarget, and other workspaces are not', async () => {
  const { server, controller, workspace, makeReady } = await world();
  server.put('espw', WORKSPACES, at('espw', 'other'));
  await controller.start();
  await makeReady();
  server.drop('imw', SYNC_TARGETS, target());
  await until(() => workspace() === undefined);
  assert.ok(server.find('espw', WORKSPACES, 'other'));
});

test('a syncer that renews its Lease is active, in the conditions of the SyncTarget', async () => {
  const { server, controller, makeReady, binding, condition } = await world();
  await controller.start();
  await makeReady();
  await until(() => condition('SyncerReady') !== undefined);
  assert.is(condition('SyncerReady')?.status, 'False');
  server.put('mb1', API_BINDINGS, { ...(binding() as KubeObject), status: { phase: 'Bound' } });
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: `${UID}/host/1`, leaseDurationSeconds: 45, renewTime };
  const { namespace, name } = SYNCER_LEASE;
  server.put('mb1', LEASES, at('mb1', name, { spec }, { namespace }));
  await until(() => condition('SyncerReady')?.status === 'True');
  server.drop('mb1', LEASES, at('mb1', name, { spec }, { namespace }));
  await until(() => condition('SyncerReady')?.status === 'False');
});

test.run();
