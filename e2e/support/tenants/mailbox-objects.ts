/** What a tenant gets at by placing objects under names that a mailbox workspace has for itself. */
import {
  CONFIG_MAPS,
  EDGE_PLACEMENTS,
  type KubeObject,
  PROJECTED,
  type Resource,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { carries, create, fresh, namespace, place, read, write } from '../objects.ts';
import { combinedStatus } from '../semantics/summary-support.ts';
import { area } from './core.ts';

export const mailboxObjects = area();

/** Where the syncers' identities are. */
const NAMESPACE = 'default';

mailboxObjects(
  "a tenant who places a ServiceAccount of the syncer's name does not get hold of it",
  async (core) => {
    const { edge1, mailboxes } = core;
    const { client } = await core.tenant();
    const in_ = await namespace(client);
    const administrators = fresh('administrators');
    const password = { data: { password: 'bWluZQ==' } };
    await create(mailboxes.edge1, SECRETS, administrators, NAMESPACE, password);
    const before = [
      ...(await ofSyncer(mailboxes.edge1, SERVICE_ACCOUNTS)),
      ...(await ofSyncer(mailboxes.edge1, SECRETS)),
      { resource: SECRETS, name: administrators, uid: await uidOf(mailboxes.edge1, SECRETS, administrators) },
    ];
    assert.ok(before.length >= 3, "the syncer's ServiceAccount, its token and the administrator's Secret");
    for (const { resource, name } of before) await create(client, resource, name, NAMESPACE);
    const downsync = { namespaces: [NAMESPACE], objectNames: before.map(({ name }) => name) };
    await place(client, in_, [{ resources: ['serviceaccounts', 'secrets'], ...downsync }]);
    for (const { resource, name } of before) {
      const status = await combinedStatus(
        client,
        resource,
        NAMESPACE,
        name,
        (found) => found?.failures?.[0]?.reason === 'NotOurs',
      );
      assert.is(status?.clusters?.applied, 0);
      assert.match(status?.failures?.[0]?.message ?? '', 'mailbox workspace');
    }
    await client.delete(EDGE_PLACEMENTS, { name: in_ });
    // What is placed from now on arrives, and arrives again: the syncer is who it was.
    await create(client, CONFIG_MAPS, 'later', in_, { data: { from: 'first' } });
    await place(client, `${in_}-later`, [{ resources: ['configmaps'], namespaces: [in_] }]);
    await carries(edge1, 'later', in_, 'first');
    for (const { resource, name } of before)
      await combinedStatus(client, resource, NAMESPACE, name, (found) => found === undefined);
    await write(client, 'later', in_, 'second');
    await carries(edge1, 'later', in_, 'second');
    for (const { resource, name, uid } of before) {
      const after = await read(mailboxes.edge1, resource, name, NAMESPACE);
      assert.is(after?.metadata.uid, uid, `${resource.kind} ${name}`);
      assert.is(after?.metadata.labels?.[PROJECTED], undefined, `${resource.kind} ${name}`);
      assert.is(await read(edge1, resource, name, NAMESPACE), undefined, `${resource.kind} ${name}`);
    }
    const kept = await read(mailboxes.edge1, SECRETS, administrators, NAMESPACE);
    assert.equal(kept?.data, password.data);
    await mailboxes.edge1.delete(SECRETS, { name: administrators, namespace: NAMESPACE });
  },
);

/** @returns what the mailbox workspace of edge1 has of a kind for its syncer */
async function ofSyncer(mailbox: KubeClient, resource: Resource) {
  const all = await mailbox.list<KubeObject>(resource, { namespace: NAMESPACE });
  return all
    .map(({ metadata: { name, uid } }) => ({ resource, name, uid }))
    .filter(({ name }) => name.startsWith('kubestellar-syncer-edge1-'));
}

async function uidOf(server: KubeClient, resource: Resource, name: string): Promise<string | undefined> {
  return (await read(server, resource, name, NAMESPACE))?.metadata.uid;
}
