/** The parts that all Kubernetes objects have in common. */
import type { FromSchema, JSONSchema } from './schema.ts';

/** A resource type as a client needs it to build URLs: `group` is "" for the core group. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** `metadata.ownerReferences[]` (Kubernetes convention). */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** `metadata.managedFields[]` (server-side apply). */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: { [path: string]: unknown };
  subresource?: string;
}

/** Object metadata; times are RFC 3339 strings. What the server fills in is optional. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/**
 * Any Kubernetes object, with `Spec` and `Status` where its kind has them.
 * `apiVersion` and `kind` are always there: whoever reads list items fills them in.
 */
export interface KubeObject<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
}

/** An object of a kind that is not known beforehand: every top-level field may be there. */
export interface Unstructured extends KubeObject {
  [field: string]: unknown;
}

/** The schema of a label selector (Kubernetes convention; docs/rules.md, api 2). */
export const labelSelectorSchema = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  properties: {
    matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string' },
          operator: { type: 'string', description: 'In, NotIn, Exists or DoesNotExist' },
          values: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
        },
      },
    },
  },
} as const satisfies JSONSchema;

/** A label selector; `selector.ts` evaluates it. */
export type LabelSelector = FromSchema<typeof labelSelectorSchema>;

/** The schema of one condition; only kcp's condition style knows `severity`. */
const conditionSchema = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime'],
  properties: {
    type: { type: 'string' },
    status: { enum: ['True', 'False', 'Unknown'], type: 'string' },
    lastTransitionTime: { type: 'string', format: 'date-time' },
    reason: { type: 'string' },
    message: { type: 'string' },
    severity: { type: 'string' },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
  },
} as const satisfies JSONSchema;

/** One observation about an object, keyed by `type` (Kubernetes convention). */
export type Condition = FromSchema<typeof conditionSchema>;

/** The schema of `status.conditions`: a list that managers may own entry by entry. */
export const conditionsSchema = {
  type: 'array',
  items: conditionSchema,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const satisfies JSONSchema;
