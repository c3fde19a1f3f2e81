import type { Unstructured } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Findings } from './findings.ts';

/** What would make a syncer the master of its mailbox workspace, or more: verb, group, resource, subresource. */
const NEVER = [
  ['create', '', 'serviceaccounts', 'token'],
  ['create', '', 'pods', 'exec'],
  ['create', 'rbac.authorization.k8s.io', 'clusterrolebindings', ''],
  ['patch', 'rbac.authorization.k8s.io', 'clusterroles', ''],
  ['patch', 'apis.kcp.io', 'apibindings', ''],
  ['create', 'apis.kcp.io', 'apiexports', ''],
  ['patch', 'edge.kubestellar.io', 'syncerconfigs', ''],
  ['create', 'edge.kubestellar.io', 'edgeplacements', ''],
  ['create', 'anything.test', 'things', ''],
  ['create', '*', '*', ''],
] as const;

/** Asks a mailbox workspace whether its syncer, as whom the client comes, may do what no upsync set may permit. */
export async function lookAtRights(syncer: KubeClient, findings: Findings): Promise<void> {
  await Promise.all(
    NEVER.map(async ([verb, group, resource, subresource]) => {
      const resourceAttributes = { verb, group, resource, subresource };
      const answer = await syncer.request<Unstructured>(
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        {
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes },
          },
        },
      );
      if ((answer.status as { allowed?: boolean }).allowed)
        findings.add(
          `rights: the syncer of ${syncer.workspaceName} may ${verb} ${resource}/${subresource} of "${group}"`,
        );
    }),
  );
}
