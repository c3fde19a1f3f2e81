import { API_APPROVED, API_OF_DEFINITION, type CustomResourceDefinition } from '@kubestellar/api';

/**
 * The CRD by which a mailbox workspace serves a kind of an export that it does not bind: the same kind, without any tie
 * to who exports it.
 * @param bound what kcp has made of the exported schema
 * @param identityHash that of the export
 */
export function definitionOf(
  bound: CustomResourceDefinition,
  identityHash: string,
): CustomResourceDefinition {
  const { group, names, scope, versions } = bound.spec ?? missing(bound);
  const approved = bound.metadata.annotations?.[API_APPROVED];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${group}`,
      annotations: {
        [API_OF_DEFINITION]: apiOf(identityHash, bound.metadata.name),
        ...(approved ? { [API_APPROVED]: approved } : {}),
      },
    },
    // Conversion is left out: a webhook of a tenant's would be called by the core.
    spec: { group, names, scope, versions },
  };
}

/** @returns what the annotation of such a CRD says */
export function apiOf(identityHash: string, schemaUID: string): string {
  return `${identityHash}/${schemaUID}`;
}

/** @returns the API that a CRD of a mailbox workspace stands for: that of an export, or 'crd' when it is a tenant's CRD */
export function identityOfDefinition(annotations: { [key: string]: string } = {}): string {
  const api = annotations[API_OF_DEFINITION];
  return api ? api.slice(0, api.indexOf('/')) : 'crd';
}

function missing({ metadata }: CustomResourceDefinition): never {
  throw new Error(`CustomResourceDefinition ${metadata.name} of system:bound-crds has no spec`);
}
