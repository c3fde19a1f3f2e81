/** How tenants export and bind APIs of their own, as kcp lets everybody who administers a workspace. */
import {
  API_APPROVED,
  API_BINDINGS,
  API_EXPORT_ENDPOINT_SLICES,
  API_EXPORTS,
  API_RESOURCE_SCHEMAS,
  type APIBinding,
  type APIExport,
  type APIExportEndpointSlice,
  type KubeObject,
  type Resource,
} from '@kubestellar/api';
import { isNotFound, type KubeClient } from '@kubestellar/kube';
import { assert } from '@kubestellar/testing';
import { USER } from '../core.ts';
import { eventually } from '../eventually.ts';
import { fresh } from '../objects.ts';
import type { Tenant } from '../tenant.ts';

/** A native kind of a group that kcp itself does not serve. */
export const NETWORK_POLICIES: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
};

/** A claim on all Secrets, as an export makes it. */
const SECRETS_CLAIM = { group: '', resource: 'secrets', verbs: ['*'] };

/** An API that a tenant exports, and binds in the tenant's own workspace. */
export interface OwnAPI {
  resource: Resource;
  exportName: string;
  /** ID of the tenant's logical cluster. */
  cluster: string;
  identityHash: string;
  binding: string;
  /** The tenant's client at the virtual workspace of the export: what its owner sees of all who bind it. */
  virtualWorkspace: KubeClient;
}

/** @returns a kind of its own, of a group that nobody else has */
export function ownKind(): Resource {
  const name = fresh('gadget');
  return { group: `${name}.test`, version: 'v1', plural: 'gadgets', kind: 'Gadget', namespaced: true };
}

/** @returns the schema that a tenant writes for a kind */
export function schemaOf({ group, version, plural, kind, namespaced }: Resource, prefix = 'v1'): KubeObject {
  return {
    apiVersion: 'apis.kcp.io/v1alpha1',
    kind: 'APIResourceSchema',
    metadata: {
      name: `${prefix}.${plural}.${group || 'core'}`,
      annotations: { [API_APPROVED]: 'https://example.test/approval' },
    },
    spec: {
      group,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          subresources: { status: {} },
        },
      ],
    },
  };
}

/**
 * Exports kinds from a tenant's workspace, with a claim on all Secrets of whoever accepts it, and binds them there, the
 * claim accepted; all with the tenant's own rights.
 * @returns the API by its first kind, once it is bound
 */
export async function exportAndBind(
  { client, workspace }: Tenant,
  kinds: readonly [Resource, ...Resource[]],
): Promise<OwnAPI> {
  const exportName = fresh('export');
  for (const kind of kinds) await client.create(API_RESOURCE_SCHEMAS, schemaOf(kind), USER);
  const exported = exportOf(exportName, kinds);
  await client.create(API_EXPORTS, exported, USER);
  const binding = await bind({ client, workspace }, exportName);
  const found = await client.get<APIExport>(API_EXPORTS, { name: exportName });
  const identityHash = found?.status?.identityHash ?? '';
  assert.match(identityHash, /^[0-9a-f]{64}$/);
  const cluster = found?.metadata.annotations?.['kcp.io/cluster'] ?? '';
  const [resource] = kinds;
  return {
    resource,
    exportName,
    cluster,
    identityHash,
    binding,
    virtualWorkspace: await viewOf(client, exportName),
  };
}

/** An export of kinds, with a claim on Secrets. */
export function exportOf(name: string, kinds: readonly Resource[]): KubeObject {
  return {
    apiVersion: 'apis.kcp.io/v1alpha2',
    kind: 'APIExport',
    metadata: { name },
    spec: {
      resources: kinds.map(({ group, plural }) => ({
        name: plural,
        group,
        schema: `v1.${plural}.${group || 'core'}`,
        storage: { crd: {} },
      })),
      permissionClaims: [SECRETS_CLAIM],
    },
  };
}

/** @returns a binding to an export, with the claim on all Secrets accepted */
export function bindingTo(
  name: string,
  path: string | undefined,
  exportName: string,
  accepts = true,
): KubeObject {
  const accepted = { ...SECRETS_CLAIM, selector: { matchAll: true }, state: 'Accepted' };
  return {
    apiVersion: 'apis.kcp.io/v1alpha2',
    kind: 'APIBinding',
    metadata: { name },
    spec: {
      reference: { export: { ...(path === undefined ? {} : { path }), name: exportName } },
      ...(accepts ? { permissionClaims: [accepted] } : {}),
    },
  };
}

/** Binds an export of the tenant's own workspace there. @returns the name of the binding, once it is bound */
async function bind(
  { client, workspace }: Pick<Tenant, 'client' | 'workspace'>,
  exportName: string,
): Promise<string> {
  const name = fresh('binding');
  // kcp finds an export by its path some moments after it is there.
  await eventually(
    `kcp to let ${exportName} be bound`,
    () => client.create(API_BINDINGS, bindingTo(name, workspace, exportName), USER),
    () => true,
    60,
  );
  await eventually(
    `the export ${exportName} to be bound`,
    () => client.get<APIBinding>(API_BINDINGS, { name }),
    (binding) => binding?.status?.phase === 'Bound',
    60,
  );
  return name;
}

async function viewOf(client: KubeClient, exportName: string): Promise<KubeClient> {
  const slice = await eventually(
    `the virtual workspace of ${exportName}`,
    () => client.get<APIExportEndpointSlice>(API_EXPORT_ENDPOINT_SLICES, { name: exportName }),
    (found) => (found?.status?.endpoints?.length ?? 0) > 0,
    60,
  );
  return client.view(slice?.status?.endpoints?.[0]?.url ?? '');
}

/** What a tenant finds by way of an export, of objects of one resource; nothing where it is not served. */
export async function seenBy({ virtualWorkspace }: OwnAPI, resource: Resource): Promise<string[]> {
  try {
    const objects = await virtualWorkspace.list(resource);
    return objects.map(({ metadata }) => `${metadata.annotations?.['kcp.io/cluster']}/${metadata.name}`);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
