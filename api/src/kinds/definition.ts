/** The definition of a kind of ours, from which its CRD and its APIResourceSchema are generated. */

import type { Resource } from '../meta.ts';
import { EDGE_GROUP, EDGE_VERSION, OPERATOR_GROUP, OPERATOR_VERSION } from '../names.ts';
import type { JSONSchema } from '../schema.ts';

/** A column of `kubectl get`; those with a `priority` above 0 are printed with `-o wide` only. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  readonly format?: string;
  readonly priority?: number;
}

/** The column that kubectl shows last for most kinds. */
export const AGE_COLUMN: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

/** One kind with one version, served and stored. */
export interface KindDefinition {
  readonly resource: Resource;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly printerColumns: readonly PrinterColumn[];
  readonly subresources: Subresources;
  readonly schema: JSONSchema;
}

/** The subresources in the format of CRDs and APIResourceSchemas; absent ones are not served. */
export interface Subresources {
  readonly status?: Record<string, never>;
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
}

interface OwnKind {
  readonly kind: string;
  readonly plural: string;
  readonly description: string;
  readonly namespaced?: boolean;
  readonly shortNames?: readonly string[];
  readonly printerColumns?: readonly PrinterColumn[];
  /** Fields beside apiVersion, kind and metadata; one named `status` gets the status subresource. */
  readonly properties: { readonly [name: string]: JSONSchema };
  readonly required?: readonly string[];
  readonly validations?: JSONSchema['x-kubernetes-validations'];
}

/** Completes a kind of the group that the core exports. */
export function edgeKind(definition: OwnKind): KindDefinition {
  return ownKind(EDGE_GROUP, EDGE_VERSION, definition);
}

/** Completes a kind of the group that the operator serves in the hosting cluster. */
export function operatorKind(definition: OwnKind): KindDefinition {
  return ownKind(OPERATOR_GROUP, OPERATOR_VERSION, definition);
}

function ownKind(group: string, version: string, definition: OwnKind): KindDefinition {
  const { kind, plural, description, properties, required, validations } = definition;
  return {
    resource: {
      group,
      version,
      plural,
      kind,
      namespaced: definition.namespaced ?? false,
    },
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: definition.shortNames ?? [],
    categories: [],
    printerColumns: definition.printerColumns ?? [],
    subresources: 'status' in properties ? { status: {} } : {},
    schema: {
      type: 'object',
      description,
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object' },
        ...properties,
      },
      ...(required ? { required } : {}),
      ...(validations ? { 'x-kubernetes-validations': validations } : {}),
    },
  };
}
