import { HOSTED_CORE, type KubeObject, SERVICES } from '@kubestellar/api';
import type { Objects } from '../hosting/owned.ts';
import type { Settings } from '../settings.ts';
import { CORE_SELECTOR, PORT_NAMES } from './labels.ts';

/** What Services call the port of kcp, and that of the view. */
export const SERVICE_PORTS = { kcp: 'https', view: 'view' } as const;

/** A port of a Service that leads to the core. */
interface ServicePort {
  readonly name: string;
  readonly protocol: 'TCP';
  readonly port: number;
  readonly targetPort: string;
  readonly nodePort?: number;
}

/** The Service by which clients in the cluster reach kcp and the view. */
export async function ensureService(objects: Objects, settings: Settings): Promise<void> {
  await objects.ensure<KubeObject>(SERVICES, {
    metadata: { name: HOSTED_CORE.name, labels: { ...CORE_SELECTOR } },
    spec: {
      type: 'ClusterIP',
      selector: { ...CORE_SELECTOR },
      ports: servicePorts(settings),
      // A controller that is starting anew is no reason to cut kcp's clients off.
      publishNotReadyAddresses: true,
    },
  });
}

/** The ports of a Service that leads to kcp and, if there is one, to the view. @param nodePorts those asked for */
export function servicePorts(
  { view }: Pick<Settings, 'view'>,
  nodePorts: { readonly kcp?: number | undefined; readonly view?: number | undefined } = {},
): ServicePort[] {
  const port = (of: keyof typeof SERVICE_PORTS, number: number): ServicePort => ({
    name: SERVICE_PORTS[of],
    protocol: 'TCP',
    port: number,
    targetPort: PORT_NAMES[of],
    ...(nodePorts[of] ? { nodePort: nodePorts[of] } : {}),
  });
  return [port('kcp', HOSTED_CORE.port), ...(view ? [port('view', HOSTED_CORE.viewPort)] : [])];
}
