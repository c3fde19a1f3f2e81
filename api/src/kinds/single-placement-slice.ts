import type { KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { edgeKind } from './definition.ts';

const destinationSchema = {
  type: 'object',
  required: ['cluster', 'locationName', 'syncTargetName', 'syncTargetUID'],
  properties: {
    cluster: {
      type: 'string',
      description: 'ID (not path) of the logical cluster that holds the Location and the SyncTarget.',
    },
    locationName: { type: 'string' },
    syncTargetName: { type: 'string' },
    syncTargetUID: { type: 'string' },
  },
} as const satisfies JSONSchema;

const destinationsSchema = {
  type: 'array',
  items: destinationSchema,
  description: 'The destinations of the objects of the EdgePlacement; may be empty.',
} as const satisfies JSONSchema;

/** The destinations, or some of them, of the EdgePlacement that owns it (docs/rules.md, api 3.2). */
export interface SinglePlacementSlice extends KubeObject<never, never> {
  destinations: SinglePlacement[];
}
/** One destination: a Location together with its SyncTarget. */
export type SinglePlacement = FromSchema<typeof destinationSchema>;

export const singlePlacementSlice = edgeKind({
  kind: 'SinglePlacementSlice',
  plural: 'singleplacementslices',
  description: 'Destinations of the EdgePlacement that owns this object; written by the where-resolver.',
  shortNames: ['sps'],
  properties: { destinations: destinationsSchema },
  required: ['destinations'],
});
