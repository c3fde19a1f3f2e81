/** Publishes an API in a workspace: schemas, exports, permissions to use them, and admission policies. */
import {
  API_EXPORTS,
  API_RESOURCE_SCHEMAS,
  type APIResourceSchema,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CUSTOM_RESOURCE_DEFINITIONS,
  FIELD_MANAGERS,
  type KubeObject,
  type Resource,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  type WorkspaceManifests,
} from '@kubestellar/api';
import { Applier, isAlreadyExists, type KubeClient, METADATA_ONLY } from '@kubestellar/kube';
import type { Output } from '../shell/output.ts';
import { printChange } from '../workspace/changes.ts';

/** Schemas are up to 500 kB each: more requests at once would only queue in the server. */
const CREATIONS_AT_ONCE = 8;

/** Creates or updates the manifests in a workspace; writes only what differs, and prints each written object. */
export async function publish(
  workspace: KubeClient,
  manifests: WorkspaceManifests,
  output: Output,
): Promise<void> {
  const applier = new Applier(FIELD_MANAGERS.cli);
  const roles = manifests.rbac.filter(({ kind }) => kind === 'ClusterRole');
  const bindings = manifests.rbac.filter(({ kind }) => kind === 'ClusterRoleBinding');
  await Promise.all([
    createSchemas(workspace, manifests.schemas, output).then(() =>
      ensureAll(workspace, API_EXPORTS, manifests.exports, applier, output),
    ),
    ensureDefinitions(workspace, manifests.definitions ?? [], applier, output),
    ensureAll(workspace, CLUSTER_ROLES, roles, applier, output),
    ensureAll(workspace, CLUSTER_ROLE_BINDINGS, bindings, applier, output),
    ensurePolicies(workspace, manifests.policies ?? [], applier, output),
  ]);
}

/** Without its policy, a binding would have no effect. */
async function ensurePolicies(
  workspace: KubeClient,
  wanted: NonNullable<WorkspaceManifests['policies']>,
  applier: Applier,
  output: Output,
): Promise<void> {
  if (wanted.length === 0) return;
  const [policies, bindings] = [wanted.map(({ policy }) => policy), wanted.map(({ binding }) => binding)];
  await ensureAll(workspace, VALIDATING_ADMISSION_POLICIES, policies, applier, output);
  await ensureAll(workspace, VALIDATING_ADMISSION_POLICY_BINDINGS, bindings, applier, output);
}

async function ensureDefinitions(
  workspace: KubeClient,
  wanted: NonNullable<WorkspaceManifests['definitions']>,
  applier: Applier,
  output: Output,
): Promise<void> {
  if (wanted.length > 0) await ensureAll(workspace, CUSTOM_RESOURCE_DEFINITIONS, wanted, applier, output);
}

/** A schema's name contains a hash of its contents, so an existing one is up to date. */
async function createSchemas(
  workspace: KubeClient,
  schemas: readonly APIResourceSchema[],
  output: Output,
): Promise<void> {
  const page = await workspace.listPage(API_RESOURCE_SCHEMAS, { accept: METADATA_ONLY });
  const existing = new Set(page.items.map(({ metadata }) => metadata.name));
  const missing = schemas.filter(({ metadata }) => !existing.has(metadata.name));
  const createNext = async (): Promise<void> => {
    for (let schema = missing.shift(); schema; schema = missing.shift()) {
      await createOnce(workspace, schema);
      printChange(output, 'created', workspace, API_RESOURCE_SCHEMAS, { name: schema.metadata.name });
    }
  };
  await Promise.all(Array.from({ length: CREATIONS_AT_ONCE }, createNext));
}

async function createOnce(workspace: KubeClient, schema: APIResourceSchema): Promise<void> {
  try {
    await workspace.create(API_RESOURCE_SCHEMAS, schema, { fieldManager: FIELD_MANAGERS.cli });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function ensureAll(
  workspace: KubeClient,
  resource: Resource,
  wanted: readonly KubeObject[],
  applier: Applier,
  output: Output,
): Promise<void> {
  const live = new Map((await workspace.list(resource)).map((object) => [object.metadata.name, object]));
  const ensure = async (object: KubeObject) => {
    const found = live.get(object.metadata.name);
    const { written } = await applier.ensure(workspace, resource, object, found);
    const action = found ? 'configured' : 'created';
    if (written) printChange(output, action, workspace, resource, { name: object.metadata.name });
  };
  await Promise.all(wanted.map(ensure));
}
