import type { KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const count = (description: string) => ({ type: 'integer', format: 'int64', description }) as const;

const objectSchema = {
  type: 'object',
  description: 'The object that this is about.',
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
  wanted: count('On how many clusters it is wanted.'),
  applied: count('How many of them have it as wanted, as far as their syncers have told.'),
  failing: count('On how many of them something is wrong: see failures.'),
  available: count(
    'On how many of them it is available by its own status; what has no status is available where it is applied.',
  ),
  unknown: count(
    'Of how many of them nothing is known, because their syncers have fallen silent: these count nowhere else.',
  ),
} as const;

const countsSchema = {
  type: 'object',
  required: ['wanted', 'applied', 'failing', 'available'],
  properties: clusterCountsProperties,
} as const satisfies JSONSchema;

const replicasSchema = {
  type: 'object',
  description: 'Sums over all clusters, for the well-known kinds that have such counts.',
  properties: {
    desired: count('Replicas asked for; of a Job its completions.'),
    current: count('Replicas that exist.'),
    updated: count('Replicas of the latest version.'),
    ready: count('Replicas that are ready.'),
    available: count('Replicas that have been ready for long enough.'),
    active: count('Pods of Jobs that run.'),
    succeeded: count('Pods that have succeeded.'),
    failed: count('Pods that have failed.'),
  },
} as const satisfies JSONSchema;

/** What is wrong on some clusters, in the words of one of them. */
export const failureProperties = {
  reason: { type: 'string', description: 'One word for programs.' },
  message: { type: 'string', description: 'What the clusters say, without the name of the object.' },
  count: count('How many clusters, or copies, it concerns.'),
  clusters: {
    type: 'array',
    items: { type: 'string' },
    description: 'The Locations of some of these clusters.',
  },
} as const;

const failuresSchema = {
  type: 'array',
  description: 'What is wrong, grouped by message, the most frequent first.',
  items: {
    type: 'object',
    required: ['reason', 'message', 'count'],
    properties: failureProperties,
  },
} as const satisfies JSONSchema;

/** Some of the clusters of which nothing is known. */
export const silentSchema = {
  type: 'array',
  items: { type: 'string' },
  description: 'The Locations of some of the clusters whose syncers have fallen silent.',
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
      omittedRows: count('How many more rows there are than may be told.'),
      errors: {
        type: 'array',
        description: 'What could not be evaluated, and for how many clusters; these are left out.',
        items: {
          type: 'object',
          required: ['message', 'count'],
          properties: { message: { type: 'string' }, count: count('For how many clusters.') },
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
  /** Locations of some of the clusters of which nothing is known. */
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
  description: 'The state of one object of this workspace on all clusters that it goes to.',
  namespaced: true,
  shortNames: ['cst'],
  printerColumns: [
    column('Wanted', '.clusters.wanted', 'On how many clusters the object is wanted'),
    column('Applied', '.clusters.applied', 'How many of them have it'),
    column('Failing', '.clusters.failing', 'On how many of them something is wrong'),
    column('Available', '.clusters.available', 'On how many of them it is available'),
    column('Unknown', '.clusters.unknown', 'Of how many of them nothing is known at present'),
    column('Desired', '.replicas.desired', 'Sum of the replicas asked for'),
    column('Ready', '.replicas.ready', 'Sum of the replicas that are ready'),
    column('Updated', '.replicas.updated', 'Sum of the replicas of the latest version', 1),
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.failures[0].message',
      description: 'What is wrong on most of the failing clusters',
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
