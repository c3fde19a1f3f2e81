/** Those few built-in kinds of Kubernetes whose fields our programs read, in the parts they read. */
import type { KubeObject } from './meta.ts';

/** A Lease (coordination.k8s.io/v1); the times are RFC 3339 with microseconds. */
export type Lease = KubeObject<LeaseSpec, never>;
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** One rule of a Role or ClusterRole. */
export interface PolicyRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

/** A ClusterRole, without aggregation. */
export interface ClusterRole extends KubeObject<never, never> {
  rules: readonly PolicyRule[];
}

/** The users to whom a binding gives a role. */
export interface Subject {
  kind: 'User' | 'Group' | 'ServiceAccount';
  name: string;
  namespace?: string;
  apiGroup?: string;
}

/** A ClusterRoleBinding. */
export interface ClusterRoleBinding extends KubeObject<never, never> {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io'; kind: 'ClusterRole'; name: string };
  subjects: readonly Subject[];
}

type EmptySelector = { readonly [key: string]: never };

/**
 * A ValidatingAdmissionPolicy, in the parts that ours have. Its `matchConstraints` are atomic for server-side apply, so
 * their defaults are written out: what the server adds there would be a difference at each start of a program.
 */
export type ValidatingAdmissionPolicy = KubeObject<
  {
    failurePolicy: 'Fail';
    matchConstraints: {
      resourceRules: readonly {
        apiGroups: readonly string[];
        apiVersions: readonly string[];
        operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
        resources: readonly string[];
        scope: '*';
      }[];
      matchPolicy: 'Equivalent';
      namespaceSelector: EmptySelector;
      objectSelector: EmptySelector;
    };
    validations: readonly { expression: string; message: string; reason: 'Forbidden' }[];
  },
  never
>;

/** A ValidatingAdmissionPolicyBinding: activates a policy. */
export type ValidatingAdmissionPolicyBinding = KubeObject<
  { policyName: string; validationActions: readonly 'Deny'[] },
  never
>;

/** A CustomResourceDefinition; `names` and `versions` in the parts that define its resources. */
export type CustomResourceDefinition = KubeObject<
  {
    group: string;
    scope: 'Cluster' | 'Namespaced';
    names: ResourceNames;
    versions: readonly { name: string; served: boolean; storage: boolean; [field: string]: unknown }[];
  },
  { acceptedNames?: ResourceNames; conditions?: readonly { type: string; status: string }[] }
>;

/** The names under which a resource is known. */
export interface ResourceNames {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
}
