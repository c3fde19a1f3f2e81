/** Builds the contents of `root:compute` from the catalog and Kubernetes' OpenAPI documents. */
import { nativeGroup } from '../denature.ts';
import type { KindDefinition } from '../kinds/definition.ts';
import { apiExport, apiResourceSchema, type WorkspaceManifests } from '../manifests.ts';
import { COMPUTE_EXPORTS, MAILBOX_EXPORTS } from '../names.ts';
import { type CatalogEntry, COMPUTE_CATALOG } from './catalog.ts';
import { readOpenAPIDocument, schemaNameOf, servedResource } from './openapi.ts';
import { computeRbac } from './rbac.ts';
import { structuralSchema } from './structural.ts';

/**
 * All objects of `root:compute`; the same documents give the same objects.
 * @param openapiDirectory `api/openapi-spec/v3` of the Go module k8s.io/kubernetes.
 */
export async function buildComputeManifests(openapiDirectory: string): Promise<WorkspaceManifests> {
  const kindsByExport = new Map<string, KindDefinition[]>();
  for (const name of [...COMPUTE_EXPORTS, ...MAILBOX_EXPORTS]) {
    const entries = COMPUTE_CATALOG[name];
    kindsByExport.set(name, await Promise.all(entries.map((entry) => kindOf(entry, openapiDirectory))));
  }
  const offers = [...kindsByExport].map(([name, kinds]) => ({ name, schemas: kinds.map(apiResourceSchema) }));
  return {
    schemas: offers.flatMap(({ schemas }) => schemas),
    exports: offers.map(({ name, schemas }) =>
      // As kcp's own export of this name has it: the RBAC beside it restricts users.
      apiExport(name, schemas, { maximalPermissionPolicy: name === 'kubernetes' }),
    ),
    rbac: computeRbac(kindsByExport),
  };
}

async function kindOf(entry: CatalogEntry, openapiDirectory: string): Promise<KindDefinition> {
  const { group, version, plural, kind, shortNames, categories, columns } = entry;
  const native = nativeGroup(group);
  const document = await readOpenAPIDocument(openapiDirectory, native, version);
  const served = servedResource(document, plural);
  const schemaName = schemaNameOf(document, native, version, kind);
  return {
    resource: { group, version, plural, kind, namespaced: served.namespaced },
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames,
    categories,
    printerColumns: columns,
    subresources: {
      ...(served.status ? { status: {} } : {}),
      // No labelSelectorPath: it must name a string, and these kinds have selector objects.
      ...(served.scale
        ? { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } }
        : {}),
    },
    schema: structuralSchema(document.components.schemas, schemaName),
  };
}
