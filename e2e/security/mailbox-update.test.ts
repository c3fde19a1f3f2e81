import {
  API_BINDINGS,
  API_EXPORT_APPROVALS,
  type APIBinding,
  apiVersionOf,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  SECRETS,
} from '@kubestellar/api';
import { KubeClient } from '@kubestellar/kube';
import { assert, suite } from '@kubestellar/testing';
import { CLUSTERS, closeCore, type Servers, startServers, USER } from '../support/core.ts';
import { Deletions } from '../support/deletions.ts';
import { eventually } from '../support/eventually.ts';
import { FormerClone, whyWithout } from '../support/former.ts';
import { difference, type Inventory, inventoryOf } from '../support/inventory.ts';
import { crdOf } from '../support/kinds.ts';
import { LocalHome } from '../support/local.ts';
import { arrives, BOTH, carries, create, define, namespace, place, read, write } from '../support/objects.ts';
import { newTenant, type Tenant } from '../support/tenant.ts';
import { exportAndBind, type OwnAPI, ownKind, seenBy } from '../support/tenants/exports.ts';

/** The last commit of main by which APIBindings of tenants were copied into mailbox workspaces, claims and all. */
const FORMER = 'ceca4319b18beb9d5546d68780040046ab30edc5';
const TITLE = 'takes the claims away, makes CRDs of the kinds, and deletes nothing in the clusters';

const test = suite("an update of a core with tenants' APIBindings in its mailbox workspaces", {
  timeout: 300_000,
});

const home = await LocalHome.create();
let former: FormerClone | undefined;
let core: Servers | undefined;

const missing = await whyWithout(FORMER);
if (missing !== undefined) {
  test.skip(TITLE, missing);
} else {
  test.before(async () => {
    former = await FormerClone.create(FORMER);
    core = await startServers(new LocalHome(home.path, former));
  });
  test(TITLE, () => update(core));
}

test.after(async () => {
  await closeCore(core);
  await home.dispose();
  await former?.dispose();
});

/** What the former core has brought about. */
interface Before {
  core: Servers;
  tenant: Tenant;
  /** Two APIs of the tenant's, one of which is going to be approved. */
  plain: Delivered;
  approved: Delivered;
  neighbour: Tenant;
  /** The neighbour's Namespace, with a ConfigMap `theirs` and a Secret `secret`. */
  theirs: string;
  /** An API that takes everybody's ConfigMaps. */
  shadow: OwnAPI;
}

/** An API of a tenant's of which an object is in the clusters. */
interface Delivered {
  api: OwnAPI;
  in_: string;
}

async function update(core: Servers | undefined) {
  assert.ok(core);
  const { mailboxes } = core;
  const before = await asFormer(core);
  const { plain, approved, shadow } = before;
  await approve(core, before.tenant, approved.api);
  const ofApproved = await ofMailboxes(core, approved);
  const inventories = await inventoriesOf(core);
  const watched = [plain.api.resource, approved.api.resource, CONFIG_MAPS, SECRETS, NAMESPACES];
  const deletions = await Promise.all(CLUSTERS.map((name) => Deletions.watch(core[name], watched)));

  await home.start();
  for (const name of CLUSTERS) {
    const mailbox = mailboxes[name];
    const bindings = () => mailbox.list<APIBinding>(API_BINDINGS);
    await eventually(
      'the claims to be taken away at once',
      bindings,
      (found) => found.every(({ spec }) => !spec?.permissionClaims?.length),
      10,
    );
    await eventually(
      'what is not approved to be taken away',
      bindings,
      (found) => !found.some(({ metadata }) => [plain.api.binding, shadow.binding].includes(metadata.name)),
      60,
    );
    await arrives(mailbox, CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf(plain.api.resource));
    await arrives(mailbox, plain.api.resource, 'one', plain.in_);
  }
  await eventually(
    'no Secret to be seen any more',
    () => secretsSeen(before),
    (count) => count === 0,
    10,
  );
  await changesArrive(before);
  assert.equal(await ofMailboxes(core, approved), ofApproved, 'what is approved stays');
  const after = await inventoriesOf(core);
  for (const [n, name] of CLUSTERS.entries()) {
    const changes = difference(inventories[n] ?? new Map(), after[n] ?? new Map());
    const lost = changes.filter((line) => !line.startsWith('+'));
    assert.equal(lost, [], name);
    assert.equal(await deletions[n]?.end(), [], name);
  }
}

