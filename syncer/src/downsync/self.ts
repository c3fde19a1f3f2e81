import type { Unstructured } from '@kubestellar/api';
import { isApiError, type KubeClient } from '@kubestellar/kube';
import { namespaceOfUser, type Self } from './protected.ts';

const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** What the syncer's pod was told to be its Namespace; outside of a pod the variable may mean anything. */
function podNamespace(): string | undefined {
  return process.env.KUBERNETES_SERVICE_HOST ? process.env.NAMESPACE : undefined;
}

/**
 * Asks the cluster for whom it takes the syncer.
 * @param namespace where the syncer runs, if its name does not tell
 * @throws ApiError or ConnectionError when the cluster does not answer
 */
export async function readSelf(wec: KubeClient, namespace = podNamespace()): Promise<Self> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  try {
    const { status } = await wec.request<Unstructured>('POST', REVIEWS, { body });
    const { userInfo } = status as { userInfo?: { username?: string; groups?: string[] } };
    const { username: user, groups = [] } = userInfo ?? {};
    return { user, groups, namespace: namespaceOfUser(user) ?? namespace };
  } catch (error) {
    // Older clusters don't serve it; then what the pod was told must do.
    if (!isApiError(error, 403, 404)) throw error;
    return { user: undefined, groups: [], namespace };
  }
}
