import { conditionsSchema, type KubeObject, labelSelectorSchema } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const LABEL_KEY =
  '([a-z0-9]([-a-z0-9]*[a-z0-9](\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?/)?([a-zA-Z0-9][-a-zA-Z0-9_.]{0,61})?[a-zA-Z0-9]';

const specSchema = {
  type: 'object',
  required: ['resource'],
  properties: {
    resource: {
      type: 'object',
      description: 'The kind of the instances; only SyncTargets at present.',
      required: ['version', 'resource'],
      properties: {
        group: {
          type: 'string',
          enum: ['edge.kubestellar.io'],
          pattern: '^(|[a-z0-9]([-a-z0-9]*[a-z0-9](\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?)$',
        },
        version: { type: 'string', enum: ['v2alpha1'], pattern: '^[a-z][-a-z0-9]*[a-z0-9]$', minLength: 1 },
        resource: {
          type: 'string',
          enum: ['synctargets'],
          pattern: '^[a-z][-a-z0-9]*[a-z0-9]$',
          minLength: 1,
        },
      },
    },
    description: { type: 'string', description: 'Free text.' },
    availableSelectorLabels: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
      items: {
        type: 'object',
        required: ['key', 'values'],
        properties: {
          key: { type: 'string', maxLength: 255, pattern: `^${LABEL_KEY}$` },
          values: {
            type: 'array',
            minItems: 1,
            'x-kubernetes-list-type': 'set',
            items: { type: 'string', maxLength: 63, pattern: `^(|${LABEL_KEY})$` },
          },
          description: { type: 'string' },
        },
      },
    },
    instanceSelector: {
      ...labelSelectorSchema,
      description: 'Selects the SyncTargets of this Location, in the same workspace; absent means none.',
    },
  },
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: {
    instances: { type: 'integer', format: 'int32', minimum: 0 },
    availableInstances: { type: 'integer', format: 'int32', minimum: 0 },
    conditions: conditionsSchema,
  },
} as const satisfies JSONSchema;

/** A place where workload can run; EdgePlacements select it by its labels (docs/rules.md, api 3.6). */
export type Location = KubeObject<LocationSpec, LocationStatus>;
export type LocationSpec = FromSchema<typeof specSchema>;
export type LocationStatus = FromSchema<typeof statusSchema>;

export const location = edgeKind({
  kind: 'Location',
  plural: 'locations',
  description: 'A place where workload can run: its labels describe it, its instances are SyncTargets.',
  printerColumns: [
    {
      name: 'Resource',
      type: 'string',
      jsonPath: '.spec.resource.resource',
      description: 'Kind of the instances',
    },
    {
      name: 'Available',
      type: 'string',
      jsonPath: '.status.availableInstances',
      description: 'Available instances',
    },
    { name: 'Instances', type: 'string', jsonPath: '.status.instances', description: 'Selected instances' },
    {
      name: 'Labels',
      type: 'string',
      jsonPath: ".metadata.annotations['scheduling\\.kcp\\.dev/labels']",
      description: 'Labels as text',
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});
