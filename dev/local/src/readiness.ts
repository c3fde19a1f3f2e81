import { isApiError, type KubeClient } from '@kubestellar/kube';
import { LocalError } from './errors.ts';

/** How long one question may take (milliseconds). */
const PATIENCE_MS = 5_000;

/** Asks a server whether it is ready. @throws LocalError, in a few words, while it is not */
export async function askReady(client: KubeClient): Promise<void> {
  try {
    await client.request('GET', '/readyz', { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    if (isApiError(error, 500)) throw new LocalError('it answers, but its start-up work is not done yet');
    if (isApiError(error)) throw error;
    throw new LocalError('it does not answer yet');
  }
}
