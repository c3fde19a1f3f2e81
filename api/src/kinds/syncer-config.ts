import { conditionsSchema, type KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';
import { upsyncSetSchema } from './upsync-set.ts';

const strings = { type: 'array', items: { type: 'string' } } as const satisfies JSONSchema;

const resourceProperties = {
  group: { type: 'string', description: 'API group; "" is the core group.' },
  resource: { type: 'string', description: 'Lower-case plural.' },
  apiVersion: {
    type: 'string',
    description: 'Version without group, used in the mailbox workspace and in the cluster.',
  },
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
    upsync: { type: 'array', items: upsyncSetSchema, description: 'Objects to upsync.' },
    parts: {
      type: 'integer',
      format: 'int32',
      description:
        'How many further SyncerConfigs belong to this one, because one would be too big; they are named after it and numbered from 1. It is incomplete without them.',
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
      names: { ...strings, description: 'Names; "*" means all objects of the spec there.' },
    },
  },
} as const satisfies JSONSchema;

const failureSchema = {
  type: 'object',
  required: ['reason', 'message', 'count'],
  properties: {
    reason: { type: 'string', description: 'Machine-readable reason in CamelCase.' },
    message: { type: 'string', description: 'Message of the cluster, without the name of the object.' },
    count: { type: 'integer', format: 'int64', description: 'Number of objects with this problem.' },
    objects: { ...namedObjectsSchema, description: 'Some or all of these objects.' },
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
        'The metadata.generation that this report is about: the cluster has all its objects except those that are failing or pending.',
    },
    observedParts: {
      type: 'array',
      items: { type: 'integer', format: 'int64' },
      description: 'The same for the further SyncerConfigs that belong to this one, in their order.',
    },
    failing: {
      type: 'integer',
      format: 'int64',
      description: 'Number of objects that the cluster does not have as desired because of a problem.',
    },
    failures: {
      type: 'array',
      items: failureSchema,
      description: 'Problems, grouped by message, the most frequent first.',
    },
    pending: { ...namedObjectsSchema, description: 'Objects that are not downsynced yet.' },
    incomplete: {
      type: 'boolean',
      description:
        'True when not all failing or pending objects are named. The state of unnamed objects is not reported.',
    },
  },
} as const satisfies JSONSchema;

/** What the syncer of one mailbox workspace has to sync (docs/rules.md, api 3.3). */
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
    'Names the objects of this mailbox workspace that the syncer downsyncs and upsyncs; written by the placement-translator.',
  shortNames: ['escfg'],
  printerColumns: [
    {
      name: 'Heartbeat',
      type: 'date',
      jsonPath: '.status.lastSyncerHeartbeatTime',
      description: 'When the syncer was last seen',
    },
    {
      name: 'Failing',
      type: 'integer',
      jsonPath: '.status.failing',
      description: 'Objects that the cluster does not have as desired',
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});
