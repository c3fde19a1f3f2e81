import { conditionsSchema, type KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const expression = (description: string) => ({ type: 'string', maxLength: 1024, description }) as const;
const columnName = {
  type: 'string',
  minLength: 1,
  maxLength: 63,
  description: 'Name of the column.',
} as const;
const MAX_COLUMNS = 16;

const namedExpressionsSchema = {
  type: 'array',
  maxItems: MAX_COLUMNS,
  items: {
    type: 'object',
    required: ['name', 'def'],
    properties: { name: columnName, def: expression('A CEL expression: the value of the column.') },
  },
} as const satisfies JSONSchema;

const specSchema = {
  type: 'object',
  description:
    'Expressions are CEL. They know obj, the object in the workload workspace; returned, what its cluster has (returned.status); inventory, the Location (name, labels); and propagation (state, reason, message, available).',
  properties: {
    filter: expression('Clusters for which this is not true are left out; absent means all are taken.'),
    select: {
      ...namedExpressionsSchema,
      description: 'Makes a row for each cluster. Not together with combinedFields.',
    },
    groupBy: {
      ...namedExpressionsSchema,
      description: 'Makes a row for each combination of these values; needs combinedFields.',
    },
    combinedFields: {
      type: 'array',
      maxItems: MAX_COLUMNS,
      description: 'Adds up the clusters of each group, or all of them when there is no groupBy.',
      items: {
        type: 'object',
        required: ['name', 'type'],
        properties: {
          name: columnName,
          type: { type: 'string', enum: ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'] },
          subject: expression('The number to add up; COUNT takes none.'),
        },
      },
    },
    limit: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 500,
      description: 'How many rows there may be; 20 by default.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'has(self.select) != has(self.combinedFields)',
      message: 'give either select or combinedFields',
    },
    {
      rule: '!has(self.groupBy) || has(self.combinedFields)',
      message: 'groupBy needs combinedFields',
    },
  ],
} as const satisfies JSONSchema;

const statusSchema = {
  type: 'object',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64' },
    conditions: conditionsSchema,
  },
} as const satisfies JSONSchema;

/** How to make a table from what the clusters report of an object. */
export type StatusCollector = KubeObject<StatusCollectorSpec, FromSchema<typeof statusSchema>>;
export type StatusCollectorSpec = FromSchema<typeof specSchema>;
/** One column of `spec.select` or `spec.groupBy`. */
export type NamedExpression = FromSchema<typeof namedExpressionsSchema>[number];
/** One column of `spec.combinedFields`. */
export type CombinedField = NonNullable<StatusCollectorSpec['combinedFields']>[number];

export const statusCollector = edgeKind({
  kind: 'StatusCollector',
  plural: 'statuscollectors',
  description:
    'Makes a table from what the clusters report of an object; named by the downsync tests of EdgePlacements. The tables are in the CombinedStatus of each object.',
  shortNames: ['stc'],
  printerColumns: [
    {
      name: 'Valid',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Valid")].status',
      description: 'Whether its expressions can be read',
    },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Valid")].message',
      description: 'What is wrong with them',
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});
