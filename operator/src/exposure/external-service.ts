import { HOSTED_CORE, type KubeObject, SERVICES } from '@kubestellar/api';
import { CORE_SELECTOR, PORT_NAMES } from '../core/labels.ts';
import { Rejected } from '../hosting/owned.ts';
import { fine, problem } from '../report.ts';
import type { Endpoint, Exposure } from '../settings.ts';
import type { ExposureDependencies, ExposureOutcome } from './outcome.ts';

/** A Service in the parts that are read. */
type Service = KubeObject<
  { type?: string; ports?: { nodePort?: number }[] },
  { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
>;

type ServiceExposure = Extract<Exposure, { type: 'LoadBalancer' | 'NodePort' }>;

/** Makes the Service for clients outside. */
export async function exposeByService(
  exposure: ServiceExposure,
  wanted: Endpoint | undefined,
  { objects }: ExposureDependencies,
): Promise<ExposureOutcome> {
  try {
    const live = await objects.ensure<Service>(SERVICES, externalService(exposure));
    return exposure.type === 'NodePort' ? nodePortOutcome(live, wanted) : loadBalancerOutcome(live, wanted);
  } catch (error) {
    if (!(error instanceof Rejected) || !/provided port|nodePort/i.test(error.message)) throw error;
    const message = `${error.message}; choose another spec.exposure.nodePort`;
    return { endpoint: wanted, finding: problem('NodePortTaken', message) };
  }
}

function externalService(exposure: ServiceExposure): Omit<Service, 'apiVersion' | 'kind'> {
  const nodePort = exposure.type === 'NodePort' ? exposure.nodePort : undefined;
  const port = {
    name: 'https',
    protocol: 'TCP',
    port: HOSTED_CORE.port,
    targetPort: PORT_NAMES.kcp,
    ...(nodePort ? { nodePort } : {}),
  };
  return {
    metadata: { name: HOSTED_CORE.externalService, annotations: { ...exposure.annotations } },
    spec: {
      type: exposure.type,
      selector: { ...CORE_SELECTOR },
      ports: [port],
      publishNotReadyAddresses: true,
      ...(exposure.type === 'LoadBalancer' && exposure.loadBalancerClass
        ? { loadBalancerClass: exposure.loadBalancerClass }
        : {}),
      ...(exposure.type === 'LoadBalancer' && exposure.sourceRanges
        ? { loadBalancerSourceRanges: [...exposure.sourceRanges] }
        : {}),
    } as Service['spec'] & object,
  };
}

function nodePortOutcome(live: Service | undefined, endpoint: Endpoint | undefined): ExposureOutcome {
  const port = live?.spec?.ports?.[0]?.nodePort;
  if (port === undefined) {
    return { endpoint, finding: problem('WaitingForAddress', 'the cluster has not chosen the port yet') };
  }
  return { endpoint, finding: fine('Exposed', `at port ${port} of every node`) };
}

function loadBalancerOutcome(live: Service | undefined, wanted: Endpoint | undefined): ExposureOutcome {
  const balancer = live?.status?.loadBalancer?.ingress?.[0];
  const host = balancer?.hostname ?? balancer?.ip;
  const endpoint = wanted ?? (host ? { host, port: HOSTED_CORE.port } : undefined);
  if (host === undefined) {
    const message =
      'the cluster has not given the LoadBalancer an address; does it have a load balancer provider? ' +
      'If not, use another spec.exposure.type';
    return { endpoint, finding: problem('WaitingForAddress', message) };
  }
  return { endpoint, finding: fine('Exposed', `${host} by LoadBalancer`) };
}