/** Has the former core deliver objects of three tenants to both clusters. */
async function asFormer(core: Servers): Promise<Before> {
  const [tenant, neighbour, third] = await Promise.all([newTenant(core), newTenant(core), newTenant(core)]);
  const theirs = await namespace(neighbour.client);
  await create(neighbour.client, CONFIG_MAPS, 'theirs', theirs, { data: { from: '1' } });
  await create(neighbour.client, SECRETS, 'secret', theirs);
  await placeOnBoth(neighbour, theirs, [{ resources: ['configmaps', 'secrets'] }]);
  const [plain, approved] = await Promise.all([deliver(core, tenant), deliver(core, tenant)]);
  for (const name of CLUSTERS) {
    await carries(core[name], 'theirs', theirs, '1');
    await arrives(core[name], SECRETS, 'secret', theirs);
  }
  const shadow = await exportAndBind(third, [CONFIG_MAPS]);
  const mine = await namespace(third.client);
  await create(third.client, CONFIG_MAPS, 'mine', mine, { data: { from: '1' } });
  await placeOnBoth(third, mine, [{ resources: ['configmaps'] }]);
  for (const name of CLUSTERS) await carries(core[name], 'mine', mine, '1');
  const before = { core, tenant, plain, approved, neighbour, theirs, shadow };
  assert.is(await secretsSeen(before), 4, 'the claims are accepted in both mailbox workspaces');
  await eventually(
    'the ConfigMap in both mailbox workspaces to be of the third API',
    () => configMapsOf(shadow),
    (found) => found.filter((each) => each === `${theirs}/theirs`).length === 2,
    60,
  );
  return before;
}

/** The ConfigMaps of all workspaces that are of an exported API. */
async function configMapsOf({ identityHash }: OwnAPI): Promise<string[]> {
  const kubeconfig = `${home.path}/admin.kubeconfig`;
  const admin = await KubeClient.fromKubeconfig({ kubeconfig, context: 'system:admin' });
  try {
    const resource = { ...CONFIG_MAPS, plural: `${CONFIG_MAPS.plural}:${identityHash}` };
    const found = await admin.workspace('*').list(resource);
    return found.map(({ metadata: { name, namespace } }) => `${namespace}/${name}`);
  } finally {
    await admin.connection.close();
  }
}

/** Changes everything that was delivered. @returns when both clusters have the changes */
async function changesArrive({ core, tenant, plain, approved, neighbour, theirs }: Before): Promise<void> {
  for (const { api, in_ } of [plain, approved]) {
    const change = { spec: { size: 2 } };
    await tenant.client.mergePatch(api.resource, { name: 'one', namespace: in_ }, change, USER);
  }
  await write(neighbour.client, 'theirs', theirs, '2');
  for (const name of CLUSTERS) {
    for (const { api, in_ } of [plain, approved])
      await arrives(
        core[name],
        api.resource,
        'one',
        in_,
        ({ spec }) => (spec as { size?: number })?.size === 2,
      );
    await carries(core[name], 'theirs', theirs, '2');
  }
}

/** An administrator approves an API before the update: the kind of approvals comes with `kubestellar init`. */
async function approve({ espw }: Servers, { workspace }: Tenant, api: OwnAPI): Promise<void> {
  await home.enterRoot();
  await home.must('kubestellar init --local-kcp=false');
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

/** How often the tenant sees the neighbour's Secret by way of claims, one for each API and mailbox workspace. */
async function secretsSeen({ plain, approved }: Before): Promise<number> {
  const seen = await Promise.all([plain, approved].map(({ api }) => seenBy(api, SECRETS)));
  return seen.flat().filter((each) => each.endsWith('/secret')).length;
}

/** What identifies the objects by which mailbox workspaces hold what is delivered. */
function ofMailboxes({ mailboxes }: Servers, { api, in_ }: Delivered): Promise<unknown[]> {
  const uidOf = async (...at: Parameters<typeof read>) => (await read(...at))?.metadata.uid;
  return Promise.all(
    CLUSTERS.flatMap((name) => [
      uidOf(mailboxes[name], API_BINDINGS, api.binding),
      uidOf(mailboxes[name], api.resource, 'one', in_),
    ]),
  );
}

async function inventoriesOf(core: Servers): Promise<Inventory[]> {
  return Promise.all(CLUSTERS.map((name) => inventoryOf(core[name])));
}

/** Places objects of a Namespace on both clusters; tests without an apiGroup are of the core group. */
function placeOnBoth({ client }: Tenant, in_: string, downsync: Parameters<typeof place>[2]): Promise<void> {
  const all = downsync.map((each) => ({ ...each, namespaces: [in_] }));
  return place(client, in_, all, { locationSelectors: BOTH });
}

/** Has an object of an API of a tenant's own delivered to both clusters. */
async function deliver(core: Servers, tenant: Tenant): Promise<Delivered> {
  const api = await exportAndBind(tenant, [ownKind()]);
  const { resource } = api;
  for (const name of CLUSTERS) await define(core[name], crdOf(resource), resource);
  const in_ = await namespace(tenant.client);
  await create(tenant.client, resource, 'one', in_, { spec: { size: 1 } });
  await placeOnBoth(tenant, in_, [{ apiGroup: resource.group }]);
  for (const name of CLUSTERS) await arrives(core[name], resource, 'one', in_);
  return { api, in_ };
}

test.run();
