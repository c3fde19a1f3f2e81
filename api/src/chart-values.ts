import { kubeStellarSpecSchema } from './kinds/kubestellar.ts';
import type { JSONSchema } from './schema.ts';

/** A JSON schema of draft 7, as helm checks values by. */
export type ValuesSchema = { readonly [keyword: string]: unknown };

/**
 * The schema of the chart's value `core`: helm refuses what the server would refuse in a KubeStellar's spec, before it
 * creates anything. It also refuses fields that a server would silently drop. The chart itself checks the CEL rules.
 */
export function coreValuesSchema(): ValuesSchema {
  return valuesSchema(kubeStellarSpecSchema);
}

function valuesSchema(schema: JSONSchema): ValuesSchema {
  const { properties, items, additionalProperties } = schema;
  const kept = Object.entries(schema).filter(([keyword]) => KEPT.has(keyword));
  return {
    ...Object.fromEntries(kept),
    ...(schema['x-kubernetes-int-or-string'] ? { type: ['integer', 'number', 'string'] } : {}),
    ...(items ? { items: valuesSchema(items) } : {}),
    ...(properties
      ? {
          additionalProperties: false,
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, property]) => [name, valuesSchema(property)]),
          ),
        }
      : {}),
    ...(additionalProperties ? { additionalProperties: valuesSchema(additionalProperties) } : {}),
  };
}

const KEPT = new Set([
  'type',
  'enum',
  'pattern',
  'required',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
]);
