import { mailboxWorkspaceName, WORKSPACES, type Workspace } from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import { FakeServer, until } from '@kubestellar/testing/fake-server';
import { loggerOf, objectOf } from '../fixtures.ts';
import { Mailboxes } from './mailboxes.ts';

const test = suite('mailbox workspaces');

const NAME = mailboxWorkspaceName('imw', 'b8f1b1f6-7a30-4a34-9b41-4d9c1c6d5b0e');
let version = 1;

function workspaceOf(
  name: string,
  cluster: string | undefined,
  phase: string,
  metadata: object = {},
): Workspace {
  const content = { spec: cluster ? { cluster } : {}, status: { phase } };
  return objectOf(
    WORKSPACES,
    'espw',
    name,
    { resourceVersion: `${version++}`, ...metadata },
    content,
  ) as Workspace;
}

async function world(...workspaces: Workspace[]) {
  const server = new FakeServer();
  for (const each of workspaces) server.put('espw', WORKSPACES, each);
  const ready: string[] = [];
  const options = { everywhere: server.client, espw: server.client, core: 'core-uid', logger: loggerOf() };
  const mailboxes = new Mailboxes(options, ({ cluster }) => ready.push(cluster));
  await mailboxes.start();
  return { server, mailboxes, ready };
}

test('one that is ready can be written to, and is reported once', async () => {
  const { server, mailboxes, ready } = await world(workspaceOf(NAME, 'c1', 'Ready'));
  assert.ok(mailboxes.synced);
  assert.is(mailboxes.get(NAME)?.cluster, 'c1');
  const syncTarget = 'b8f1b1f6-7a30-4a34-9b41-4d9c1c6d5b0e';
  assert.equal(mailboxes.get(NAME)?.origin, { core: 'core-uid', syncTarget });
  assert.equal([mailboxes.nameOf('c1'), mailboxes.clusterOf(NAME)], [NAME, 'c1']);
  assert.equal([...mailboxes.names()], [NAME]);
  server.put('espw', WORKSPACES, workspaceOf(NAME, 'c2', 'Ready'));
  await until(() => ready.length > 1);
  assert.equal(ready, ['c1', 'c2'], 'and again when it is another one');
  await mailboxes.stop();
});

test('one that is not ready, or is being deleted, is known but not to be written to', async () => {
  const { server, mailboxes, ready } = await world(workspaceOf(NAME, 'c1', 'Initializing'));
  assert.is(mailboxes.get(NAME), undefined);
  assert.is(mailboxes.clusterOf(NAME), 'c1');
  server.put('espw', WORKSPACES, workspaceOf(NAME, 'c1', 'Ready'));
  await until(() => mailboxes.get(NAME) !== undefined);
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  server.put('espw', WORKSPACES, workspaceOf(NAME, 'c1', 'Ready', { deletionTimestamp }));
  await until(() => mailboxes.get(NAME) === undefined);
  assert.is(mailboxes.nameOf('c1'), NAME);
  assert.equal(ready, ['c1']);
  await mailboxes.stop();
});

test('one that is gone is not known any more', async () => {
  const workspace = workspaceOf(NAME, 'c1', 'Ready');
  const { server, mailboxes } = await world(workspace);
  const gone: string[] = [];
  mailboxes.onGone((name) => gone.push(name));
  server.drop('espw', WORKSPACES, workspace);
  await until(() => mailboxes.nameOf('c1') === undefined);
  assert.equal(gone, [NAME]);
  assert.equal(
    [mailboxes.get(NAME), mailboxes.clusterOf(NAME), [...mailboxes.names()]],
    [undefined, undefined, []],
  );
  await mailboxes.stop();
});

test('other workspaces, and those without a logical cluster, are none', async () => {
  const { mailboxes } = await world(
    workspaceOf('other', 'c1', 'Ready'),
    workspaceOf(NAME, undefined, 'Scheduling'),
  );
  assert.equal([...mailboxes.names()], []);
  assert.is(mailboxes.nameOf('c1'), undefined);
  await mailboxes.stop();
});

test.run();
