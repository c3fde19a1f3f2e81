/** What tenants get at by APIs of their own: by claims, by names that others have, and by what mailboxes would bind. */
import {
  API_BINDINGS,
  API_EXPORT_APPROVALS,
  API_EXPORTS,
  API_RESOURCE_SCHEMAS,
  type APIBinding,
  type APIExportApproval,
  apiVersionOf,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  groupResourceOf,
  type Resource,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { crdOf } from '../kinds.ts';
import { arrives, carries, create, define, leaves, namespace, place, read } from '../objects.ts';
import { combinedStatus } from '../semantics/summary-support.ts';
import type { Tenant } from '../tenant.ts';
import { area, type TenantsCore } from './core.ts';
import {
  exportAndBind,
  exportOf,
  NETWORK_POLICIES,
  type OwnAPI,
  ownKind,
  schemaOf,
  seenBy,
} from './exports.ts';

export const apis = area();

const WEB = {
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'example.test/web' }] },
    },
  },
};

apis(
  "a tenant's claim on Secrets, accepted by the tenant, lets nobody at the mailbox workspaces",
  async (core) => {
    const [tenant, neighbour] = [await core.tenant(), await core.tenant()];
    const theirs = await namespace(neighbour.client);
    await create(neighbour.client, SECRETS, 'theirs', theirs, { stringData: { password: 'secret' } });
    await place(neighbour.client, theirs, [{ resources: ['secrets'], namespaces: [theirs] }]);
    await arrives(core.mailboxes.edge1, SECRETS, 'theirs', theirs);
    const api = await exportAndBind(tenant, [ownKind()]);
    const mine = await placeOne(tenant, api.resource);
    await define(core.edge1, crdOf(api.resource), api.resource);
    await arrives(core.mailboxes.edge1, api.resource, 'one', mine);
    await arrives(core.edge1, api.resource, 'one', mine);
    await nothingIsBound(core, api);
    assert.ok(await read(core.mailboxes.edge1, CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf(api.resource)));
    const mailbox = await clusterOfMailbox(core);
    assert.equal(
      (await seenBy(api, SECRETS)).filter((each) => each.startsWith(`${mailbox}/`)),
      [],
    );
    // What is delivered goes on being delivered, and goes when the tenant wants it to.
    await tenant.client.mergePatch(
      api.resource,
      { name: 'one', namespace: mine },
      { spec: { size: 2 } },
      USER,
    );
    await arrives(
      core.edge1,
      api.resource,
      'one',
      mine,
      ({ spec }) => (spec as { size?: number })?.size === 2,
    );
    await tenant.client.delete(api.resource, { name: 'one', namespace: mine });
    await leaves(core.edge1, api.resource, 'one', mine);
    await leaves(core.mailboxes.edge1, CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf(api.resource));
  },
);

for (const [title, kinds] of [
  ['ConfigMaps and Secrets', [CONFIG_MAPS, SECRETS]],
  ['ServiceAccounts', [SERVICE_ACCOUNTS]],
  ['Roles', [ROLES]],
] as const satisfies [string, [Resource, ...Resource[]]][]) {
  apis(`a tenant's export of ${title} takes nobody's ${title} in the mailbox workspaces`, async (core) => {
    const [tenant, neighbour] = [await core.tenant(), await core.tenant()];
    const theirs = await placed(neighbour, CONFIG_MAPS);
    await create(neighbour.client, CONFIG_MAPS, 'theirs', theirs, { data: { from: 'neighbour' } });
    await carries(core.edge1, 'theirs', theirs, 'neighbour');
    const api = await exportAndBind(tenant, kinds);
    const mine = await placeOne(tenant, kinds[0]);
    // Of namesakes of native kinds outside the core group kcp lists nothing, so none of them is ever selected.
    if (kinds[0].group === '') await isMismatch(tenant, kinds[0], 'one', mine);
    await nothingIsBound(core, api);
    await create(neighbour.client, CONFIG_MAPS, 'more', theirs, { data: { from: 'neighbour' } });
    await carries(core.edge1, 'more', theirs, 'neighbour');
    await nothingIsSeen(core, api, CONFIG_MAPS);
    assert.is(await read(core.mailboxes.edge1, kinds[0], 'one', mine), undefined);
    assert.is(await read(core.edge1, kinds[0], 'one', mine), undefined);
  });
}

