import { conditionsSchema, type KubeObject } from '../meta.ts';
import { type FromSchema, type JSONSchema, QUANTITY_PATTERN } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const quantities = {
  type: 'object',
  additionalProperties: {
    'x-kubernetes-int-or-string': true,
    pattern: QUANTITY_PATTERN,
  },
} as const satisfies JSONSchema;

const specSchema = {
  type: 'object',
  properties: {
    unschedulable: { type: 'boolean', default: false },
    evictAfter: { type: 'string', format: 'date-time' },
    supportedAPIExports: {
      type: 'array',
      default: [{ export: 'kubernetes' }],
      items: {
        type: 'object',
        required: ['export'],
        properties: {
          export: { type: 'string' },
          path: {
            type: 'string',
            pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(:[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
          },
        },
      },
    },
    cells: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: {
    allocatable: quantities,
    capacity: quantities,
    conditions: conditionsSchema,
    syncedResources: {
      type: 'array',
      items: {
        type: 'object',
        required: ['resource', 'versions'],
        properties: {
          group: { type: 'string' },
          resource: { type: 'string' },
          versions: { type: 'array', minItems: 1, items: { type: 'string' } },
          identityHash: { type: 'string' },
          state: { type: 'string', enum: ['Pending', 'Accepted', 'Incompatible'], default: 'Pending' },
        },
      },
    },
    lastSyncerHeartbeatTime: {
      type: 'string',
      format: 'date-time',
      description: 'When the syncer was last seen; written by the mailbox-controller.',
    },
    virtualWorkspaces: {
      type: 'array',
      items: {
        type: 'object',
        required: ['syncerURL', 'upsyncerURL'],
        properties: {
          syncerURL: { type: 'string', minLength: 1 },
          upsyncerURL: { type: 'string', minLength: 1 },
        },
      },
    },
  },
} as const satisfies JSONSchema;

/** A workload execution cluster, as the core sees it (docs/rules.md, api 3.7). */
export type SyncTarget = KubeObject<SyncTargetSpec, SyncTargetStatus>;
export type SyncTargetSpec = FromSchema<typeof specSchema>;
export type SyncTargetStatus = FromSchema<typeof statusSchema>;

export const syncTarget = edgeKind({
  kind: 'SyncTarget',
  plural: 'synctargets',
  description: 'A workload execution cluster that a syncer connects to its mailbox workspace.',
  printerColumns: [
    { name: 'Location', type: 'string', jsonPath: '.metadata.name', description: 'Its name', priority: 1 },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether its syncer is active',
      priority: 2,
    },
    {
      name: 'Synced API resources',
      type: 'string',
      jsonPath: '.status.syncedResources',
      description: 'Resources that its syncer syncs',
      priority: 3,
    },
    {
      name: 'Key',
      type: 'string',
      jsonPath: '.metadata.labels.internal\\.workload\\.kcp\\.dev/key',
      description: 'Key that former kcp releases assigned',
      priority: 4,
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});
