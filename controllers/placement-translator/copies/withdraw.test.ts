import {
  CONFIG_MAPS,
  CREATED_FIELDS,
  FIELD_MANAGERS,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
} from '@kubestellar/api';
import { assert, suite } from '@kubestellar/testing';
import type { Removability } from '../desired/brake/brake.ts';
import { mailboxOf, OURS, objectOf } from '../fixtures.ts';
import type { LocalObject } from '../keys.ts';
import { mayNamespaceGo, type WithdrawDependencies, withdraw } from './withdraw.ts';

const test = suite('withdrawal of copies');

const local: LocalObject = { groupResource: 'configmaps', namespace: 'ns', name: 'x' };
const mailbox = mailboxOf('m');
const PROVEN: Removability = { isProven: true };
const UNPROVEN: Removability = { isProven: false, outdated: [] };
const APPLIED = { manager: FIELD_MANAGERS.placementTranslator, operation: 'Apply' } as const;
const MADE = { managedFields: [APPLIED] };

const configMap = (metadata: Partial<ObjectMeta> = OURS) =>
  objectOf(CONFIG_MAPS, mailbox.cluster, 'x', { namespace: 'ns', ...metadata });

/** A mailbox workspace with these copies. */
function world(copies: KubeObject[], more: Partial<WithdrawDependencies> & { proof?: Removability } = {}) {
  const deleted: string[] = [];
  let proofs = 0;
  const deps: WithdrawDependencies = {
    listCopies: () => copies.map((copy) => ({ resource: CONFIG_MAPS, copy })),
    mayRemove: async () => {
      proofs++;
      return more.proof ?? PROVEN;
    },
    getSourceNamespaces: () => ({ workspaces: 1, isThere: false }),
    deleteCopy: async (_, { copy }) => void deleted.push(copy.metadata.uid ?? ''),
    ...more,
  };
  return { deps, deleted, proofs: () => proofs };
}

test('a copy that is proven unwanted is deleted, under each identity of its kind', async () => {
  const { deps, deleted } = world([configMap(), configMap({ ...OURS, uid: 'other' })]);
  assert.is(await withdraw(mailbox, local, deps), 'done');
  assert.equal(deleted, ['uid-x', 'other']);
});

test('without proof the copy stays, and the answer is what lacks', async () => {
  const key = 'w1/ns/x';
  const proof: Removability = {
    isProven: false,
    outdated: [{ type: { resource: CONFIG_MAPS, identity: '' }, key }],
  };
  const { deps, deleted } = world([configMap()], { proof });
  assert.is(await withdraw(mailbox, local, deps), proof);
  assert.equal(deleted, []);
});

test('what awaits approval stays, and nobody has to ask for it again', async () => {
  const { deps, deleted } = world([configMap()], {
    proof: { isProven: false, isPending: true, outdated: [] },
  });
  assert.is(await withdraw(mailbox, local, deps), 'done');
  assert.equal(deleted, []);
});

test('what is not ours, or is being deleted, is left alone and no proof is looked for', async () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  for (const metadata of [{}, { labels: {} }, { ...OURS, deletionTimestamp }]) {
    const { deps, deleted, proofs } = world([configMap(metadata)]);
    assert.is(await withdraw(mailbox, local, deps), 'done');
    assert.equal(deleted, []);
    assert.is(proofs(), 0);
  }
});

test('a mailbox workspace that ends as a whole loses nothing before', async () => {
  const { deps, deleted } = world([configMap()]);
  assert.is(await withdraw(mailboxOf('m', true), local, deps), 'done');
  assert.equal(deleted, []);
});

test('whether the mailbox workspace ends is asked before each deletion', async () => {
  const { deps, deleted } = world([configMap(), configMap({ ...OURS, uid: 'other' })]);
  let asked = 0;
  await withdraw({ ...mailbox, isOrphan: async () => asked++ > 0 }, local, deps);
  assert.equal(deleted, ['uid-x']);
});

const namespace: LocalObject = { groupResource: 'namespaces', namespace: '', name: 'ns' };
const namespaceCopy = (metadata: Partial<ObjectMeta> = MADE) =>
  objectOf(NAMESPACES, mailbox.cluster, 'ns', { ...OURS, ...metadata });

test('a Namespace goes only with its source, other objects do not ask for one', async () => {
  const stays = { getSourceNamespaces: () => ({ workspaces: 1, isThere: true }) };
  const { deps, deleted } = world([namespaceCopy()], stays);
  assert.equal(await withdraw(mailbox, namespace, deps), UNPROVEN);
  assert.equal(deleted, []);
  const other = world([configMap()], stays);
  assert.is(await withdraw(mailbox, local, other.deps), 'done');
  assert.equal(other.deleted, ['uid-x']);
  const gone = world([namespaceCopy()]);
  assert.is(await withdraw(mailbox, namespace, gone.deps), 'done');
  assert.equal(gone.deleted, ['uid-ns']);
});

test('a Namespace goes if it was made of a source, and none of the workspaces that lead there has it', () => {
  const gone = { workspaces: 1, isThere: false };
  assert.ok(mayNamespaceGo(namespaceCopy(), gone));
  assert.ok(mayNamespaceGo(namespaceCopy({ annotations: { [CREATED_FIELDS]: '{}' } }), gone));
  const labelled = [APPLIED, { manager: 'kubectl', operation: 'Update' } as const];
  assert.ok(mayNamespaceGo(namespaceCopy({ managedFields: labelled }), gone));
  assert.not(mayNamespaceGo(namespaceCopy(), { workspaces: 1, isThere: true }));
  assert.not(mayNamespaceGo(namespaceCopy(), { workspaces: 0, isThere: false }));
});

test('a Namespace that only holds copies was not made of a source', () => {
  const gone = { workspaces: 1, isThere: false };
  const { manager, operation } = APPLIED;
  assert.not(mayNamespaceGo(namespaceCopy({}), gone));
  assert.not(mayNamespaceGo(namespaceCopy({ managedFields: [{ manager, operation: 'Update' }] }), gone));
  assert.not(mayNamespaceGo(namespaceCopy({ managedFields: [{ manager: 'kubectl', operation }] }), gone));
});

test.run();
