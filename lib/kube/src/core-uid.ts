import { setTimeout as sleep } from 'node:timers/promises';
import { LOGICAL_CLUSTERS } from '@kubestellar/api';
import type { Logger } from 'pino';
import { Backoff } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { explain } from './errors.ts';

/**
 * Asks for the UID by which a core is known: that of the LogicalCluster of its ESPW. No two cores share it, and a core
 * restored from a backup keeps it. Asks until it is answered.
 * @param espw a client at the ESPW
 * @throws the signal's reason when it fires first
 */
export async function waitForCoreUid(espw: KubeClient, logger: Logger, signal: AbortSignal): Promise<string> {
  const backoff = new Backoff(250, 10_000);
  while (true) {
    signal.throwIfAborted();
    const found = await espw.get(LOGICAL_CLUSTERS, { name: 'cluster' }).catch((error: unknown) => {
      logger.warn({ workspace: espw.workspaceName, reason: explain(error) }, 'cannot ask which core this is');
      return undefined;
    });
    if (found?.metadata.uid) return found.metadata.uid;
    await sleep(backoff.next(), undefined, { signal });
  }
}
