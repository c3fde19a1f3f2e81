import type { KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const syncedResourceSchema = {
  type: 'object',
  properties: {
    kind: { type: 'string' },
    group: { type: 'string' },
    version: { type: 'string' },
    name: { type: 'string', description: 'May be "*".' },
    namespace: { type: 'string', description: 'May be "*".' },
  },
} as const satisfies JSONSchema;

const specSchema = {
  type: 'object',
  properties: {
    downSyncedResources: { type: 'array', items: syncedResourceSchema },
    upSyncedResources: { type: 'array', items: syncedResourceSchema },
    conversions: {
      type: 'array',
      description: 'Kinds with different names in the mailbox workspace and in the workload cluster.',
      items: {
        type: 'object',
        properties: { upstream: syncedResourceSchema, downstream: syncedResourceSchema },
        required: ['upstream', 'downstream'],
      },
    },
  },
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: { lastSyncerHeartbeatTime: { type: 'string', format: 'date-time' } },
} as const satisfies JSONSchema;

/** The older form of a SyncerConfig, still honoured by the syncer (docs/rules.md, api 3.4). */
export type EdgeSyncConfig = KubeObject<EdgeSyncConfigSpec, EdgeSyncConfigStatus>;
export type EdgeSyncConfigSpec = FromSchema<typeof specSchema>;
export type EdgeSyncConfigStatus = FromSchema<typeof statusSchema>;
/** An object, or objects by wildcard, to sync. */
export type EdgeSyncedResource = FromSchema<typeof syncedResourceSchema>;

export const edgeSyncConfig = edgeKind({
  kind: 'EdgeSyncConfig',
  plural: 'edgesyncconfigs',
  description: 'Names single objects for the syncer to sync; the older form of SyncerConfig.',
  shortNames: ['esc'],
  printerColumns: [AGE_COLUMN],
  properties: { spec: specSchema, status: statusSchema },
});
