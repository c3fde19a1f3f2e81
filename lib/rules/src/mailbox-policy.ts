/** What mailbox workspaces refuse to everyone: the second wall behind the placement-translator's own decisions. */
import type { AdmissionPolicy, APIExportApproval } from '@kubestellar/api';
import { EDGE_GROUP, MAILBOX_POLICY } from '@kubestellar/api';
import { TOKEN_SECRET_TYPES } from './eligibility.ts';
import {
  effectiveApprovals,
  groupIn,
  KCP_GROUPS_END,
  RESERVED_GROUPS,
  TRUSTED_PATHS,
} from './mailbox-apis.ts';

/**
 * The policy of each mailbox workspace. It admits APIBindings without permission claims, and only to exports of kcp, of
 * `root:compute`, of the edge API, and to approved ones, as long as these bring what was approved; and it admits no
 * CustomResourceDefinition of a group that belongs to somebody else, or with a conversion webhook. References and groups
 * never change, so that kcp can still update existing objects that are about to be deleted.
 * @param espwPath the workspace that exports the edge API
 * @param approvals all that the ESPW holds
 */
export function mailboxPolicy(espwPath: string, approvals: readonly APIExportApproval[]): AdmissionPolicy {
  const approved = effectiveApprovals(approvals).flatMap(({ spec }) => (spec ? [spec] : []));
  return {
    policy: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: MAILBOX_POLICY },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            resourceRule('apis.kcp.io', ['CREATE', 'UPDATE'], ['apibindings', 'apibindings/status']),
            resourceRule('apiextensions.k8s.io', ['CREATE', 'UPDATE'], ['customresourcedefinitions']),
            resourceRule('', ['CREATE'], ['secrets']),
          ],
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
        },
        validations: [...forBindings(espwPath, approved), FOR_SECRETS, ...forDefinitions(approved)],
      },
    },
    binding: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: MAILBOX_POLICY },
      spec: { policyName: MAILBOX_POLICY, validationActions: ['Deny'] },
    },
  };
}

/** All defaults are written out: what the server would add could not be compared with what we write. */
function resourceRule(
  group: string,
  operations: readonly ('CREATE' | 'UPDATE')[],
  resources: readonly string[],
) {
  return { apiGroups: [group], apiVersions: ['*'], operations, resources, scope: '*' as const };
}

const SPEC = 'object.spec.reference.export';
const PATH = `(has(${SPEC}.path) ? ${SPEC}.path : "")`;
// Lists of lists would need all their members to be of one type, which CEL does not know here.
const REFERENCE = `${PATH} + "|" + ${SPEC}.name`;
const WAS_BOUND =
  'oldObject != null && has(oldObject.status) && has(oldObject.status.boundResources) && ' +
  'oldObject.status.boundResources.exists(o, o.group == r.group && o.resource == r.resource && ' +
  'o.schema.identityHash == r.schema.identityHash)';

type Approved = NonNullable<APIExportApproval['spec']>;

function forBindings(espwPath: string, approved: readonly Approved[]) {
  const exports = approved.map(({ export: { path, name } }) => `${path}|${name}`);
  const bound = approved.flatMap(({ export: { path, name }, identityHash, resources }) =>
    resources.map((resource) => `${path}|${name}|${identityHash}|${resource}`),
  );
  const isTrusted = `${PATH} in ${cel(TRUSTED_PATHS)} || ${REFERENCE} == ${cel(`${espwPath}|${EDGE_GROUP}`)}`;
  const isApproved = `(${REFERENCE} + "|" + r.schema.identityHash + "|" + r.resource + "." + r.group) in ${cel(bound)}`;
  return [
    forBinding(
      '!has(object.spec.permissionClaims) || size(object.spec.permissionClaims) == 0',
      'an APIBinding of a mailbox workspace accepts no permission claims',
    ),
    forBinding(
      '(oldObject != null && object.spec.reference == oldObject.spec.reference) || ' +
        `${isTrusted} || (${REFERENCE}) in ${cel(exports)}`,
      'a mailbox workspace binds only exports of root:compute and those that an APIExportApproval in the ESPW names',
    ),
    forBinding(
      `!has(object.status) || !has(object.status.boundResources) || ${isTrusted} || ` +
        `object.status.boundResources.all(r, (${WAS_BOUND}) || ${isApproved})`,
      'the APIExport brings what its APIExportApproval does not name',
    ),
  ];
}

/** A syncer may create Secrets where an upsync set names them; their type never changes afterwards. */
const FOR_SECRETS = {
  expression:
    '!(request.resource.resource == "secrets") || !has(object.type) || ' +
    `!(object.type in ${cel(TOKEN_SECRET_TYPES)}) || !request.userInfo.username.startsWith("system:serviceaccount:")`,
  message: 'a ServiceAccount makes no tokens of others, nor bootstrap tokens',
  reason: 'Forbidden' as const,
};

function forDefinitions(approved: readonly Approved[]) {
  const groups = [...RESERVED_GROUPS, ...approved.flatMap(({ resources }) => resources.map(groupIn))];
  return [
    {
      expression:
        `${IS_DEFINITION_ELSE}oldObject != null || !(object.spec.group in ${cel(groups)} || ` +
        `object.spec.group.endsWith(${cel(KCP_GROUPS_END)}))`,
      message: 'the API group belongs to Kubernetes, kcp, KubeStellar or an approved APIExport',
      reason: 'Forbidden' as const,
    },
    {
      // What an older release has left may be ended, and lose its finalizers.
      expression:
        `${IS_DEFINITION_ELSE}!has(object.spec.conversion) || object.spec.conversion.strategy != "Webhook" || ` +
        '(oldObject != null && has(oldObject.spec.conversion) && ' +
        'object.spec.conversion == oldObject.spec.conversion)',
      message:
        'a CustomResourceDefinition of a mailbox workspace has no conversion webhook: the core would send it the ' +
        "objects of others; the placement-translator keeps a source's in an annotation",
      reason: 'Forbidden' as const,
    },
  ];
}

const IS_DEFINITION_ELSE = 'request.resource.resource != "customresourcedefinitions" || ';
const IS_BINDING = 'request.resource.resource == "apibindings"';

function forBinding(expression: string, message: string) {
  return { expression: `!(${IS_BINDING}) || (${expression})`, message, reason: 'Forbidden' as const };
}

/** A literal of CEL: its strings and lists are written as in JSON. */
function cel(value: string | readonly unknown[]): string {
  return JSON.stringify(value);
}
