/** Which API groups are reserved in mailbox workspaces (docs/decisions/0002-apis-of-mailbox-workspaces.md). */

import type { APIExportApproval } from '@kubestellar/api';
import { COMPUTE_CATALOG, COMPUTE_PATH, EDGE_GROUP, ROOT_PATH } from '@kubestellar/api';

/** The groups that kcp (v0.31) serves itself, other than its own. */
const NATIVE_GROUPS = [
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'events.k8s.io',
  'rbac.authorization.k8s.io',
];
const COMPUTE_GROUPS = Object.values(COMPUTE_CATALOG).flatMap((kinds) => kinds.map(({ group }) => group));

/** Suffix of all groups of kcp. */
export const KCP_GROUPS_END = '.kcp.io';

/** The groups that belong to kcp, to Kubernetes by the exports of `root:compute`, and to KubeStellar. */
export const RESERVED_GROUPS: readonly string[] = [
  ...new Set([...NATIVE_GROUPS, ...COMPUTE_GROUPS, EDGE_GROUP]),
].sort();

/** Workspaces whose exports mailbox workspaces may bind: only administrators can write there. */
export const TRUSTED_PATHS: readonly string[] = [ROOT_PATH, COMPUTE_PATH];

/** Whether kinds of this API group may not be defined in a mailbox workspace by an API of a tenant. */
export function isReservedGroup(group: string): boolean {
  return RESERVED_GROUPS.includes(group) || group.endsWith(KCP_GROUPS_END);
}

/** @returns the group in `<plural>.<group>`; '' for the plural alone */
export function groupIn(groupResource: string): string {
  const dot = groupResource.indexOf('.');
  return dot < 0 ? '' : groupResource.slice(dot + 1);
}

/**
 * The effective approvals. One that names a reserved group is not effective, and of two exports for one group only the
 * one approved first is.
 */
export function effectiveApprovals(approvals: readonly APIExportApproval[]): APIExportApproval[] {
  const owners = new Map<string, string>();
  return [...approvals].sort(byAge).filter(({ metadata, spec }) => {
    if (!spec || metadata.deletionTimestamp) return false;
    const groups = [...new Set(spec.resources.map(groupIn))];
    const isFree = (group: string) => {
      const owner = owners.get(group);
      return !isReservedGroup(group) && (owner === undefined || owner === spec.identityHash);
    };
    if (!groups.every(isFree)) return false;
    for (const group of groups) owners.set(group, spec.identityHash);
    return true;
  });
}

function byAge(a: APIExportApproval, b: APIExportApproval): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return String(left) < String(right) ? -1 : 1;
}
