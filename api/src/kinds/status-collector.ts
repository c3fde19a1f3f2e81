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
    'Expressions are CEL. Their variables are obj, the object in the workload workspace; returned, what its cluster has (returned.status); inventory, the Location (name, labels); and propagation (state, reason, message, available).',
  properties: {
    filter: expression('Clusters for which this is not true are left out; absent means all are included.'),
    select: {
      ...namedExpressionsSchema,
      description: 'Adds a row for each cluster. Not allowed together with combinedFields.',
    },
    groupBy: {
      ...namedExpressionsSchema,
      description: 'Adds a row for each combination of these values; needs combinedFields.',
    },
    combinedFields: {
      type: 'array',
      maxItems: MAX_COLUMNS,
      description: 'Adds up the clusters of each group, or all of them without groupBy.',
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
      description: 'Limit of rows; default 20.',
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

/** How to make a table from the status of an object on its clusters. */
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
    'Defines a table of what the clusters report of an object; the downsync tests of EdgePlacements name it. The tables are in the CombinedStatus of each object.',
  shortNames: ['stc'],
  printerColumns: [
    {
      name: 'Valid',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Valid")].status',
      description: 'Whether its expressions are valid',
    },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Valid")].message',
      description: 'Problems of the expressions',
    },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema, status: statusSchema },
});
