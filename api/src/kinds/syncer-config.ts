import { conditionsSchema, type KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';
import { upsyncSetSchema } from './upsync-set.ts';

const strings = { type: 'array', items: { type: 'string' } } as const satisfies JSONSchema;

const resourceProperties = {
  group: { type: 'string', description: 'API group; "" is the core group.' },
  resource: { type: 'string', description: 'Lower-case plural.' },
  apiVersion: { type: 'string', description: 'Version without group, used on both sides.' },
} as const;

const specSchema = {
  type: 'object',
  properties: {
    namespaceScope: {
      type: 'object',
      description: 'Namespaced objects by the cross product of namespaces and resources.',
      properties: {
        namespaces: strings,
        resources: {
          type: 'array',
          items: {
            type: 'object',
            required: ['group', 'resource', 'apiVersion'],
            properties: resourceProperties,
          },
        },
      },
    },
    namespacedObjects: {
      type: 'array',
      description: 'Namespaced objects by name, in addition to namespaceScope.',
      items: {
        type: 'object',
        required: ['group', 'resource', 'apiVersion'],
        properties: {
          ...resourceProperties,
          objectsByNamespace: {
            type: 'array',
            items: {
              type: 'object',
              required: ['namespace'],
              properties: {
                namespace: { type: 'string' },
                names: { ...strings, description: 'Names of objects; "*" means all, empty means none.' },
              },
            },
          },
        },
      },
    },
    clusterScope: {
      type: 'array',
      description: 'Cluster-scoped objects.',
      items: {
        type: 'object',
        required: ['group', 'resource', 'apiVersion'],
        properties: {
          ...resourceProperties,
          objects: {
            ...strings,
            description: 'Names of objects; absent or "*" means all, empty means none.',
          },
        },
      },
    },
    upsync: { type: 'array', items: upsyncSetSchema, description: 'Objects to bring up.' },
    parts: {
      type: 'integer',
      format: 'int32',
      description:
        'How many further SyncerConfigs, named after this one and numbered from 1, belong to it, because one would be too big. Without all of them it is not complete.',
    },
  },
} as const satisfies JSONSchema;

const namedObjectsSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['resource', 'names'],
    properties: {
      resource: { type: 'string', description: '"<plural>.<group>", or the plural alone in the core group.' },
      namespace: { type: 'string', description: 'Absent for cluster-scoped objects.' },
      names: { ...strings, description: 'Names; "*" means all that the spec names of it there.' },
    },
  },
} as const satisfies JSONSchema;

const failureSchema = {
  type: 'object',
  required: ['reason', 'message', 'count'],
  properties: {
    reason: { type: 'string', description: 'One word for programs.' },
    message: { type: 'string', description: 'What the cluster says, without the name of the object.' },
    count: { type: 'integer', format: 'int64', description: 'How many objects it concerns.' },
    objects: { ...namedObjectsSchema, description: 'Which, as far as there is room.' },
  },
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: {
    lastSyncerHeartbeatTime: { type: 'string', format: 'date-time' },
    conditions: conditionsSchema,
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description:
        'The metadata.generation that this report is about: of what it names, the cluster has all but what is failing or pending.',
    },
    observedParts: {
      type: 'array',
      items: { type: 'integer', format: 'int64' },
      description: 'The same of the further SyncerConfigs that belong to this one, in their order.',
    },
    failing: {
      type: 'integer',
      format: 'int64',
      description: 'How many objects the cluster does not have as wanted because something is wrong.',
    },
    failures: {
      type: 'array',
      items: failureSchema,
      description: 'What is wrong, grouped by message, the most frequent first.',
    },
    pending: { ...namedObjectsSchema, description: 'Objects that were not brought down yet.' },
    incomplete: {
      type: 'boolean',
      description: 'Not all failing or pending objects are named: of those not named, nothing is said.',
    },
  },
} as const satisfies JSONSchema;

/** What the syncer of one mailbox workspace has to move (spec api 3.3). */
export type SyncerConfig = KubeObject<SyncerConfigSpec, SyncerConfigStatus>;
export type SyncerConfigSpec = FromSchema<typeof specSchema>;
export type SyncerConfigStatus = FromSchema<typeof statusSchema>;
/** Objects of one resource and namespace, in the report of a syncer. */
export type NamedObjects = FromSchema<typeof namedObjectsSchema>[number];
/** One group of `status.failures`. */
export type SyncerFailure = FromSchema<typeof failureSchema>;
/** One resource of `spec.namespacedObjects`. */
export type NamespacedObjects = NonNullable<SyncerConfigSpec['namespacedObjects']>[number];
/** One resource of `spec.clusterScope`. */
export type ClusterScopedObjects = NonNullable<SyncerConfigSpec['clusterScope']>[number];

export const syncerConfig = edgeKind({
  kind: 'SyncerConfig',
  plural: 'syncerconfigs',
  description:
    'Tells the syncer which objects of this mailbox workspace to bring down and which to bring up; written by the placement-translator.',
  shortNames: ['escfg'],
  printerColumns: [
    {
      name: 'Heartbeat',
      type: 'date',
      jsonPath: '.status.lastSyncerHeartbeatTime',
      description: 'When the syncer was last heard of',
    },
    {
      name: 'Failing',
      type: 'integer',
      jsonPath: '.status.failing',
      description: 'How many objects the cluster does not have as wanted',
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});
