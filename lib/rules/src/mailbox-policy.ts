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
  const edge = `${espwPath}|${EDGE_GROUP}`;
  const exports = approved.map(({ export: { path, name } }) => `${path}|${name}`);
  const bound = approved.flatMap(({ export: { path, name }, identityHash, resources }) =>
    resources.map((resource) => `${path}|${name}|${identityHash}|${resource}`),
  );
  const groups = [...RESERVED_GROUPS, ...approved.flatMap(({ resources }) => resources.map(groupIn))];
  const path = '(has(object.spec.reference.export.path) ? object.spec.reference.export.path : "")';
  const name = 'object.spec.reference.export.name';
  // Lists of lists would need all their members to be of one type, which CEL does not know here.
  const reference = `${path} + "|" + ${name}`;
  const isTrusted = `${path} in ${cel(TRUSTED_PATHS)} || ${reference} == ${cel(edge)}`;
  const wasBound =
    'oldObject != null && has(oldObject.status) && has(oldObject.status.boundResources) && ' +
    'oldObject.status.boundResources.exists(o, o.group == r.group && o.resource == r.resource && ' +
    'o.schema.identityHash == r.schema.identityHash)';
  const isApproved = `(${reference} + "|" + r.schema.identityHash + "|" + r.resource + "." + r.group) in ${cel(bound)}`;
  return {
    policy: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: MAILBOX_POLICY },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['apis.kcp.io'],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['apibindings', 'apibindings/status'],
              scope: '*',
            },
            {
              apiGroups: ['apiextensions.k8s.io'],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['customresourcedefinitions'],
              scope: '*',
            },
            {
              apiGroups: [''],
              apiVersions: ['*'],
              operations: ['CREATE'],
              resources: ['secrets'],
              scope: '*',
            },
          ],
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
        },
        validations: [
          forBindings(
            '!has(object.spec.permissionClaims) || size(object.spec.permissionClaims) == 0',
            'an APIBinding of a mailbox workspace accepts no permission claims',
          ),
          forBindings(
            '(oldObject != null && object.spec.reference == oldObject.spec.reference) || ' +
              `${isTrusted} || (${reference}) in ${cel(exports)}`,
            'a mailbox workspace binds only exports of root:compute and those that an APIExportApproval in the ESPW names',
          ),
          forBindings(
            `!has(object.status) || !has(object.status.boundResources) || ${isTrusted} || ` +
              `object.status.boundResources.all(r, (${wasBound}) || ${isApproved})`,
            'the APIExport brings what its APIExportApproval does not name',
          ),
          {
            // A syncer may create Secrets where an upsync set names them; their type never changes afterwards.
            expression:
              '!(request.resource.resource == "secrets") || !has(object.type) || ' +
              `!(object.type in ${cel(TOKEN_SECRET_TYPES)}) || !request.userInfo.username.startsWith("system:serviceaccount:")`,
            message: 'a ServiceAccount makes no tokens of others, nor bootstrap tokens',
            reason: 'Forbidden',
          },
          {
            expression:
              `${IS_DEFINITION_ELSE}oldObject != null || !(object.spec.group in ${cel(groups)} || ` +
              `object.spec.group.endsWith(${cel(KCP_GROUPS_END)}))`,
            message: 'the API group belongs to Kubernetes, kcp, KubeStellar or an approved APIExport',
            reason: 'Forbidden',
          },
          {
            // What an older release has left behind may be deleted, and lose its finalizers.
            expression:
              `${IS_DEFINITION_ELSE}!has(object.spec.conversion) || object.spec.conversion.strategy != "Webhook" || ` +
              '(oldObject != null && has(oldObject.spec.conversion) && ' +
              'object.spec.conversion == oldObject.spec.conversion)',
            message:
              'a CustomResourceDefinition of a mailbox workspace has no conversion webhook: the core would send it the ' +
              "objects of others; the placement-translator keeps a source's in an annotation",
            reason: 'Forbidden',
          },
        ],
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

const IS_DEFINITION_ELSE = 'request.resource.resource != "customresourcedefinitions" || ';
const IS_BINDING = 'request.resource.resource == "apibindings"';

function forBindings(expression: string, message: string) {
  return { expression: `!(${IS_BINDING}) || (${expression})`, message, reason: 'Forbidden' as const };
}

/** A literal of CEL: its strings and lists are written as in JSON. */
function cel(value: string | readonly unknown[]): string {
  return JSON.stringify(value);
}
