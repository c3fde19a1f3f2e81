/** Which kinds and objects may propagate from a WMW (spec semantics 4.1 and 4.2). */
import type { KubeObject } from './meta.ts';

/** How far objects of a resource may travel. `unsupported` means never, and worth telling the user. */
export type Reach = 'edge' | 'mailbox' | 'none' | 'unsupported';

const UNSUPPORTED = new Set([
  'apiresourceimports.apiresource.kcp.io',
  'negotiatedapiresources.apiresource.kcp.io',
  'apiconversions.apis.kcp.io',
]);

const MAILBOX_ONLY = new Set(['apibindings.apis.kcp.io']);

const GROUPS_NOT_FOR_EDGE = new Set([
  'cache.kcp.io', // newer than the spec: kcp's own machinery
  'edge.kubestellar.io',
  'scheduling.kcp.io',
  'tenancy.kcp.io',
  'topology.kcp.io',
  'workload.kcp.io',
]);

const RESOURCES_NOT_FOR_EDGE = new Set([
  'apiexports.apis.kcp.io',
  'apiexportendpointslices.apis.kcp.io',
  'apiresourceschemas.apis.kcp.io',
  'controllerrevisions.apps',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io', // newer than the spec, a question and not an object
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'certificatesigningrequests.certificates.k8s.io',
  'leases.coordination.k8s.io', // as the design wanted; a copy could take over a syncer's own Lease
  'logicalclusters.core.kcp.io',
  'shards.core.kcp.io',
  'events.events.k8s.io',
  'bindings',
  'componentstatuses',
  'events',
  'nodes',
]);

/** How far objects of the resource `plural` of API group `group` ("" is core) may travel. */
export function reachOf(group: string, plural: string): Reach {
  const name = group === '' ? plural : `${plural}.${group}`;
  if (UNSUPPORTED.has(name)) return 'unsupported';
  if (MAILBOX_ONLY.has(name)) return 'mailbox';
  if (GROUPS_NOT_FOR_EDGE.has(group) || RESOURCES_NOT_FOR_EDGE.has(name)) return 'none';
  return 'edge';
}

const TOKEN_SECRET_TYPES = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']);

/** Whether every cluster makes this object for itself, so that it never propagates. */
export function isSystemObject(object: KubeObject & { readonly type?: unknown }): boolean {
  if (object.apiVersion !== 'v1') return false;
  switch (object.kind) {
    case 'Secret':
      return typeof object.type === 'string' && TOKEN_SECRET_TYPES.has(object.type);
    case 'ConfigMap':
      return object.metadata.name === 'kube-root-ca.crt';
    case 'ServiceAccount':
      return object.metadata.name === 'default';
    default:
      return false;
  }
}