apis(
  "a tenant's export of Deployments takes nobody's Deployments in the mailbox workspaces",
  async (core) => {
    const [tenant, neighbour] = [await core.tenant(), await core.tenant()];
    await unbind(tenant, 'bind-kubernetes');
    const api = await exportAndBind(tenant, [DEPLOYMENTS]);
    const mine = await placeOne(tenant, DEPLOYMENTS);
    await isMismatch(tenant, DEPLOYMENTS, 'one', mine);
    await nothingIsBound(core, api);
    const theirs = await placed(neighbour, DEPLOYMENTS);
    await create(neighbour.client, DEPLOYMENTS, 'theirs', theirs, WEB);
    await arrives(core.edge1, DEPLOYMENTS, 'theirs', theirs);
    await nothingIsSeen(core, api, DEPLOYMENTS);
  },
);

apis(
  "a tenant's CustomResourceDefinition of a name of Kubernetes' comes into no mailbox workspace",
  async (core) => {
    const [tenant, neighbour] = [await core.tenant(), await core.tenant()];
    await unbind(tenant, 'bind-networking.k8s.io');
    const definition = crdOf(NETWORK_POLICIES);
    definition.metadata.annotations = { 'api-approved.kubernetes.io': 'https://example.test/approval' };
    await define(tenant.client, definition, NETWORK_POLICIES);
    const mine = await placeOne(tenant, NETWORK_POLICIES);
    await isMismatch(tenant, NETWORK_POLICIES, 'one', mine);
    await isMismatch(tenant, CUSTOM_RESOURCE_DEFINITIONS, definition.metadata.name, '');
    const theirs = await placed(neighbour, NETWORK_POLICIES);
    await create(neighbour.client, NETWORK_POLICIES, 'theirs', theirs, { spec: { podSelector: {} } });
    await arrives(core.edge1, NETWORK_POLICIES, 'theirs', theirs);
    assert.is(
      await read(core.mailboxes.edge1, CUSTOM_RESOURCE_DEFINITIONS, definition.metadata.name),
      undefined,
    );
  },
);

apis('of two APIs of one name the first stays, until an administrator approves the other', async (core) => {
  const [first, second] = [await core.tenant(), await core.tenant()];
  const resource = ownKind();
  await define(core.edge1, crdOf(resource), resource);
  await define(first.client, crdOf(resource), resource);
  const theirs = await placeOne(first, resource);
  await arrives(core.edge1, resource, 'one', theirs);
  const api = await exportAndBind(second, [resource]);
  const mine = await placeOne(second, resource);
  await isMismatch(second, resource, 'one', mine);
  await first.client.mergePatch(resource, { name: 'one', namespace: theirs }, { spec: { size: 2 } }, USER);
  const delivered = await arrives(
    core.edge1,
    resource,
    'one',
    theirs,
    ({ spec }) => (spec as { size?: number })?.size === 2,
  );
  assert.is(await read(core.edge1, resource, 'one', mine), undefined);

  await core.espw.create(API_EXPORT_APPROVALS, approvalOf(api, second.workspace), USER);
  await arrives(core.edge1, resource, 'one', mine);
  await isMismatch(first, resource, 'one', theirs);
  // What the cluster has of the first stays there.
  assert.is((await read(core.edge1, resource, 'one', theirs))?.metadata.uid, delivered.metadata.uid);
  const bindings = await leadingTo(core.mailboxes.edge1, api);
  assert.equal(
    bindings.map(({ spec }) => spec),
    [{ reference: { export: { path: second.workspace, name: api.exportName } } }],
  );

  // The approval is of what was exported then.
  await second.client.create(API_RESOURCE_SCHEMAS, schemaOf(CONFIG_MAPS), USER);
  const { spec } = exportOf(api.exportName, [resource, CONFIG_MAPS]);
  await second.client.mergePatch(API_EXPORTS, { name: api.exportName }, { spec }, USER);
  const own = await eventually(
    "the tenant's own binding to follow the export",
    () => second.client.get<APIBinding>(API_BINDINGS, { name: api.binding }),
    (binding) => binding?.status?.boundResources?.length === 2,
    60,
  );
  assert.ok(own);
  const third = await core.tenant();
  const in_ = await placed(third, CONFIG_MAPS);
  await create(third.client, CONFIG_MAPS, 'theirs', in_, { data: { from: 'third' } });
  await carries(core.edge1, 'theirs', in_, 'third');
  const [bound] = await leadingTo(core.mailboxes.edge1, api);
  assert.equal(
    bound?.status?.boundResources?.map((each) => each.resource),
    [resource.plural],
  );
  await nothingIsSeen(core, api, CONFIG_MAPS);

  await core.espw.delete(API_EXPORT_APPROVALS, { name: api.exportName });
  await eventually(
    'the binding to go with its approval',
    () => leadingTo(core.mailboxes.edge1, api),
    (found) => found.length === 0,
    60,
  );
});

