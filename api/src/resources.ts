/** Descriptors of the resources that our programs read and write. */
import { apiExportApproval } from './kinds/api-export-approval.ts';
import { combinedStatus } from './kinds/combined-status.ts';
import { customizer } from './kinds/customizer.ts';
import { edgePlacement } from './kinds/edge-placement.ts';
import { edgeSyncConfig } from './kinds/edge-sync-config.ts';
import { kubeStellar } from './kinds/kubestellar.ts';
import { location } from './kinds/location.ts';
import { singlePlacementSlice } from './kinds/single-placement-slice.ts';
import { statusCollector } from './kinds/status-collector.ts';
import { syncTarget } from './kinds/sync-target.ts';
import { syncerConfig } from './kinds/syncer-config.ts';
import type { Resource } from './meta.ts';

export const API_EXPORT_APPROVALS = apiExportApproval.resource;
export const COMBINED_STATUSES = combinedStatus.resource;
export const CUSTOMIZERS = customizer.resource;
export const EDGE_PLACEMENTS = edgePlacement.resource;
export const EDGE_SYNC_CONFIGS = edgeSyncConfig.resource;
export const LOCATIONS = location.resource;
export const SINGLE_PLACEMENT_SLICES = singlePlacementSlice.resource;
export const STATUS_COLLECTORS = statusCollector.resource;
export const SYNC_TARGETS = syncTarget.resource;
export const SYNCER_CONFIGS = syncerConfig.resource;

export const KUBESTELLARS = kubeStellar.resource;

export const WORKSPACES = clusterScoped('tenancy.kcp.io', 'v1alpha1', 'workspaces', 'Workspace');
export const LOGICAL_CLUSTERS = clusterScoped('core.kcp.io', 'v1alpha1', 'logicalclusters', 'LogicalCluster');
export const API_EXPORTS = clusterScoped('apis.kcp.io', 'v1alpha2', 'apiexports', 'APIExport');
export const API_BINDINGS = clusterScoped('apis.kcp.io', 'v1alpha2', 'apibindings', 'APIBinding');
export const API_RESOURCE_SCHEMAS = clusterScoped(
  'apis.kcp.io',
  'v1alpha1',
  'apiresourceschemas',
  'APIResourceSchema',
);
export const API_EXPORT_ENDPOINT_SLICES = clusterScoped(
  'apis.kcp.io',
  'v1alpha1',
  'apiexportendpointslices',
  'APIExportEndpointSlice',
);

export const NAMESPACES = clusterScoped('', 'v1', 'namespaces', 'Namespace');
export const CONFIG_MAPS = namespaced('', 'v1', 'configmaps', 'ConfigMap');
export const SECRETS = namespaced('', 'v1', 'secrets', 'Secret');
export const SERVICE_ACCOUNTS = namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const EVENTS = namespaced('', 'v1', 'events', 'Event');
export const NODES = clusterScoped('', 'v1', 'nodes', 'Node');
export const PODS = namespaced('', 'v1', 'pods', 'Pod');
export const SERVICES = namespaced('', 'v1', 'services', 'Service');
export const DEPLOYMENTS = namespaced('apps', 'v1', 'deployments', 'Deployment');
export const STATEFUL_SETS = namespaced('apps', 'v1', 'statefulsets', 'StatefulSet');
export const PERSISTENT_VOLUME_CLAIMS = namespaced(
  '',
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
);
export const STORAGE_CLASSES = clusterScoped('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass');
export const INGRESSES = namespaced('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const INGRESS_CLASSES = clusterScoped('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass');
export const ROUTES = namespaced('route.openshift.io', 'v1', 'routes', 'Route');
export const INGRESS_ROUTE_TCPS = namespaced('traefik.io', 'v1alpha1', 'ingressroutetcps', 'IngressRouteTCP');
/** The Gateway API served it in three versions, of which the oldest two are the same. */
export const TLS_ROUTES = ['v1', 'v1alpha3', 'v1alpha2'].map((version) =>
  namespaced('gateway.networking.k8s.io', version, 'tlsroutes', 'TLSRoute'),
);
export const LEASES = namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const CLUSTER_ROLES = rbac('clusterroles', 'ClusterRole', false);
export const CLUSTER_ROLE_BINDINGS = rbac('clusterrolebindings', 'ClusterRoleBinding', false);
export const ROLES = rbac('roles', 'Role', true);
export const ROLE_BINDINGS = rbac('rolebindings', 'RoleBinding', true);
export const CUSTOM_RESOURCE_DEFINITIONS = clusterScoped(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
);

export const VALIDATING_ADMISSION_POLICIES = clusterScoped(
  'admissionregistration.k8s.io',
  'v1',
  'validatingadmissionpolicies',
  'ValidatingAdmissionPolicy',
);
export const VALIDATING_ADMISSION_POLICY_BINDINGS = clusterScoped(
  'admissionregistration.k8s.io',
  'v1',
  'validatingadmissionpolicybindings',
  'ValidatingAdmissionPolicyBinding',
);

/** `apiVersion` of the resource's objects: "v1" for the core group, else "<group>/<version>". */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Group and version in an `apiVersion`; the inverse of `apiVersionOf`. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

/** `<plural>.<group>`, or the bare plural in the core group: names a resource without its version. */
export function groupResourceOf({ group, plural }: Pick<Resource, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function clusterScoped(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: false };
}

function namespaced(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}

function rbac(plural: string, kind: string, isNamespaced: boolean): Resource {
  return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced: isNamespaced };
}
