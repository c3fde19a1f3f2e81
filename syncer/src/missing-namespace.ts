import { isNotFound } from '@kubestellar/kube';

/** Whether a write was refused because the object's Namespace does not exist. */
export function isMissingNamespace(error: unknown): boolean {
  if (!isNotFound(error)) return false;
  const details = error.status.details as { kind?: string } | undefined;
  return details?.kind === 'namespaces';
}
