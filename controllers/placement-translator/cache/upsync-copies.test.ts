import { CONFIG_MAPS, type KubeObject, PROJECTED, PROJECTED_VALUE, UPSYNCED } from '@kubestellar/api';
import { ApiError, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { assert, suite } from '@kubestellar/testing';
import type { Mailbox } from './mailboxes.ts';
import { UpsyncCopies } from './upsync-copies.ts';

const test = suite('copies that were upsynced and that no set asks for');

const logger = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
const mailbox: Mailbox = {
  name: 'mb',
  cluster: 'c1',
  origin: { core: 'core', syncTarget: 't' },
  isOrphan: async () => false,
};
const type = { resource: CONFIG_MAPS, identity: '' };

/** An object as a list of metadata has it: of no kind of its own. */
function metadataOf(name: string, annotations: { [key: string]: string } = {}, labels = {}): KubeObject {
  const resourceVersion = '1';
  const all = { ...annotations, 'kcp.io/cluster': 'c1' };
  const metadata = { name, namespace: 'n', uid: name, resourceVersion, annotations: all, labels };
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata };
}

const copy = (name: string, labels = {}) => metadataOf(name, { [UPSYNCED]: `ConfigMap/n/${name}` }, labels);

/** A mailbox workspace with these objects; its list may fail, and its watch tells what is sent. */
function workspaceWith(objects: readonly KubeObject[], fails: () => boolean = () => false) {
  const events: { type: string; object: KubeObject }[] = [];
  let changed = Promise.withResolvers<void>();
  const client = {
    path: '/clusters/c1',
    connection: {},
    workspace: () => client,
    async listPage() {
      if (fails()) throw new ApiError('list', 403, { reason: 'Forbidden' });
      return { items: structuredClone(objects), metadata: { resourceVersion: '1' } };
    },
    async *watch(_: unknown, { signal }: { signal: AbortSignal }) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      while (!signal.aborted) {
        const event = events.shift();
        if (event) yield event;
        else await Promise.race([changed.promise, aborted]);
      }
    },
  };
  const send = (kind: string, object: KubeObject) => {
    events.push({ type: kind, object });
    changed.resolve();
    changed = Promise.withResolvers();
  };
  return { client: client as unknown as KubeClient, send };
}

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !holds(); n++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(holds());
}

function following(...workspace: Parameters<typeof workspaceWith>) {
  const { client, send } = workspaceWith(...workspace);
  let changes = 0;
  const onChange = () => void changes++;
  const copies = new UpsyncCopies({ everywhere: client, logger, exists: () => true, onChange });
  copies.follow(mailbox, [type]);
  return { copies, send, changes: () => changes };
}

test('until a list is complete nothing is known, whatever the server answers', async () => {
  let asked = 0;
  const { copies, changes } = following([copy('a')], () => ++asked < 3);
  assert.is(copies.has(mailbox, type), undefined);
  await until(() => asked >= 2);
  assert.is(copies.has(mailbox, type), undefined);
  await until(() => changes() === 1);
  assert.is(copies.has(mailbox, type), true);
  await copies.stop();
});

test('the last copy that leaves is reported, and one that comes late', async () => {
  const { copies, send, changes } = following([copy('a'), copy('b'), metadataOf('other')]);
  await until(() => copies.has(mailbox, type) === true);
  send('DELETED', copy('a'));
  send('DELETED', copy('b'));
  await until(() => copies.has(mailbox, type) === false);
  assert.is(changes(), 2);
  copies.follow(mailbox, []);
  send('ADDED', copy('late'));
  await until(() => changes() === 3);
  assert.equal(copies.watchedIn(mailbox), [type]);
  await copies.stop();
});

test('what did not come up, and what the placement-translator has taken over, is no such copy', async () => {
  const taken = copy('taken', { [PROJECTED]: PROJECTED_VALUE });
  const inherited = metadataOf('inherited', { [UPSYNCED]: 'ConfigMap/n/owner' });
  const { copies, changes } = following([metadataOf('other'), taken, inherited]);
  await until(() => changes() === 1);
  assert.is(copies.has(mailbox, type), false);
  await copies.stop();
});

test.run();
