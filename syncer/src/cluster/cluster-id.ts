import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACES } from '@kubestellar/api';
import { Backoff, explain, type KubeClient } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';

/** Every cluster has it from its beginning, and nobody can delete it. */
const OLDEST = 'kube-system';

/**
 * Asks what identifies the cluster. Machines that were cloned with their cluster have the same: `--cluster-id` tells them
 * apart.
 * @returns the UID of the Namespace kube-system, undefined when the signal fires first
 */
export async function readClusterId(
  wec: KubeClient,
  logger: Logger,
  signal: AbortSignal,
): Promise<string | undefined> {
  const backoff = new Backoff(500, 60_000);
  while (!signal.aborted) {
    try {
      const uid = (await wec.get(NAMESPACES, { name: OLDEST }))?.metadata.uid;
      if (uid) return uid;
      logger.warn(
        { namespace: OLDEST },
        'the cluster has no such Namespace, so it is not known which one it is',
      );
    } catch (error) {
      logger.warn({ reason: explain(error) }, 'cannot ask which cluster this is');
    }
    await sleep(backoff.next(), undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
