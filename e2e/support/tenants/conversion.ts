/** What a tenant gets at by the conversion webhook of a CustomResourceDefinition. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  CONVERSION,
  CUSTOM_RESOURCE_DEFINITIONS,
  EVENTS,
  groupResourceOf,
  isEdgeKey,
  type KubeObject,
  MAILBOX_POLICY,
  type Resource,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '@kubestellar/api';
import { isApiError, type KubeClient } from '@kubestellar/kube';
import { mailboxPolicy } from '@kubestellar/rules';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { crdOf } from '../kinds.ts';
import { arrives, create, define, leaves, namespace, place, read } from '../objects.ts';
import { area } from './core.ts';
import { ownKind } from './exports.ts';

export const conversion = area();

const GROUP = CUSTOM_RESOURCE_DEFINITIONS.group;
type Definition = KubeObject<Spec, { storedVersions?: string[] }>;
type Spec = { versions: { name: string }[]; conversion?: { strategy: string; webhook?: object } };
type Event = KubeObject & { reason?: string; involvedObject?: { name?: string } };

conversion("a tenant's conversion webhook gets no objects of others", async (core) => {
  const { edge1, mailboxes } = core;
  const [victim, tenant] = [await core.tenant(), await core.tenant()];
  const listener = await countingListener();
  const resource = ownKind();
  const definition = groupResourceOf(resource);
  await define(victim.client, crdOf(resource), resource);
  const in_ = await namespace(victim.client);
  await create(victim.client, resource, 'secret', in_, { spec: { iban: 'first' } });
  await place(victim.client, in_, [{ apiGroup: resource.group, namespaces: [in_] }]);
  await arrives(edge1, resource, 'secret', in_);
  const first = await read(victim.client, CUSTOM_RESOURCE_DEFINITIONS, definition);
  // Of two that were made in the same second nobody can say which was first.
  const made = Date.parse(first?.metadata.creationTimestamp ?? '');
  await eventually(
    'another second to begin',
    async () => Date.now(),
    (now) => now >= made + 1000,
  );
  const theirs = crdWith(resource, ['v1', 'v2'], webhook({ url: listener.url }));
  await define(tenant.client, theirs, { ...resource, version: 'v2' });
  await place(tenant.client, in_, [{ apiGroup: GROUP, objectNames: [definition] }]);
  await eventually(
    'an Event on the definition that does not count',
    () => tenant.client.list<Event>(EVENTS),
    (all) => all.some((each) => each.reason === 'Conflict' && each.involvedObject?.name === definition),
    60,
  );
  const intact = async (value: string) => {
    const patch = { spec: { iban: value } };
    await victim.client.mergePatch(resource, { name: 'secret', namespace: in_ }, patch, USER);
    const has = ({ spec }: KubeObject) => (spec as { iban?: string }).iban === value;
    await arrives(edge1, resource, 'secret', in_, has);
    for (const server of [mailboxes.edge1, edge1]) {
      const { spec, status } = await definitionIn(server, definition);
      assert.equal(
        spec?.versions.map(({ name }) => name),
        ['v1'],
      );
      assert.is(spec?.conversion?.strategy ?? 'None', 'None');
      assert.equal(status?.storedVersions, ['v1']);
    }
  };
  await intact('second');
  await create(victim.client, resource, 'another', in_, { spec: { iban: 'more' } });
  await arrives(edge1, resource, 'another', in_);
  await tenant.client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: definition });
  await leaves(tenant.client, CUSTOM_RESOURCE_DEFINITIONS, definition);
  await intact('third');
  assert.is(listener.connections, 0);
  await listener.close();
});

conversion(
  'a definition comes into the clusters with its conversion webhook, and lies in the mailbox workspace without it',
  async (core) => {
    const { edge1, mailboxes } = core;
    const { client } = await core.tenant();
    const resource = ownKind();
    const definition = groupResourceOf(resource);
    const service = (path: string) => webhook({ service: { namespace: 'default', name: 'absent', path } });
    await define(client, crdWith(resource, ['v1', 'v2'], service('/one')), { ...resource, version: 'v2' });
    await place(client, definition, [{ apiGroup: GROUP, objectNames: [definition] }]);
    const hasPath = (path: string) => (found: KubeObject) =>
      JSON.stringify((found.spec as Spec).conversion ?? {}).includes(`"path":"${path}"`);
    await arrives(edge1, CUSTOM_RESOURCE_DEFINITIONS, definition, undefined, hasPath('/one'));
    const copy = await definitionIn(mailboxes.edge1, definition);
    assert.equal(copy.spec?.conversion, { strategy: 'None' });
    const patch = { spec: { conversion: service('/two') } };
    await client.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, { name: definition }, patch, USER);
    const there = await arrives(edge1, CUSTOM_RESOURCE_DEFINITIONS, definition, undefined, hasPath('/two'));
    const ours = Object.keys(there.metadata.annotations ?? {}).filter(isEdgeKey);
    assert.not(ours.includes(CONVERSION), 'the annotation of the core stays there');
    const none = { spec: { conversion: { strategy: 'None', webhook: null } } };
    await client.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, { name: definition }, none, USER);
    const isNone = ({ spec }: KubeObject) => (spec as Spec).conversion?.strategy === 'None';
    await arrives(edge1, CUSTOM_RESOURCE_DEFINITIONS, definition, undefined, isNone);
    const last = await definitionIn(mailboxes.edge1, definition);
    assert.is(last.metadata.annotations?.[CONVERSION], undefined);
  },
);

conversion(
  'the policy of mailbox workspaces admits no conversion webhook, and lets one that is there already be ended',
  async (core) => {
    // In a workspace of its own, which has had such a definition before it has got the policy.
    const { admin } = await core.tenant();
    const [old, newer] = [ownKind(), ownKind()];
    const url = (host: string) => webhook({ url: `https://${host}.example.test/` });
    const names = ['v1', 'v2'];
    await define(admin, crdWith(old, names, url('one')), { ...old, version: 'v2' });
    await define(admin, crdOf(newer), newer);
    const { policy, binding } = mailboxPolicy('root:espw', []);
    await admin.create<KubeObject>(VALIDATING_ADMISSION_POLICIES, policy, USER);
    await admin.create<KubeObject>(VALIDATING_ADMISSION_POLICY_BINDINGS, binding, USER);
    const dryRun = { ...USER, dryRun: true };
    const creating = () =>
      refusalOf(admin.create(CUSTOM_RESOURCE_DEFINITIONS, crdWith(ownKind(), names, url('two')), dryRun));
    await eventually('the policy to be in force', creating, (refusal) => refusal !== undefined, 60);
    const patching = (resource: Resource, patch: object) =>
      refusalOf(
        admin.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, { name: groupResourceOf(resource) }, patch, dryRun),
      );
    assert.match((await patching(newer, { spec: { conversion: url('one') } })) ?? '', MAILBOX_POLICY);
    assert.match((await patching(old, { spec: { conversion: url('two') } })) ?? '', MAILBOX_POLICY);
    assert.is(await patching(newer, { metadata: { labels: { a: 'b' } } }), undefined);
    assert.is(await patching(old, { metadata: { labels: { a: 'b' } } }), undefined);
    const none = { spec: { conversion: { strategy: 'None', webhook: null } } };
    assert.is(await patching(old, none), undefined);
    for (const resource of [old, newer]) {
      const name = groupResourceOf(resource);
      await admin.delete(CUSTOM_RESOURCE_DEFINITIONS, { name });
      await leaves(admin, CUSTOM_RESOURCE_DEFINITIONS, name);
    }
  },
);

async function definitionIn(server: KubeClient, name: string): Promise<Definition> {
  const found = await server.get<Definition>(CUSTOM_RESOURCE_DEFINITIONS, { name });
  assert.ok(found, `there is no CustomResourceDefinition ${name}`);
  return found;
}

/** @returns the `spec.conversion` of a CRD that names this webhook */
export function webhook(clientConfig: object): object {
  return { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
}

/** The CRD of a kind with these versions, of which the last one is stored. */
function crdWith(resource: Resource, names: readonly string[], how: object): KubeObject {
  const definition = crdOf(resource);
  const spec = definition.spec as Spec;
  const versions = names.flatMap((name, n) =>
    spec.versions.map((version) => ({ ...version, name, storage: n === names.length - 1 })),
  );
  return { ...definition, spec: { ...spec, versions, conversion: how } };
}

/** @returns the message of the policy that refuses a request; undefined when it is admitted */
async function refusalOf(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (isApiError(error, 403, 422)) return String(error);
    throw error;
  }
}

/** A server on the loopback interface that says nothing, and counts who comes. */
async function countingListener() {
  const seen = { connections: 0 };
  const server = createServer((socket) => {
    seen.connections++;
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1').unref(), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/convert`,
    get connections() {
      return seen.connections;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
