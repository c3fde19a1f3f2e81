/** Which kinds and objects may propagate from a WMW (docs/rules.md, semantics 4.1 and 4.2). */

import type { KubeObject } from '@kubestellar/api';
import { nativeGroup } from '@kubestellar/api';

/** How far objects of a resource may propagate. `unsupported` means never, and that the user gets the reason. */
export type Reach = 'edge' | 'none' | 'unsupported';

const CORE_MACHINERY = 'machinery of the core';
const EACH_ITS_OWN = 'created by each cluster itself';
const A_REQUEST = 'a request to one server, which stores no such object';

const UNSUPPORTED = new Map([
  ['apiresourceimports.apiresource.kcp.io', CORE_MACHINERY],
  ['negotiatedapiresources.apiresource.kcp.io', CORE_MACHINERY],
  ['apiconversions.apis.kcp.io', CORE_MACHINERY],
]);

const GROUPS_NOT_FOR_EDGE = new Map([
  ['cache.kcp.io', CORE_MACHINERY], // missing in the reference
  ['edge.kubestellar.io', 'configuration of KubeStellar'],
  ['scheduling.kcp.io', CORE_MACHINERY],
  ['tenancy.kcp.io', CORE_MACHINERY],
  ['topology.kcp.io', CORE_MACHINERY],
  ['workload.kcp.io', CORE_MACHINERY],
]);

const RESOURCES_NOT_FOR_EDGE = new Map([
  // Mailbox workspaces have bindings of their own: one of a tenant's could accept claims there.
  ['apibindings.apis.kcp.io', 'a binding to an export of the core'],
  ['apiexports.apis.kcp.io', CORE_MACHINERY],
  ['apiexportendpointslices.apis.kcp.io', CORE_MACHINERY],
  ['apiresourceschemas.apis.kcp.io', CORE_MACHINERY],
  ['controllerrevisions.apps', EACH_ITS_OWN],
  ['tokenreviews.authentication.k8s.io', A_REQUEST],
  ['selfsubjectreviews.authentication.k8s.io', A_REQUEST], // missing in the reference
  ['localsubjectaccessreviews.authorization.k8s.io', A_REQUEST],
  ['selfsubjectaccessreviews.authorization.k8s.io', A_REQUEST],
  ['selfsubjectrulesreviews.authorization.k8s.io', A_REQUEST],
  ['subjectaccessreviews.authorization.k8s.io', A_REQUEST],
  ['certificatesigningrequests.certificates.k8s.io', 'a request to the signers of one server'],
  // A copy could take over a syncer's own Lease.
  ['leases.coordination.k8s.io', 'a lock among the processes of one cluster'],
  ['logicalclusters.core.kcp.io', CORE_MACHINERY],
  ['shards.core.kcp.io', CORE_MACHINERY],
  ['events.events.k8s.io', 'a report of what happened in one cluster'],
  ['bindings', 'an order to the scheduler of one cluster'],
  ['componentstatuses', 'a report of one server on itself'],
  ['events', 'a report of what happened in one cluster'],
  ['nodes', EACH_ITS_OWN],
]);

/** All that never propagates, `<plural>.<group>` or `*.<group>`, and why; docs/kinds.md lists the same. */
export const NEVER_PROPAGATED: ReadonlyMap<string, string> = new Map([
  ...UNSUPPORTED,
  ...[...GROUPS_NOT_FOR_EDGE].map(([group, reason]): [string, string] => [`*.${group}`, reason]),
  ...RESOURCES_NOT_FOR_EDGE,
]);

/** How far objects of the resource `plural` of an API group ("" is core) may propagate; denatured ones like native ones. */
export function reachOf(anyGroup: string, plural: string): Reach {
  const group = nativeGroup(anyGroup);
  const name = group === '' ? plural : `${plural}.${group}`;
  if (UNSUPPORTED.has(name)) return 'unsupported';
  if (GROUPS_NOT_FOR_EDGE.has(group) || RESOURCES_NOT_FOR_EDGE.has(name)) return 'none';
  return 'edge';
}

/** @returns why objects of a resource never propagate to a cluster, for their user; undefined if they do */
export function whyNot(group: string, plural: string): string | undefined {
  const name = group === '' ? plural : `${plural}.${group}`;
  const reason = NEVER_PROPAGATED.get(name) ?? NEVER_PROPAGATED.get(`*.${group}`);
  return reason && `${name} never propagate, each is ${reason}`;
}

/** Types of Secrets from which servers create credentials. */
export const TOKEN_SECRET_TYPES: readonly string[] = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
];

/** Whether every cluster creates this object itself, so that it never propagates. */
export function isSystemObject(object: KubeObject & { readonly type?: unknown }): boolean {
  if (object.apiVersion !== 'v1') return false;
  switch (object.kind) {
    case 'Secret':
      return typeof object.type === 'string' && TOKEN_SECRET_TYPES.includes(object.type);
    case 'ConfigMap':
      return object.metadata.name === 'kube-root-ca.crt';
    case 'ServiceAccount':
      return object.metadata.name === 'default';
    default:
      return false;
  }
}