/** Makes a Namespace, and places one object of a kind that is in it. @returns the Namespace */
async function placeOne(tenant: Tenant, resource: Resource): Promise<string> {
  const in_ = await placed(tenant, resource);
  const content = resource === ROLES ? { rules: [] } : resource === DEPLOYMENTS ? WEB : {};
  await create(tenant.client, resource, 'one', in_, content);
  return in_;
}

/** Makes a Namespace, and places what will be in it of a kind. @returns its name */
async function placed({ client }: Tenant, { group, plural }: Resource): Promise<string> {
  const in_ = await namespace(client);
  await place(client, in_, [{ apiGroup: group, resources: [plural], namespaces: [in_] }]);
  return in_;
}

/** Waits until an object of a tenant's is reported as being of another API than its kind. */
async function isMismatch({ client }: Tenant, resource: Resource, name: string, in_: string): Promise<void> {
  await combinedStatus(
    client,
    resource,
    in_,
    name,
    (status) => status?.failures?.some(({ reason }) => reason === 'APIMismatch') ?? false,
  );
}

/** Asserts that no mailbox workspace binds an API, or accepts any claim. */
async function nothingIsBound({ mailboxes }: TenantsCore, api: OwnAPI): Promise<void> {
  for (const mailbox of Object.values(mailboxes)) {
    for (const { metadata, spec } of await mailbox.list<APIBinding>(API_BINDINGS))
      assert.equal(spec?.permissionClaims ?? [], [], metadata.name);
    assert.equal(await leadingTo(mailbox, api), []);
  }
}

/** Asserts that who exports an API sees nothing of the mailbox workspace by it. */
async function nothingIsSeen(core: TenantsCore, api: OwnAPI, resource: Resource): Promise<void> {
  const mailbox = await clusterOfMailbox(core);
  const seen = await seenBy(api, resource);
  assert.equal(
    seen.filter((each) => each.startsWith(`${mailbox}/`)),
    [],
  );
}

async function leadingTo(mailbox: KubeClient, api: OwnAPI): Promise<APIBinding[]> {
  const bindings = await mailbox.list<APIBinding>(API_BINDINGS);
  return bindings.filter(({ spec }) => spec?.reference.export.name === api.exportName);
}

async function clusterOfMailbox({ mailboxes }: TenantsCore): Promise<string> {
  const [binding] = await mailboxes.edge1.list(API_BINDINGS);
  return binding?.metadata.annotations?.['kcp.io/cluster'] ?? '';
}

async function unbind({ client }: Tenant, name: string): Promise<void> {
  await client.delete(API_BINDINGS, { name });
  await leaves(client, API_BINDINGS, name);
}

function approvalOf(api: OwnAPI, path: string): APIExportApproval {
  return {
    apiVersion: apiVersionOf(API_EXPORT_APPROVALS),
    kind: API_EXPORT_APPROVALS.kind,
    metadata: { name: api.exportName },
    spec: {
      export: { path, name: api.exportName },
      identityHash: api.identityHash,
      resources: [groupResourceOf(api.resource)],
    },
  };
}
