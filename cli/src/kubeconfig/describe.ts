import { ConnectionError, explain, isApiError } from '@kubestellar/kube';

/** @returns what went wrong and, where that is known, what to do about it */
export function describe(error: unknown): string {
  if (error instanceof ConnectionError && error.isTimeout)
    return `${error.message}\nThe server is there, but may be overloaded; --request-timeout gives it more time.`;
  if (error instanceof ConnectionError)
    return `${error.message}\nIs the server running, and is the kubeconfig the right one?`;
  if (isApiError(error, 401))
    return `${error.message}\nThe server does not accept the credentials of the kubeconfig.`;
  if (isApiError(error, 403))
    return `${error.message}\nThe user of the kubeconfig may not do this there; ask the administrator of the workspace.`;
  return explain(error);
}
