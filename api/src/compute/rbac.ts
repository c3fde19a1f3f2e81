/** Who may bind the exports of `root:compute` and use their resources (docs/commands.md, "kubestellar"). */
import type { KindDefinition } from '../kinds/definition.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../kubernetes.ts';
import { bindRole, clusterRole, roleBinding } from '../rbac.ts';

/** Users of other workspaces, as kcp names them when it checks the maximal permission policy. */
const USERS_OF_BINDINGS = 'apis.kcp.io:binding:system:authenticated';

/**
 * Every authenticated user may bind the exports that hold namespaced kinds only; those of
 * cluster-scoped kinds are for administrators.
 */
export function computeRbac(
  kindsByExport: ReadonlyMap<string, readonly KindDefinition[]>,
): (ClusterRole | ClusterRoleBinding)[] {
  const namespaced = [...kindsByExport].filter(([, kinds]) =>
    kinds.every((kind) => kind.resource.namespaced),
  );
  const bind = bindRole(
    'compute:apiexport:kubernetes-extended:bind',
    namespaced.map(([name]) => name),
  );
  const use = clusterRole(
    'compute:apiexport:kubernetes:maximal-permission-policy-extended',
    namespaced.flatMap(([, kinds]) => kinds).flatMap(rulesToUse),
  );
  return [
    bind,
    use,
    roleBinding(bind.metadata.name, bind, 'system:authenticated'),
    roleBinding(
      'compute:authenticated:apiexport:kubernetes:maximal-permission-policy-extended',
      use,
      USERS_OF_BINDINGS,
    ),
  ];
}

function rulesToUse({ resource, subresources }: KindDefinition): PolicyRule[] {
  const apiGroups = [resource.group];
  const served = Object.keys(subresources).map((subresource) => `${resource.plural}/${subresource}`);
  const objects: PolicyRule = { apiGroups, resources: [resource.plural], verbs: ['*'] };
  if (served.length === 0) return [objects];
  return [objects, { apiGroups, resources: served, verbs: ['get', 'list', 'watch', 'update', 'patch'] }];
}
