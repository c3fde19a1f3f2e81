import { HOSTED_CORE, type KubeObject, SERVICES } from '@kubestellar/api';
import type { Objects } from '../hosting/owned.ts';
import type { Settings } from '../settings.ts';
import { CORE_SELECTOR, PORT_NAMES } from './labels.ts';

/** Names of the ports of kcp and the workspace proxy in Services. */
export const SERVICE_PORTS = { kcp: 'https', view: 'view' } as const;

/** A port of a Service that routes to the core. */
interface ServicePort {
  readonly name: string;
  readonly protocol: 'TCP';
  readonly port: number;
  readonly targetPort: string;
  readonly nodePort?: number;
}

/** Ensures the Service by which clients in the cluster reach kcp and the workspace proxy. */
export async function ensureService(objects: Objects, settings: Settings): Promise<void> {
  await objects.ensure<KubeObject>(SERVICES, {
    metadata: { name: HOSTED_CORE.name, labels: { ...CORE_SELECTOR } },
    spec: {
      type: 'ClusterIP',
      selector: { ...CORE_SELECTOR },
      ports: servicePorts(settings),
      // The restart of a controller must not cut off kcp's clients.
      publishNotReadyAddresses: true,
    },
  });
}

/** The ports of a Service that routes to kcp and, if enabled, to the workspace proxy. @param nodePorts requested ones */
export function servicePorts(
  { proxy }: Pick<Settings, 'proxy'>,
  nodePorts: { readonly kcp?: number | undefined; readonly view?: number | undefined } = {},
): ServicePort[] {
  const port = (name: keyof typeof SERVICE_PORTS, number: number): ServicePort => ({
    name: SERVICE_PORTS[name],
    protocol: 'TCP',
    port: number,
    targetPort: PORT_NAMES[name],
    ...(nodePorts[name] ? { nodePort: nodePorts[name] } : {}),
  });
  return [port('kcp', HOSTED_CORE.port), ...(proxy ? [port('view', HOSTED_CORE.proxyPort)] : [])];
}
