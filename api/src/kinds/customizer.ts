import type { KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { edgeKind } from './definition.ts';

const replacementSchema = {
  type: 'object',
  required: ['path', 'value'],
  properties: {
    path: { type: 'string', description: 'JSON path of the value to replace.' },
    value: {
      type: 'string',
      description: 'The new value as JSON text, so that a string needs quotes of its own.',
    },
  },
} as const satisfies JSONSchema;

const replacementsSchema = {
  type: 'array',
  items: replacementSchema,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['path'],
} as const satisfies JSONSchema;

/** Changes to objects on their way to a destination (docs/rules.md, api 3.5). */
export interface Customizer extends KubeObject<never, never> {
  replacements?: Replacement[];
}
/** One change: the value, as JSON text, that is set at a JSON path. */
export type Replacement = FromSchema<typeof replacementSchema>;

export const customizer = edgeKind({
  kind: 'Customizer',
  plural: 'customizers',
  description: 'Changes to the copies of objects that refer to it.',
  namespaced: true,
  properties: { replacements: replacementsSchema },
});
