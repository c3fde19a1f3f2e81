/** The RBAC objects that open our exports to users. */
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from './kubernetes.ts';

/** A ClusterRole with the given rules. */
export function clusterRole(name: string, rules: readonly PolicyRule[]): ClusterRole {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
}

/** A ClusterRole that lets its holders bind the named APIExports into their own workspaces. */
export function bindRole(name: string, exportNames: readonly string[]): ClusterRole {
  return clusterRole(name, [
    { apiGroups: ['apis.kcp.io'], resources: ['apiexports'], resourceNames: exportNames, verbs: ['bind'] },
  ]);
}

/** A ClusterRoleBinding that gives `role` to a group of users. */
export function roleBinding(name: string, role: ClusterRole, group: string): ClusterRoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  };
}
