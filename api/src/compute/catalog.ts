/**
 * Which built-in kinds of Kubernetes `root:compute` exports (docs/rules.md, api 5), with those of their traits that
 * Kubernetes' OpenAPI documents lack: short names and categories. Versions are those that
 * Kubernetes 1.36 prefers. Columns are left to kcp, which prints built-in kinds as Kubernetes does.
 */
import { denaturedResource } from '../denature.ts';
import { AGE_COLUMN, type PrinterColumn } from '../kinds/definition.ts';
import type { ComputeExport } from '../names.ts';
import { parseApiVersion } from '../resources.ts';

/** One exported kind. Scope, subresources and schema come from the OpenAPI documents. */
export interface CatalogEntry {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly columns: readonly PrinterColumn[];
}

/**
 * The kinds by export. Apart from the core group, none may belong to a group that kcp serves itself: discovery would
 * list the group twice, and neither kubectl nor the binding would work. Such kinds are exported as denatured kinds in
 * groups of other names. In the core group an export shadows kcp's own kind: a bound ResourceQuota limits nothing.
 */
export const COMPUTE_CATALOG: { readonly [Export in ComputeExport]: readonly CatalogEntry[] } = {
  kubernetes: [
    entry('apps/v1', 'deployments', 'Deployment', { shortNames: ['deploy'], categories: ['all'] }),
    entry('v1', 'pods', 'Pod', { shortNames: ['po'], categories: ['all'] }),
    entry('v1', 'services', 'Service', { shortNames: ['svc'], categories: ['all'] }),
    entry('networking.k8s.io/v1', 'ingresses', 'Ingress', { shortNames: ['ing'] }),
  ],
  'apiregistration.k8s.io': [
    entry('apiregistration.k8s.io/v1', 'apiservices', 'APIService', {
      categories: ['api-extensions'],
      // The one kind that kcp cannot print by itself.
      columns: [
        { name: 'Service', type: 'string', jsonPath: '.spec.service.name' },
        {
          name: 'Available',
          type: 'string',
          jsonPath: '.status.conditions[?(@.type=="Available")].status',
        },
        AGE_COLUMN,
      ],
    }),
  ],
  apps: [
    entry('apps/v1', 'daemonsets', 'DaemonSet', { shortNames: ['ds'], categories: ['all'] }),
    entry('apps/v1', 'replicasets', 'ReplicaSet', { shortNames: ['rs'], categories: ['all'] }),
    entry('apps/v1', 'statefulsets', 'StatefulSet', { shortNames: ['sts'], categories: ['all'] }),
  ],
  autoscaling: [
    entry('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
      shortNames: ['hpa'],
      categories: ['all'],
    }),
  ],
  batch: [
    entry('batch/v1', 'jobs', 'Job', { categories: ['all'] }),
    entry('batch/v1', 'cronjobs', 'CronJob', { shortNames: ['cj'], categories: ['all'] }),
  ],
  'core.k8s.io': [
    entry('v1', 'endpoints', 'Endpoints', { shortNames: ['ep'] }),
    entry('v1', 'limitranges', 'LimitRange', { shortNames: ['limits'] }),
    entry('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', { shortNames: ['pvc'] }),
    entry('v1', 'podtemplates', 'PodTemplate'),
    entry('v1', 'replicationcontrollers', 'ReplicationController', {
      shortNames: ['rc'],
      categories: ['all'],
    }),
    entry('v1', 'resourcequotas', 'ResourceQuota', { shortNames: ['quota'] }),
  ],
  'cluster-core.k8s.io': [entry('v1', 'persistentvolumes', 'PersistentVolume', { shortNames: ['pv'] })],
  'discovery.k8s.io': [entry('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice')],
  'flowcontrol.apiserver.k8s.io': [
    entry('flowcontrol.apiserver.k8s.io/v1', 'flowschemas', 'FlowSchema'),
    entry('flowcontrol.apiserver.k8s.io/v1', 'prioritylevelconfigurations', 'PriorityLevelConfiguration'),
  ],
  'networking.k8s.io': [
    entry('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', { shortNames: ['netpol'] }),
  ],
  'cluster-networking.k8s.io': [
    entry('networking.k8s.io/v1', 'ingressclasses', 'IngressClass'),
    entry('networking.k8s.io/v1', 'ipaddresses', 'IPAddress', { shortNames: ['ip'] }),
    entry('networking.k8s.io/v1', 'servicecidrs', 'ServiceCIDR'),
  ],
  'node.k8s.io': [entry('node.k8s.io/v1', 'runtimeclasses', 'RuntimeClass')],
  policy: [entry('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', { shortNames: ['pdb'] })],
  'scheduling.k8s.io': [
    entry('scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', { shortNames: ['pc'] }),
  ],
  'storage.k8s.io': [entry('storage.k8s.io/v1', 'csistoragecapacities', 'CSIStorageCapacity')],
  'cluster-storage.k8s.io': [
    entry('storage.k8s.io/v1', 'csidrivers', 'CSIDriver'),
    entry('storage.k8s.io/v1', 'csinodes', 'CSINode'),
    entry('storage.k8s.io/v1', 'storageclasses', 'StorageClass', { shortNames: ['sc'] }),
    entry('storage.k8s.io/v1', 'volumeattachments', 'VolumeAttachment'),
    entry('storage.k8s.io/v1', 'volumeattributesclasses', 'VolumeAttributesClass', { shortNames: ['vac'] }),
  ],
  'resource.k8s.io': [
    entry('resource.k8s.io/v1', 'resourceclaims', 'ResourceClaim'),
    entry('resource.k8s.io/v1', 'resourceclaimtemplates', 'ResourceClaimTemplate'),
  ],
  'cluster-resource.k8s.io': [
    entry('resource.k8s.io/v1', 'deviceclasses', 'DeviceClass'),
    entry('resource.k8s.io/v1', 'resourceslices', 'ResourceSlice'),
  ],
  'rbac.authorization.k8s.io.denatured': [
    entry('rbac.authorization.k8s.io/v1', 'clusterrolebindings', 'ClusterRoleBinding'),
    entry('rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole'),
    entry('rbac.authorization.k8s.io/v1', 'rolebindings', 'RoleBinding'),
    entry('rbac.authorization.k8s.io/v1', 'roles', 'Role'),
  ].map(asDenatured),
  'admissionregistration.k8s.io.denatured': [
    admission('mutatingadmissionpolicies', 'MutatingAdmissionPolicy'),
    admission('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding'),
    admission('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
    admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy'),
    admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding'),
    admission('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
  ].map(asDenatured),
  'core.denatured': [asDenatured(entry('v1', 'resourcequotas', 'ResourceQuota'))],
};

function admission(plural: string, kind: string): CatalogEntry {
  return entry('admissionregistration.k8s.io/v1', plural, kind, { categories: ['api-extensions'] });
}

function asDenatured(native: CatalogEntry): CatalogEntry {
  return { ...denaturedResource(native), columns: [AGE_COLUMN] };
}

function entry(
  apiVersion: string,
  plural: string,
  kind: string,
  traits: Partial<Pick<CatalogEntry, 'shortNames' | 'categories' | 'columns'>> = {},
): CatalogEntry {
  const { group, version } = parseApiVersion(apiVersion);
  return { group, version, plural, kind, shortNames: [], categories: [], columns: [], ...traits };
}
