import {
  API_BINDINGS,
  API_EXPORT_APPROVALS,
  type APIBinding,
  apiVersionOf,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  FIELD_MANAGERS,
  groupResourceOf,
  type KubeObject,
  MAILBOX_POLICY,
  PROJECTED,
  type Resource,
  SECRETS,
  SYNCER_CONFIGS,
  type SyncerConfig,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { USER } from '../support/core.ts';
import { eventually } from '../support/eventually.ts';
import { crdOf } from '../support/kinds.ts';
import { LocalHome } from '../support/local.ts';
import { arrives, carries, create, define, namespace, place, read } from '../support/objects.ts';
import { type Invocation, invoke, takeOver } from '../support/take-over.ts';
import type { Tenant } from '../support/tenant.ts';
import { closeCore, startCore, type TenantsCore } from '../support/tenants/core.ts';
import { bindingTo, exportAndBind, type OwnAPI, ownKind, seenBy } from '../support/tenants/exports.ts';

/**
 * A core as the release before has left it: tenants' APIBindings are in the mailbox workspaces, with their accepted
 * claims. Then the programs of this release start.
 */
const test = suite("an update of a core with tenants' APIBindings in its mailbox workspaces", {
  timeout: 300_000,
});

const PROGRAMS = ['mailbox-controller', 'placement-translator'] as const;
const home = await LocalHome.create();
let lanes: TenantsCore[] = [];
let children: Awaited<ReturnType<typeof invoke>>[] = [];

test.before(async () => {
  lanes = await startCore(home, 1);
});

test.after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await closeCore(lanes);
  await home.dispose();
});

test('takes the claims away, makes CRDs of the kinds, and deletes nothing in the clusters', async () => {
  const [core] = lanes;
  assert.ok(core);
  const { edge1, mailboxes } = core;
  const mailbox = mailboxes.edge1;
  const [tenant, neighbour] = [await core.tenant(), await core.tenant()];
  const theirs = await namespace(neighbour.client);
  for (const [resource, name] of [
    [CONFIG_MAPS, 'theirs'],
    [SECRETS, 'secret'],
  ] as const)
    await create(
      neighbour.client,
      resource,
      name,
      theirs,
      resource === CONFIG_MAPS ? { data: { from: '1' } } : {},
    );
  await place(neighbour.client, theirs, [{ resources: ['configmaps', 'secrets'], namespaces: [theirs] }]);
  await carries(edge1, 'theirs', theirs, '1');
  await arrives(edge1, SECRETS, 'secret', theirs);

  const stopped = await stopPrograms();
  for (const resource of [VALIDATING_ADMISSION_POLICY_BINDINGS, VALIDATING_ADMISSION_POLICIES])
    await mailbox.delete(resource, { name: MAILBOX_POLICY });
  const plain = await deliverAsBefore(core, tenant);
  const approved = await deliverAsBefore(core, tenant);
  await approve(core, tenant, approved.api);
  // The third API takes everybody's ConfigMaps.
  const third = await core.tenant();
  const shadow = await exportAndBind(third, [CONFIG_MAPS]);
  await copyBinding(mailbox, third.workspace, shadow);
  const before = {
    plain: await uidOf(edge1, plain.api.resource, plain.in_),
    approved: await uidOf(edge1, approved.api.resource, approved.in_),
    theirs: (await read(edge1, CONFIG_MAPS, 'theirs', theirs))?.metadata.uid,
    approvedCopy: await uidOf(mailbox, approved.api.resource, approved.in_),
  };
  assert.ok(
    (await seenBy(plain.api, SECRETS)).some((each) => each.endsWith('/secret')),
    'the claim is accepted',
  );

  const deletions = new Deletions(edge1, [plain.api.resource, approved.api.resource, CONFIG_MAPS, SECRETS]);
  children = await Promise.all(stopped.map(invoke));
  await eventually(
    'the claims to be taken away, and what is not approved with them',
    () => mailbox.list<APIBinding>(API_BINDINGS),
    (bindings) =>
      bindings.every(({ spec }) => !spec?.permissionClaims?.length) &&
      bindings.every(({ metadata: { name } }) => name !== plain.api.binding && name !== shadow.binding),
    60,
  );
  assert.ok(await read(mailbox, API_BINDINGS, approved.api.binding), 'what is approved stays');
  assert.equal(
    (await seenBy(plain.api, SECRETS)).filter((each) => each.endsWith('/secret')),
    [],
  );
  await arrives(mailbox, CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf(plain.api.resource));
  await arrives(mailbox, plain.api.resource, 'one', plain.in_);
  for (const { api, in_ } of [plain, approved]) {
    await tenant.client.mergePatch(
      api.resource,
      { name: 'one', namespace: in_ },
      { spec: { size: 2 } },
      USER,
    );
    await arrives(edge1, api.resource, 'one', in_, ({ spec }) => (spec as { size?: number })?.size === 2);
  }
  await neighbour.client.mergePatch(
    CONFIG_MAPS,
    { name: 'theirs', namespace: theirs },
    { data: { from: '2' } },
    USER,
  );
  await carries(edge1, 'theirs', theirs, '2');
  assert.equal(
    {
      plain: await uidOf(edge1, plain.api.resource, plain.in_),
      approved: await uidOf(edge1, approved.api.resource, approved.in_),
      theirs: (await read(edge1, CONFIG_MAPS, 'theirs', theirs))?.metadata.uid,
      approvedCopy: await uidOf(mailbox, approved.api.resource, approved.in_),
    },
    before,
  );
  assert.equal(await deletions.end(), []);
});

