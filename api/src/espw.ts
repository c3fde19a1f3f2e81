/** What `kubestellar init` creates in the ESPW: our API, and the permissions to bind it and to write its objects. */
import { apiExportApproval } from './kinds/api-export-approval.ts';
import { EDGE_KINDS } from './kinds/index.ts';
import { kubeStellar } from './kinds/kubestellar.ts';
import type { CustomResourceDefinition } from './kubernetes.ts';
import {
  apiExport,
  apiResourceSchema,
  customResourceDefinition,
  type WorkspaceManifests,
} from './manifests.ts';
import { EDGE_GROUP } from './names.ts';
import { bindRole, roleBinding } from './rbac.ts';
import { slicePolicy } from './slice-policy.ts';

/** The objects of the ESPW: our kinds, exported to every authenticated user, those for its administrators, and the policies. */
export function espwManifests(): WorkspaceManifests {
  const schemas = EDGE_KINDS.map(apiResourceSchema);
  const bind = bindRole('espw:apiexport:edge.kubestellar.io:bind', [EDGE_GROUP]);
  return {
    schemas,
    exports: [apiExport(EDGE_GROUP, schemas)],
    // If it were exported, users could create one in their workspaces, without any effect.
    definitions: [customResourceDefinition(apiExportApproval)],
    rbac: [bind, roleBinding(bind.metadata.name, bind, 'system:authenticated')],
    policies: [slicePolicy()],
  };
}

/** Our kinds as CRDs, for use without kcp's exports. */
export function crds(): CustomResourceDefinition[] {
  return EDGE_KINDS.map(customResourceDefinition);
}

/** The operator's kind as CRD, for the hosting cluster. */
export function operatorCrd(): CustomResourceDefinition {
  return customResourceDefinition(kubeStellar);
}
