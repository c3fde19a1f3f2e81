/** The permission to write SinglePlacementSlices, which decide to which clusters objects are copied. */
import type { AdmissionPolicy } from './manifests.ts';
import { EDGE_GROUP, KCP_ADMIN_GROUP, MASTERS_GROUP, programUser } from './names.ts';

const NAME = `singleplacementslices.${EDGE_GROUP}`;
const WRITER = programUser('where-resolver');

/**
 * Admits the where-resolver, and kcp itself, which deletes slices with their owners and workspaces. The user name alone
 * proves nothing, since the administrator of a workspace can impersonate any name there; but only a member of the two
 * groups can impersonate a member. kcp checks writes of a bound kind against the policies of the workspace that exports
 * it, so that this one is effective in all workspaces and no tenant can remove it.
 */
export function slicePolicy(): AdmissionPolicy {
  const isKcp = `"${MASTERS_GROUP}" in request.userInfo.groups`;
  const isWriter = `request.userInfo.username == "${WRITER}" && "${KCP_ADMIN_GROUP}" in request.userInfo.groups`;
  return {
    policy: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: NAME },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [EDGE_GROUP],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE', 'DELETE'],
              resources: ['singleplacementslices', 'singleplacementslices/*'],
              scope: '*',
            },
          ],
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
        },
        validations: [
          {
            expression: `${isKcp} || (${isWriter})`,
            message:
              'only the where-resolver writes SinglePlacementSlices; to change destinations, edit the ' +
              'locationSelectors of the EdgePlacement or the labels of Locations',
            reason: 'Forbidden',
          },
        ],
      },
    },
    binding: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: NAME },
      spec: { policyName: NAME, validationActions: ['Deny'] },
    },
  };
}
