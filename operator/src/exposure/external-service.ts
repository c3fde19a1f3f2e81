import { HOSTED_CORE, type KubeObject, SERVICES } from '@kubestellar/api';
import { CORE_SELECTOR } from '../core/labels.ts';
import { SERVICE_PORTS, servicePorts } from '../core/service.ts';
import { Rejected } from '../hosting/owned.ts';
import { fine, problem } from '../report.ts';
import type { Endpoint, Exposure, Settings } from '../settings.ts';
import type { ExposureDependencies, ExposureOutcome } from './outcome.ts';

/** A Service in the parts that are read. */
type Service = KubeObject<
  { type?: string; ports?: { name?: string; nodePort?: number }[] },
  { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
>;

type ServiceExposure = Extract<Exposure, { type: 'LoadBalancer' | 'NodePort' }>;

/** Ensures the Service for clients outside of the cluster. */
export async function exposeByService(
  exposure: ServiceExposure,
  settings: Settings,
  { objects }: ExposureDependencies,
): Promise<ExposureOutcome> {
  const wanted = settings.endpoint;
  try {
    const live = await objects.ensure<Service>(SERVICES, externalService(exposure, settings));
    return exposure.type === 'NodePort'
      ? nodePortOutcome(live, exposure, settings)
      : loadBalancerOutcome(live, wanted);
  } catch (error) {
    if (!(error instanceof Rejected) || !/provided port|nodePort/i.test(error.message)) throw error;
    const message = `${error.message}; choose another spec.exposure.nodePort or viewNodePort`;
    return { endpoint: wanted, finding: problem('NodePortTaken', message) };
  }
}

function externalService(
  exposure: ServiceExposure,
  settings: Settings,
): Omit<Service, 'apiVersion' | 'kind'> {
  const nodePorts =
    exposure.type === 'NodePort' ? { kcp: exposure.nodePort, view: exposure.viewNodePort } : {};
  return {
    metadata: { name: HOSTED_CORE.externalService, annotations: { ...exposure.annotations } },
    spec: {
      type: exposure.type,
      selector: { ...CORE_SELECTOR },
      ports: servicePorts(settings, nodePorts),
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

function nodePortOutcome(
  live: Service | undefined,
  { viewNodePort }: Extract<Exposure, { type: 'NodePort' }>,
  { endpoint, proxy }: Settings,
): ExposureOutcome {
  const portOf = (port: keyof typeof SERVICE_PORTS) =>
    live?.spec?.ports?.find(({ name }) => name === SERVICE_PORTS[port])?.nodePort;
  const [port, proxyPort] = [portOf('kcp'), viewNodePort ?? portOf('view')];
  const viewEndpoint = endpoint && proxyPort ? { host: endpoint.host, port: proxyPort } : undefined;
  if (port === undefined || (proxy && proxyPort === undefined)) {
    return { endpoint, finding: problem('WaitingForAddress', 'the cluster has not chosen the port yet') };
  }
  return { endpoint, viewEndpoint, finding: fine('Exposed', `port ${port} of every node`) };
}

function loadBalancerOutcome(live: Service | undefined, wanted: Endpoint | undefined): ExposureOutcome {
  const balancer = live?.status?.loadBalancer?.ingress?.[0];
  const host = balancer?.hostname ?? balancer?.ip;
  const endpoint = wanted ?? (host ? { host, port: HOSTED_CORE.port } : undefined);
  const viewEndpoint = endpoint && { host: endpoint.host, port: HOSTED_CORE.proxyPort };
  if (host === undefined) {
    const message =
      'the cluster has not given the LoadBalancer an address; does it have a load balancer provider? ' +
      'If not, use another spec.exposure.type';
    return { endpoint, viewEndpoint, finding: problem('WaitingForAddress', message) };
  }
  return { endpoint, viewEndpoint, finding: fine('Exposed', `${host} by LoadBalancer`) };
}
