import type { KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const count = (description: string) => ({ type: 'integer', format: 'int64', description }) as const;

const objectSchema = {
  type: 'object',
  description: 'The object whose status this is.',
  required: ['resource', 'name'],
  properties: {
    apiGroup: { type: 'string', description: 'Absent for the core group.' },
    version: { type: 'string' },
    resource: { type: 'string', description: 'Lower-case plural.' },
    kind: { type: 'string' },
    namespace: { type: 'string', description: 'Absent for cluster-scoped objects.' },
    name: { type: 'string' },
    uid: { type: 'string' },
  },
} as const satisfies JSONSchema;

/** How many clusters, or copies, are in which state. */
export const clusterCountsProperties = {
  wanted: count('Number of clusters that should have the object.'),
  applied: count('How many of them have it as desired, as their syncers last reported.'),
  failing: count('How many of them report a problem with it: see failures.'),
  available: count(
    'How many of them report it as available; an object without status is available where it is applied.',
  ),
  unknown: count(
    'How many of them are unreachable, so that their state is unknown. They are in no other count.',
  ),
} as const;

const countsSchema = {
  type: 'object',
  required: ['wanted', 'applied', 'failing', 'available'],
  properties: clusterCountsProperties,
} as const satisfies JSONSchema;

const replicasSchema = {
  type: 'object',
  description: 'Sums over all clusters, for built-in kinds with replica counts.',
  properties: {
    desired: count('Requested replicas; for a Job its completions.'),
    current: count('Replicas that exist.'),
    updated: count('Replicas of the latest version.'),
    ready: count('Replicas that are ready.'),
    available: count('Replicas that have been ready for long enough.'),
    active: count('Running Pods of Jobs.'),
    succeeded: count('Pods that have succeeded.'),
    failed: count('Pods that have failed.'),
  },
} as const satisfies JSONSchema;

/** Problems on some clusters, as one of them reports it. */
export const failureProperties = {
  reason: { type: 'string', description: 'Machine-readable reason in CamelCase.' },
  message: { type: 'string', description: 'Message of the clusters, without the name of the object.' },
  count: count('Number of clusters, or copies, with this problem.'),
  clusters: {
    type: 'array',
    items: { type: 'string' },
    description: 'Locations of some of these clusters.',
  },
} as const;

const failuresSchema = {
  type: 'array',
  description: 'Problems, grouped by message, the most frequent first.',
  items: {
    type: 'object',
    required: ['reason', 'message', 'count'],
    properties: failureProperties,
  },
} as const satisfies JSONSchema;

/** Some of the unreachable clusters. */
export const silentSchema = {
  type: 'array',
  items: { type: 'string' },
  description: 'Locations of some of the unreachable clusters.',
} as const satisfies JSONSchema;

const columnSchema = {
  type: 'object',
  description: 'One value, under the field that its type names.',
  required: ['type'],
  properties: {
    type: { type: 'string', enum: ['String', 'Number', 'Bool', 'Object', 'Array', 'Null'] },
    string: { type: 'string' },
    number: { type: 'string', description: 'In decimal, so that no digit is lost.' },
    bool: { type: 'boolean' },
    object: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    array: { type: 'array', items: { 'x-kubernetes-preserve-unknown-fields': true } },
  },
} as const satisfies JSONSchema;

const resultsSchema = {
  type: 'array',
  description: 'The tables of the StatusCollectors that the EdgePlacements name for the object.',
  items: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'Name of the StatusCollector.' },
      columnNames: { type: 'array', items: { type: 'string' } },
      rows: {
        type: 'array',
        items: {
          type: 'object',
          required: ['columns'],
          properties: { columns: { type: 'array', items: columnSchema } },
        },
      },
      omittedRows: count('Number of rows beyond the limit.'),
      errors: {
        type: 'array',
        description:
          'Expressions that could not be evaluated, and for how many clusters; these are left out.',
        items: {
          type: 'object',
          required: ['message', 'count'],
          properties: { message: { type: 'string' }, count: count('Number of clusters.') },
        },
      },
    },
  },
} as const satisfies JSONSchema;

/** The state of one object on all of its clusters; written by the placement-translator. */
export interface CombinedStatus extends KubeObject<never, never> {
  object: FromSchema<typeof objectSchema>;
  clusters: ClusterCounts;
  replicas?: Replicas;
  failures?: CombinedFailure[];
  /** Locations of some of the unreachable clusters. */
  silent?: string[];
  results?: CollectorResult[];
}
/** On how many clusters an object is wanted, applied, failing and available. */
export type ClusterCounts = FromSchema<typeof countsSchema>;
/** Sums of replica counts. */
export type Replicas = FromSchema<typeof replicasSchema>;
/** The table of one StatusCollector. */
export type CollectorResult = FromSchema<typeof resultsSchema>[number];
/** One value of a table. */
export type ColumnValue = FromSchema<typeof columnSchema>;
/** One group of `failures`. */
export type CombinedFailure = FromSchema<typeof failuresSchema>[number];

const column = (name: string, jsonPath: string, description: string, priority = 0) =>
  ({ name, type: 'integer', jsonPath, description, ...(priority ? { priority } : {}) }) as const;

export const combinedStatus = edgeKind({
  kind: 'CombinedStatus',
  plural: 'combinedstatuses',
  description: 'The state of one object of this workspace on all its destinations.',
  namespaced: true,
  shortNames: ['cst'],
  printerColumns: [
    column('Wanted', '.clusters.wanted', 'Clusters that should have the object'),
    column('Applied', '.clusters.applied', 'Clusters that have it'),
    column('Failing', '.clusters.failing', 'Clusters that report a problem'),
    column('Available', '.clusters.available', 'Clusters on which it is available'),
    column('Unknown', '.clusters.unknown', 'Unreachable clusters'),
    column('Desired', '.replicas.desired', 'Sum of the requested replicas'),
    column('Ready', '.replicas.ready', 'Sum of the replicas that are ready'),
    column('Updated', '.replicas.updated', 'Sum of the replicas of the latest version', 1),
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.failures[0].message',
      description: 'Most frequent problem',
    },
    AGE_COLUMN,
  ],
  properties: {
    object: objectSchema,
    clusters: countsSchema,
    replicas: replicasSchema,
    failures: failuresSchema,
    silent: silentSchema,
    results: resultsSchema,
  },
  required: ['object', 'clusters'],
});
