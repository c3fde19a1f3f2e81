import type { Resource } from '@kubestellar/api';
import { explain } from '@kubestellar/kube';
import { waitUntilServing } from '../core/wait-for-kcp.ts';
import { connectTo, targetOf } from '../kubeconfig/connect.ts';
import { readKubeconfig } from '../kubeconfig/kubeconfig.ts';
import type { Output } from '../shell/output.ts';

const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/**
 * Waits until the server of a kubeconfig responds to a request for namespaces. The file is read each time: kcp
 * writes it while it starts.
 * @throws CommandFailure after five minutes
 */
export async function waitForServer(kubeconfig: string, output: Output): Promise<void> {
  await waitUntilServing(`the server of ${kubeconfig}`, output, async () => {
    try {
      const config = readKubeconfig({ paths: [kubeconfig], explicit: true });
      const client = await connectTo(targetOf(config));
      await client.listPage(NAMESPACES, { limit: 1 });
      return undefined;
    } catch (error) {
      return explain(error);
    }
  });
}
