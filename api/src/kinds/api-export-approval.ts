import type { KubeObject } from '../meta.ts';
import type { FromSchema, JSONSchema } from '../schema.ts';
import { AGE_COLUMN, edgeKind } from './definition.ts';

const specSchema = {
  type: 'object',
  required: ['export', 'identityHash', 'resources'],
  properties: {
    export: {
      type: 'object',
      description: 'The APIExport that mailbox workspaces may bind.',
      required: ['path', 'name'],
      properties: {
        path: {
          type: 'string',
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(:[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
          description: 'Path or ID of the workspace that holds the APIExport.',
        },
        name: {
          type: 'string',
          pattern: '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$',
          description: 'Name of the APIExport.',
        },
      },
    },
    identityHash: {
      type: 'string',
      pattern: '^[0-9a-f]{64}$',
      description:
        'status.identityHash of the APIExport. Another export that later gets the same path and name is not approved.',
    },
    resources: {
      type: 'array',
      minItems: 1,
      maxItems: 64,
      'x-kubernetes-list-type': 'set',
      items: { type: 'string', pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+)+$' },
      description:
        'The resources of the APIExport, each as <plural>.<group>. If it exports anything else, mailbox workspaces do not bind it. From now on their groups belong to the APIExport.',
    },
  },
} as const satisfies JSONSchema;

/** Permits mailbox workspaces to bind an APIExport; effective in the ESPW only, where only administrators can write. */
export type APIExportApproval = KubeObject<FromSchema<typeof specSchema>, never>;

export const apiExportApproval = edgeKind({
  kind: 'APIExportApproval',
  plural: 'apiexportapprovals',
  description:
    'Permits mailbox workspaces to bind an APIExport. Without it, they get the kinds of an APIExport as CustomResourceDefinitions.',
  printerColumns: [
    { name: 'Path', type: 'string', jsonPath: '.spec.export.path' },
    { name: 'Export', type: 'string', jsonPath: '.spec.export.name' },
    AGE_COLUMN,
  ],
  properties: { spec: specSchema },
  required: ['spec'],
});
