/** Names and places that several programs must agree on. */
import { createHash } from 'node:crypto';

/** Path of the workspace that is the ancestor of all others. */
export const ROOT_PATH = 'root';
/** Path of the edge service provider workspace: exports our API, holds the mailbox workspaces. */
export const ESPW_PATH = 'root:espw';
/** Path of the workspace that exports the Kubernetes API subset. */
export const COMPUTE_PATH = 'root:compute';
/** Default inventory management workspace. */
export const DEFAULT_IMW_PATH = 'root:imw1';
/** Default workload management workspace. */
export const DEFAULT_WMW_PATH = 'root:wmw1';
/** The type that each of our workspaces gets by name (root's default child type is another one). */
export const WORKSPACE_TYPE = { name: 'universal', path: 'root' } as const;

/** Our API group; also the name of its APIExport in the ESPW. */
export const EDGE_GROUP = 'edge.kubestellar.io';
/** The one version of our API group. */
export const EDGE_VERSION = 'v2alpha1';

/** The API group of the hosting cluster, where the operator works. */
export const OPERATOR_GROUP = 'operator.kubestellar.io';
/** The one version of the operator's API group. */
export const OPERATOR_VERSION = 'v1alpha1';

/** APIBinding to our API in a mailbox workspace. */
export const MAILBOX_BINDING = 'bind-edge';
/** APIBinding to our API in a WMW. */
export const WMW_BINDING = 'bind-espw';
/** APIBinding to our API in an IMW: has the name of the export, as `kubectl kcp bind` gives it. */
export const IMW_BINDING = 'edge.kubestellar.io';

/** The APIExports of `root:compute`, in the order in which a WMW binds them (docs/commands.md, "ensure wmw"). */
export const COMPUTE_EXPORTS = [
  'kubernetes',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'core.k8s.io',
  'cluster-core.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'cluster-networking.k8s.io',
  'node.k8s.io',
  'policy',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'cluster-storage.k8s.io',
  'resource.k8s.io',
  'cluster-resource.k8s.io',
  'rbac.authorization.k8s.io.denatured',
  'admissionregistration.k8s.io.denatured',
] as const;

/** The APIExports of `root:compute` that are bound in mailbox workspaces only. */
export const MAILBOX_EXPORTS = ['core.denatured'] as const;

/** Name of an APIExport of `root:compute`. */
export type ComputeExport = (typeof COMPUTE_EXPORTS)[number] | (typeof MAILBOX_EXPORTS)[number];

/** Name of the APIBinding in a WMW for an export of `root:compute`. */
export function computeBindingName(exportName: string): string {
  return `bind-${exportName}`;
}

/** Name of the SyncerConfig that the placement-translator writes into each mailbox workspace. */
export const SYNCER_CONFIG_NAME = 'the-one';

/** Name of the n-th SyncerConfig of the placement-translator: the one, and further ones when that would be too big. */
export function syncerConfigName(n: number): string {
  return n === 0 ? SYNCER_CONFIG_NAME : `${SYNCER_CONFIG_NAME}-${n}`;
}

/** Whether a SyncerConfig of this name is the placement-translator's, and not a user's own. */
export function isOwnSyncerConfig(name: string): boolean {
  return name === SYNCER_CONFIG_NAME || /^the-one-[1-9]\d*$/.test(name);
}

/** Prefix of the names of a syncer's objects, its Namespace included. */
export const SYNCER_PREFIX = 'kubestellar-syncer-';

/** ClusterRole in each mailbox workspace: what the syncers there may write for upsync, as the upsync sets require. */
export const UPSYNC_ROLE_NAME = 'kubestellar-syncer-upsync';

/** The ValidatingAdmissionPolicy in each mailbox workspace, and the binding that activates it. */
export const MAILBOX_POLICY = 'kubestellar-mailbox';

/** Namespace and name of the Lease in a mailbox workspace that the syncer renews as its heartbeat. */
export const SYNCER_LEASE = { namespace: 'default', name: 'kubestellar-syncer' } as const;
/** The same for the Lease by which a syncer reports that it stands by for the holder of the other one. */
export const STANDBY_LEASE = { namespace: 'default', name: 'kubestellar-syncer-standby' } as const;
/** Seconds between two renewals of the syncer's Lease. */
export const SYNCER_LEASE_RENEW_SECONDS = 15;

/** The group of kcp's administrators: of all workspaces, by RBAC. */
export const KCP_ADMIN_GROUP = 'system:kcp:admin';
/** The group that skips authorization: kcp itself, its garbage collector, and the administrator of its server. */
export const MASTERS_GROUP = 'system:masters';

/** The user name of a program of the core in kcp. */
export function programUser(program: string): string {
  return `kubestellar:${program}`;
}

/** The owner of a mailbox workspace. */
export interface MailboxOwner {
  /** Logical cluster ID (not path) of the IMW. */
  readonly cluster: string;
  readonly syncTargetUID: string;
}

/** Name of the mailbox workspace of a SyncTarget, a child of the ESPW: `<IMW cluster>-mb-<uid>`. */
export function mailboxWorkspaceName(cluster: string, syncTargetUID: string): string {
  return `${cluster}-mb-${syncTargetUID}`;
}

/** Path of the mailbox workspace of a SyncTarget. */
export function mailboxWorkspacePath(cluster: string, syncTargetUID: string): string {
  return `${ESPW_PATH}:${mailboxWorkspaceName(cluster, syncTargetUID)}`;
}

/** The owner of a mailbox workspace by its name; undefined for other workspaces (docs/rules.md, semantics 3). */
export function parseMailboxWorkspaceName(name: string): MailboxOwner | undefined {
  const [cluster, syncTargetUID, ...rest] = name.split('-mb-');
  return cluster && syncTargetUID && rest.length === 0 ? { cluster, syncTargetUID } : undefined;
}

/** Namespace for Events (as everywhere) and CombinedStatuses of cluster-scoped objects. */
export const NAMESPACE_OF_CLUSTER_SCOPED = 'default';

/** Longest name that a server accepts. */
const MAX_NAME = 253;

/**
 * Name of the CombinedStatus of an object: `<plural>.<group>--<name>`. A name that is too long, or not valid for a
 * custom object (like some of RBAC objects), is shortened or replaced, and a digest follows.
 * @param groupResource `<plural>.<group>`, or the plural alone in the core group
 */
export function combinedStatusName(groupResource: string, name: string): string {
  const plain = `${groupResource}--${name}`;
  if (
    plain.length <= MAX_NAME &&
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(plain)
  )
    return plain;
  const digest = createHash('sha256').update(plain).digest('hex').slice(0, 10);
  const readable = plain
    .toLowerCase()
    .replaceAll(/[^-a-z0-9]/g, '-')
    .slice(0, MAX_NAME - digest.length - 1);
  return `${readable}-${digest}`;
}

/** Name of the n-th slice (from 0) of an EdgePlacement: its own name, then `<name>-1`, `<name>-2`, … */
export function sliceName(edgePlacement: string, index: number): string {
  return index === 0 ? edgePlacement : `${edgePlacement}-${index}`;
}
