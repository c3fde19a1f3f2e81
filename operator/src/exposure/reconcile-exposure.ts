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
 * Makes the way by which clients outside of the hosting cluster reach kcp, and removes the ways that are not asked
 * for any more.
 */
export async function reconcileExposure(
  settings: Settings,
  deps: ExposureDependencies,
): Promise<ExposureOutcome> {
  await removeOthers(settings.exposure.type, deps);
  const { exposure, endpoint } = settings;
  switch (exposure.type) {
    case 'None':
      return { endpoint, finding: fine('NotExposed', 'nothing is asked for in spec.exposure') };
    case 'Route':
      return exposeByRoute(exposure, endpoint, deps);
    case 'LoadBalancer':
      return exposeByService(exposure, endpoint, deps);
    case 'NodePort':
      return exposeByService(exposure, endpoint, deps);
    case 'Ingress':
      return endpoint ? exposeByIngress(exposure, endpoint, deps) : ENDPOINT_MISSING;
    case 'TLSRoute':
      return endpoint ? exposeByTlsRoute(exposure, endpoint, deps) : ENDPOINT_MISSING;
  }
}

/** The CRD's rules refuse that; an older CRD may not. */
const ENDPOINT_MISSING: ExposureOutcome = {
  endpoint: undefined,
  finding: problem(
    'EndpointMissing',
    'set spec.externalEndpoint to the host and port by which clients reach it',
  ),
};

/** What each type of exposure makes. */
const MADE_BY: readonly [type: Settings['exposure']['type'], resource: Resource, name: string][] = [
  ['Ingress', INGRESSES, HOSTED_CORE.ingress],
  ['Ingress', INGRESS_ROUTE_TCPS, HOSTED_CORE.ingress],
  ['Route', ROUTES, HOSTED_CORE.route],
  ...TLS_ROUTES.map((resource): (typeof MADE_BY)[number] => ['TLSRoute', resource, HOSTED_CORE.tlsRoute]),
];

async function removeOthers(type: Settings['exposure']['type'], deps: ExposureDependencies): Promise<void> {
  for (const [maker, resource, name] of MADE_BY) {
    if (maker !== type && (resource === INGRESSES || (await deps.served.has(resource)))) {
      await deps.objects.remove(resource, name);
    }
  }
  if (type !== 'LoadBalancer' && type !== 'NodePort')
    await deps.objects.remove(SERVICES, HOSTED_CORE.externalService);
}
