/** Reads Kubernetes' own OpenAPI v3 documents, one per group and version (`api/openapi-spec/v3`). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A schema as these documents write it. */
export interface OpenAPISchema {
  readonly $ref?: string;
  readonly allOf?: readonly OpenAPISchema[];
  readonly oneOf?: readonly OpenAPISchema[];
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: OpenAPISchema;
  readonly properties?: { readonly [name: string]: OpenAPISchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: OpenAPISchema;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** The parts of a document that we use. */
export interface OpenAPIDocument {
  readonly paths: { readonly [path: string]: unknown };
  readonly components: { readonly schemas: { readonly [name: string]: OpenAPISchema } };
}

/** What the paths of a document contain about a resource. */
export interface ServedResource {
  readonly namespaced: boolean;
  readonly status: boolean;
  readonly scale: boolean;
}

/**
 * Reads the document of a group ("" is core) and version from the directory of all documents.
 * @throws Error naming the file that does not exist or is no JSON.
 */
export async function readOpenAPIDocument(
  directory: string,
  group: string,
  version: string,
): Promise<OpenAPIDocument> {
  const name = group === '' ? `api__${version}` : `apis__${group}__${version}`;
  const file = join(directory, `${name}_openapi.json`);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as OpenAPIDocument;
  } catch (cause) {
    throw new Error(
      `cannot read ${file}: --openapi must name the directory api/openapi-spec/v3 of the Go module k8s.io/kubernetes`,
      { cause },
    );
  }
}

/** Finds a resource by its plural among the paths. @throws Error if the document doesn't serve it. */
export function servedResource(document: OpenAPIDocument, plural: string): ServedResource {
  const suffix = `/${plural}/{name}`;
  const item = Object.keys(document.paths).find((path) => path.endsWith(suffix) && !path.includes('/watch/'));
  if (!item) throw new Error(`Kubernetes' OpenAPI document has no resource ${plural}`);
  return {
    namespaced: item.includes('/{namespace}/'),
    status: `${item}/status` in document.paths,
    scale: `${item}/scale` in document.paths,
  };
}

/** The name of the schema of a kind. @throws Error if there is none. */
export function schemaNameOf(
  document: OpenAPIDocument,
  group: string,
  version: string,
  kind: string,
): string {
  const isOfKind = (gvk: { group: string; version: string; kind: string }) =>
    gvk.group === group && gvk.version === version && gvk.kind === kind;
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    const kinds = schema['x-kubernetes-group-version-kind'];
    if (Array.isArray(kinds) && kinds.length === 1 && kinds.some(isOfKind)) return name;
  }
  throw new Error(
    `Kubernetes' OpenAPI document has no schema of kind ${kind} in ${group || 'core'}/${version}`,
  );
}
