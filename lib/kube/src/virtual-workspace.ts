import { API_EXPORT_ENDPOINT_SLICES, type KubeObject } from '@kubestellar/api';
import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { Informer } from './informer.ts';

type EndpointSlice = KubeObject<unknown, { endpoints?: { url: string }[] }>;

/** After how many milliseconds of waiting the reason is logged (again). */
const REMIND_EVERY = 15_000;

/**
 * Waits until kcp serves the virtual workspace of an APIExport, in which one watch sees the objects of all workspaces
 * that bind it. kcp publishes its URL in the APIExportEndpointSlice of the export's name, once some workspace
 * has bound the export.
 * @param provider a client at the workspace that holds the export
 * @returns a client at `/clusters/*` of the virtual workspace
 * @throws the signal's reason when it fires first
 */
export async function waitForVirtualWorkspace(
  provider: KubeClient,
  exportName: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<KubeClient> {
  signal.throwIfAborted();
  const informer = new Informer<EndpointSlice>({
    client: provider,
    resource: API_EXPORT_ENDPOINT_SLICES,
    fieldSelector: `metadata.name=${exportName}`,
    logger,
  });
  const reminder = setInterval(() => {
    const hint = 'has "kubestellar init" run, and does any workspace bind the export?';
    logger.info(
      { export: exportName, workspace: provider.workspaceName, hint },
      'still waiting for the APIExport view',
    );
  }, REMIND_EVERY);
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const look = (slice: EndpointSlice) => {
        const first = slice.metadata.name === exportName ? slice.status?.endpoints?.[0]?.url : undefined;
        if (first) resolve(first);
      };
      informer.addHandler({ onAdd: look, onUpdate: look }).start();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return provider.view(url);
  } finally {
    clearInterval(reminder);
    await informer.stop();
  }
}
