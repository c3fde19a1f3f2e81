import { HOSTED_CORE, type KubeObject, SERVICES } from '@kubestellar/api';
import type { Objects } from '../hosting/owned.ts';
import { CORE_SELECTOR, PORT_NAMES } from './labels.ts';

/** The Service by which clients in the cluster reach kcp. */
export async function ensureService(objects: Objects): Promise<void> {
  await objects.ensure<KubeObject>(SERVICES, {
    metadata: { name: HOSTED_CORE.name, labels: { ...CORE_SELECTOR } },
    spec: {
      type: 'ClusterIP',
      selector: { ...CORE_SELECTOR },
      ports: [{ name: 'https', protocol: 'TCP', port: HOSTED_CORE.port, targetPort: PORT_NAMES.kcp }],
      // A controller that is starting anew is no reason to cut kcp's clients off.
      publishNotReadyAddresses: true,
    },
  });
}
