import type { FromSchema, JSONSchema } from '../schema.ts';

const strings = { type: 'array', items: { type: 'string' } } as const satisfies JSONSchema;

/** The schema of an UpsyncSet (docs/rules.md, api 2). */
export const upsyncSetSchema = {
  type: 'object',
  description:
    'A set of objects that originate in the workload clusters: group, resource, namespace (if any) and name must all be listed.',
  required: ['resources'],
  properties: {
    apiGroup: { type: 'string', description: 'One API group; "" or absent means the core group.' },
    resources: { ...strings, description: 'Lower-case plurals; "*" means all, empty means none.' },
    namespaces: {
      ...strings,
      description: 'Namespaces of namespaced objects; "*" means all, empty means none.',
    },
    names: { ...strings, description: 'Names of objects; "*" means all, empty means none.' },
  },
} as const satisfies JSONSchema;

/** A set of objects to upsync from the workload clusters. Absent and empty lists mean nothing. */
export type UpsyncSet = FromSchema<typeof upsyncSetSchema>;