/** An API of a tenant's of which an object is in the cluster. */
interface Delivered {
  api: OwnAPI;
  in_: string;
}

/** Brings an object of an API of a tenant's own into edge1 as the placement-translator of the release before did. */
async function deliverAsBefore({ edge1, mailboxes }: TenantsCore, tenant: Tenant): Promise<Delivered> {
  const mailbox = mailboxes.edge1;
  const api = await exportAndBind(tenant, [ownKind()]);
  const { resource } = api;
  await define(edge1, crdOf(resource), resource);
  const in_ = await namespace(tenant.client);
  await create(tenant.client, resource, 'one', in_, { spec: { size: 1 } });
  await place(tenant.client, in_, [{ apiGroup: resource.group, namespaces: [in_] }]);
  await copyBinding(mailbox, tenant.workspace, api);
  const labels = { [PROJECTED]: 'yes' };
  const manager = { fieldManager: FIELD_MANAGERS.placementTranslator };
  await mailbox.create(
    { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: in_, labels } },
    manager,
  );
  const copy = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name: 'one', namespace: in_, labels },
    spec: { size: 1 },
  };
  await eventually(
    'the copy to be taken',
    () => mailbox.apply(resource, copy as KubeObject, manager),
    () => true,
    60,
  );
  const config = await mailbox.get<SyncerConfig>(SYNCER_CONFIGS, { name: 'the-one' });
  const entry = {
    group: resource.group,
    resource: resource.plural,
    apiVersion: resource.version,
    objectsByNamespace: [{ namespace: in_, names: ['one'] }],
  };
  const namespacedObjects = [...(config?.spec?.namespacedObjects ?? []), entry];
  await mailbox.mergePatch(SYNCER_CONFIGS, { name: 'the-one' }, { spec: { namespacedObjects } }, manager);
  await arrives(edge1, resource, 'one', in_);
  return { api, in_ };
}

/** Copies a tenant's APIBinding whole, as the release before did. */
async function copyBinding(mailbox: KubeClient, workspace: string, api: OwnAPI): Promise<void> {
  const manager = { fieldManager: FIELD_MANAGERS.placementTranslator };
  await mailbox.apply(API_BINDINGS, { ...bindingTo(api.binding, workspace, api.exportName) }, manager);
  await eventually(
    `the copy of ${api.binding} to be bound`,
    () => mailbox.get<APIBinding>(API_BINDINGS, { name: api.binding }),
    (binding) => binding?.status?.phase === 'Bound',
    60,
  );
}

async function approve({ espw }: TenantsCore, { workspace }: Tenant, api: OwnAPI): Promise<void> {
  const approval = {
    apiVersion: apiVersionOf(API_EXPORT_APPROVALS),
    kind: API_EXPORT_APPROVALS.kind,
    metadata: { name: api.exportName },
    spec: {
      export: { path: workspace, name: api.exportName },
      identityHash: api.identityHash,
      resources: [groupResourceOf(api.resource)],
    },
  };
  await espw.create(API_EXPORT_APPROVALS, approval as KubeObject, USER);
}

async function uidOf(server: KubeClient, resource: Resource, in_: string): Promise<string | undefined> {
  return (await read(server, resource, 'one', in_))?.metadata.uid;
}

/** Ends the programs. @returns how they had been started */
async function stopPrograms(): Promise<Invocation[]> {
  return Promise.all(PROGRAMS.map(async (name) => takeOver(await home.pidOf(name))));
}

/** Watches a cluster for objects that are deleted. */
class Deletions {
  readonly #abort = new AbortController();
  readonly #found: string[] = [];
  readonly #watches: Promise<unknown>[];

  constructor(server: KubeClient, resources: readonly Resource[]) {
    this.#watches = resources.map((resource) =>
      this.#watch(server, resource).catch((error: unknown) => this.#found.push(String(error))),
    );
  }

  /** @returns what has been deleted */
  async end(): Promise<string[]> {
    this.#abort.abort();
    await Promise.all(this.#watches);
    return this.#found;
  }

  async #watch(server: KubeClient, resource: Resource): Promise<void> {
    const { signal } = this.#abort;
    try {
      for await (const { type, object } of server.watch(resource, { timeoutSeconds: 300, signal }))
        if (type === 'DELETED') this.#found.push(`${resource.plural}/${object.metadata.name}`);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

test.run();
