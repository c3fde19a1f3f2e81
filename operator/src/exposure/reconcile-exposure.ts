import {
  HOSTED_CORE,
  INGRESS_ROUTE_TCPS,
  INGRESSES,
  type Resource,
  ROUTES,
  SERVICES,
  TLS_ROUTES,
} from '@kubestellar/api';
import { fine, problem } from '../report.ts';
import type { Settings } from '../settings.ts';
import { exposeByService } from './external-service.ts';
import { exposeByIngress } from './ingress.ts';
import type { ExposureDependencies, ExposureOutcome } from './outcome.ts';
import { exposeByRoute } from './route.ts';
import { exposeByTlsRoute } from './tls-route.ts';

/**
 * Ensures the exposure of kcp and the workspace proxy to clients outside of the hosting cluster, and removes
 * exposures that are no longer requested.
 */
export async function reconcileExposure(
  settings: Settings,
  deps: ExposureDependencies,
): Promise<ExposureOutcome> {
  await removeOthers(settings, deps);
  const outcome = await expose(settings, deps);
  const { proxy } = settings;
  return { ...outcome, viewEndpoint: proxy && (proxy.endpoint ?? outcome.viewEndpoint) };
}

async function expose(settings: Settings, deps: ExposureDependencies): Promise<ExposureOutcome> {
  const { exposure, endpoint } = settings;
  const proxy = settings.proxy?.endpoint;
  switch (exposure.type) {
    case 'None':
      return { endpoint, finding: fine('NotExposed', 'spec.exposure requests no exposure') };
    case 'Route':
      return exposeByRoute(exposure, { kcp: endpoint, proxy }, deps);
    case 'LoadBalancer':
      return exposeByService(exposure, settings, deps);
    case 'NodePort':
      return exposeByService(exposure, settings, deps);
    case 'Ingress':
      return endpoint ? exposeByIngress(exposure, { kcp: endpoint, proxy }, deps) : ENDPOINT_MISSING;
    case 'TLSRoute':
      return endpoint ? exposeByTlsRoute(exposure, { kcp: endpoint, proxy }, deps) : ENDPOINT_MISSING;
  }
}

/** The CRD's rules refuse this; those of an older CRD may not. */
const ENDPOINT_MISSING: ExposureOutcome = {
  endpoint: undefined,
  finding: problem(
    'EndpointMissing',
    'set spec.externalEndpoint to the host and port at which clients reach the core',
  ),
};

/** What each type of exposure creates; the workspace proxy has objects of its own only with a given endpoint. */
const MADE_BY: readonly [
  type: Settings['exposure']['type'],
  resource: Resource,
  name: string,
  isOfProxy: boolean,
][] = [
  ['Ingress', INGRESSES, HOSTED_CORE.ingress, false],
  ['Ingress', INGRESS_ROUTE_TCPS, HOSTED_CORE.ingress, false],
  ['Route', ROUTES, HOSTED_CORE.route, false],
  ['Route', ROUTES, HOSTED_CORE.proxyRoute, true],
  ...TLS_ROUTES.flatMap((resource): (typeof MADE_BY)[number][] => [
    ['TLSRoute', resource, HOSTED_CORE.tlsRoute, false],
    ['TLSRoute', resource, HOSTED_CORE.proxyTlsRoute, true],
  ]),
];

async function removeOthers(
  { exposure: { type }, proxy }: Settings,
  deps: ExposureDependencies,
): Promise<void> {
  for (const [maker, resource, name, isOfProxy] of MADE_BY) {
    if (maker === type && (!isOfProxy || proxy?.endpoint)) continue;
    if (resource === INGRESSES || (await deps.served.has(resource))) {
      await deps.objects.remove(resource, name);
    }
  }
  if (type !== 'LoadBalancer' && type !== 'NodePort')
    await deps.objects.remove(SERVICES, HOSTED_CORE.externalService);
}
