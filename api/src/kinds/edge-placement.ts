import { conditionsSchema, type KubeObject, labelSelectorSchema } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { clusterCountsProperties, failureProperties, silentSchema } from './combined-status.ts';
import { AGE_COLUMN, edgeKind, type PrinterColumn } from './definition.ts';
import { upsyncSetSchema } from './upsync-set.ts';

const strings = { type: 'array', items: { type: 'string' } } as const satisfies JSONSchema;
const selectors = { type: 'array', items: labelSelectorSchema } as const satisfies JSONSchema;

const downsyncTestSchema = {
  type: 'object',
  description: 'A test that an object passes if it meets every criterion given here.',
  required: ['apiGroup'],
  properties: {
    apiGroup: { type: 'string', description: 'API group of the object; "" is the core group.' },
    resources: { ...strings, description: 'Lower-case plurals; empty or "*" means any.' },
    namespaces: {
      ...strings,
      description:
        'Namespaces; empty or "*" means any. With any other list, a cluster-scoped object does not pass.',
    },
    namespaceSelectors: {
      ...selectors,
      description:
        "Of these, at least one must match the labels of the object's Namespace, or no labels at all if the object is cluster-scoped; empty means any.",
    },
    objectNames: { ...strings, description: 'Names of objects; empty or "*" means any.' },
    labelSelectors: {
      ...selectors,
      description: 'Of these, at least one must match the labels of the object; empty means any.',
    },
    statusCollectors: {
      ...strings,
      maxItems: 10,
      description:
        'StatusCollectors of this workspace that make tables, in the CombinedStatus of each object that passes, of what the clusters report of it.',
    },
  },
} as const satisfies JSONSchema;

const specSchema = {
  type: 'object',
  properties: {
    locationSelectors: {
      ...selectors,
      description:
        'A Location is a destination if at least one of these matches its labels. Empty means no Location, [{}] every one.',
    },
    downsync: {
      type: 'array',
      items: downsyncTestSchema,
      description: 'An object goes to the destinations if it passes at least one of these tests.',
    },
    wantSingletonReportedState: {
      type: 'boolean',
      description:
        'Set this when you expect exactly one destination, to have the status reported there written into the objects here.',
    },
    upsync: {
      type: 'array',
      items: upsyncSetSchema,
      description: 'Objects that originate in the workload clusters; they are never downsynced.',
    },
    removals: {
      type: 'string',
      enum: ['AwaitApproval', 'Immediate'],
      description:
        'What happens when many objects no longer match at once, or no Location does, although nobody has deleted them: by default they stay in the clusters until that is approved; "Immediate" removes them at once.',
    },
    deletionPolicy: {
      type: 'string',
      enum: ['Delete', 'Orphan'],
      description:
        'What becomes of the objects in a cluster when this EdgePlacement, or its choice of them, ends: by default they are deleted there; "Orphan" leaves them, without our marks. The annotation edge.kubestellar.io/deletion-policy of an object takes precedence.',
    },
  },
} as const satisfies JSONSchema;

const summarySchema = {
  type: 'object',
  description: 'Summary of all placed objects: each is counted once for each cluster.',
  required: ['objects', 'wanted', 'applied', 'failing', 'available'],
  properties: {
    objects: { type: 'integer', format: 'int64', description: 'Number of selected objects.' },
    ...clusterCountsProperties,
    silent: silentSchema,
    failures: {
      type: 'array',
      description: 'Problems, grouped by message, the most frequent first.',
      items: {
        type: 'object',
        required: ['reason', 'message', 'count'],
        properties: {
          ...failureProperties,
          objects: {
            ...strings,
            description: 'Some of the objects, as "<plural>.<group> <namespace>/<name>".',
          },
        },
      },
    },
  },
} as const satisfies JSONSchema;

const removalsSchema = {
  type: 'object',
  description: 'Removals that await approval. Nothing of it is removed from a cluster until then.',
  required: ['count', 'since'],
  properties: {
    count: {
      type: 'integer',
      format: 'int64',
      description: 'How many objects, each counted once for each cluster that it would leave.',
    },
    since: {
      type: 'string',
      format: 'date-time',
      description: 'Since when they wait. An approval names it, so that it does not cover later removals.',
    },
    clusters: { ...strings, description: 'Some of the clusters, by the names of their SyncTargets.' },
    objects: { ...strings, description: 'Some of the objects, as "<plural>.<group> <namespace>/<name>".' },
  },
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: {
    specGeneration: {
      type: 'integer',
      format: 'int32',
      description: 'The metadata.generation that this status describes.',
    },
    matchingLocationCount: {
      type: 'integer',
      format: 'int32',
      description: 'Number of Locations that the locationSelectors match.',
    },
    summary: summarySchema,
    removals: removalsSchema,
    conditions: conditionsSchema,
  },
} as const satisfies JSONSchema;

/** Which objects of a WMW are placed on which Locations (docs/rules.md, api 3.1). */
export type EdgePlacement = KubeObject<EdgePlacementSpec, EdgePlacementStatus>;
export type EdgePlacementSpec = FromSchema<typeof specSchema>;
export type EdgePlacementStatus = FromSchema<typeof statusSchema>;
/** Summary of all that an EdgePlacement places. */
export type PlacementSummary = FromSchema<typeof summarySchema>;
/** Removals of an EdgePlacement's objects that await approval. */
export type AwaitedRemovals = FromSchema<typeof removalsSchema>;
/** One member of `spec.downsync`. Absent and empty lists mean anything, unlike in an UpsyncSet. */
export type DownsyncObjectTest = FromSchema<typeof downsyncTestSchema>;

export const edgePlacement = edgeKind({
  kind: 'EdgePlacement',
  plural: 'edgeplacements',
  description: 'Places selected objects of this workspace on selected Locations.',
  shortNames: ['epl'],
  printerColumns: [
    {
      name: 'Locations',
      type: 'integer',
      jsonPath: '.status.matchingLocationCount',
      description: 'Matching Locations',
    },
    summaryColumn('Wanted', 'Objects, each counted once per destination'),
    summaryColumn('Applied', 'How many of these are applied'),
    summaryColumn('Failing', 'How many of these have a problem'),
    summaryColumn('Available', 'How many of these are available'),
    summaryColumn('Unknown', 'How many of these are on unreachable clusters'),
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.summary.failures[0].message',
      description: 'Most frequent problem',
      priority: 1,
    },
    {
      name: 'Singleton',
      type: 'boolean',
      jsonPath: '.spec.wantSingletonReportedState',
      description: 'Whether status is returned from a single destination',
      priority: 1,
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});

function summaryColumn(name: string, description: string): PrinterColumn {
  return { name, type: 'integer', jsonPath: `.status.summary.${name.toLowerCase()}`, description };
}
