/** Turns kinds into the objects that publish them: APIResourceSchemas and an APIExport, or CRDs. */
import { createHash } from 'node:crypto';
import { API_APPROVED } from './annotations.ts';
import type { APIExport, APIResourceSchema } from './kcp.ts';
import type { KindDefinition } from './kinds/definition.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  CustomResourceDefinition,
  ResourceNames,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from './kubernetes.ts';

/** Kubernetes' pull request that approved its own API groups; the annotation `API_APPROVED` requires a URL. */
const APPROVAL = 'https://github.com/kubernetes/enhancements/pull/1111';

/** An admission policy with the binding that activates it. */
export interface AdmissionPolicy {
  readonly policy: ValidatingAdmissionPolicy;
  readonly binding: ValidatingAdmissionPolicyBinding;
}

/** Objects to apply in a workspace, in this order: an export needs its schemas. */
export interface WorkspaceManifests {
  readonly schemas: readonly APIResourceSchema[];
  readonly exports: readonly APIExport[];
  readonly rbac: readonly (ClusterRole | ClusterRoleBinding)[];
  /** Kinds that only this workspace serves. */
  readonly definitions?: readonly CustomResourceDefinition[];
  /** Policies with the bindings that activate them. */
  readonly policies?: readonly AdmissionPolicy[];
}

/**
 * The APIResourceSchema of a kind. kcp never lets one change, so its name carries a hash of its
 * contents: it changes exactly when they do.
 */
export function apiResourceSchema(kind: KindDefinition): APIResourceSchema {
  const { group, version, plural } = kind.resource;
  const spec = {
    group,
    names: namesOf(kind),
    scope: scopeOf(kind),
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: kind.schema,
        subresources: kind.subresources,
        ...columnsOf(kind),
      },
    ],
  };
  const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 8);
  return {
    apiVersion: 'apis.kcp.io/v1alpha1',
    kind: 'APIResourceSchema',
    metadata: {
      name: `${version}-${hash}.${plural}.${group === '' ? 'core' : group}`,
      ...approvalOf(group),
    },
    spec,
  };
}

/** The APIExport that offers the given schemas. */
export function apiExport(
  name: string,
  schemas: readonly APIResourceSchema[],
  options: { readonly maximalPermissionPolicy?: boolean } = {},
): APIExport {
  return {
    apiVersion: 'apis.kcp.io/v1alpha2',
    kind: 'APIExport',
    metadata: { name },
    spec: {
      resources: schemas.map(({ metadata, spec }) => ({
        name: spec.names.plural,
        group: spec.group,
        schema: metadata.name,
        storage: { crd: {} },
      })),
      ...(options.maximalPermissionPolicy ? { maximalPermissionPolicy: { local: {} } } : {}),
    },
  };
}

/** The CRD of a kind, for servers that are not kcp. */
export function customResourceDefinition(kind: KindDefinition): CustomResourceDefinition {
  const { group, plural, version } = kind.resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...approvalOf(group) },
    spec: {
      group,
      names: namesOf(kind),
      scope: scopeOf(kind),
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: kind.schema },
          subresources: kind.subresources,
          ...columnsOf(kind),
        },
      ],
    },
  };
}

function namesOf(kind: KindDefinition): ResourceNames {
  return {
    plural: kind.resource.plural,
    singular: kind.singular,
    kind: kind.resource.kind,
    listKind: kind.listKind,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  };
}

function scopeOf(kind: KindDefinition): 'Cluster' | 'Namespaced' {
  return kind.resource.namespaced ? 'Namespaced' : 'Cluster';
}

function columnsOf(kind: KindDefinition) {
  return kind.printerColumns.length > 0 ? { additionalPrinterColumns: kind.printerColumns } : {};
}

function approvalOf(group: string) {
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  return isProtected ? { annotations: { [API_APPROVED]: APPROVAL } } : {};
}
