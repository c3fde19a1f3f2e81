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
 * Makes the way by which clients outside of the hosting cluster reach kcp and the view, and removes the ways that are
 * not asked for any more.
 */
export async function reconcileExposure(
  settings: Settings,
  deps: ExposureDependencies,
): Promise<ExposureOutcome> {
  await removeOthers(settings, deps);
  const outcome = await expose(settings, deps);
  const { view } = settings;
  return { ...outcome, viewEndpoint: view && (view.endpoint ?? outcome.viewEndpoint) };
}

async function expose(settings: Settings, deps: ExposureDependencies): Promise<ExposureOutcome> {
  const { exposure, endpoint } = settings;
  const view = settings.view?.endpoint;
  switch (exposure.type) {
    case 'None':
      return { endpoint, finding: fine('NotExposed', 'nothing is asked for in spec.exposure') };
    case 'Route':
      return exposeByRoute(exposure, { kcp: endpoint, view }, deps);
    case 'LoadBalancer':
      return exposeByService(exposure, settings, deps);
    case 'NodePort':
      return exposeByService(exposure, settings, deps);
    case 'Ingress':
      return endpoint ? exposeByIngress(exposure, { kcp: endpoint, view }, deps) : ENDPOINT_MISSING;
    case 'TLSRoute':
      return endpoint ? exposeByTlsRoute(exposure, { kcp: endpoint, view }, deps) : ENDPOINT_MISSING;
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

/** What each type of exposure makes; what is the view's own, only for a view with an endpoint that is given. */
const MADE_BY: readonly [
  type: Settings['exposure']['type'],
  resource: Resource,
  name: string,
  isOfView: boolean,
][] = [
  ['Ingress', INGRESSES, HOSTED_CORE.ingress, false],
  ['Ingress', INGRESS_ROUTE_TCPS, HOSTED_CORE.ingress, false],
  ['Route', ROUTES, HOSTED_CORE.route, false],
  ['Route', ROUTES, HOSTED_CORE.viewRoute, true],
  ...TLS_ROUTES.flatMap((resource): (typeof MADE_BY)[number][] => [
    ['TLSRoute', resource, HOSTED_CORE.tlsRoute, false],
    ['TLSRoute', resource, HOSTED_CORE.viewTlsRoute, true],
  ]),
];

async function removeOthers(
  { exposure: { type }, view }: Settings,
  deps: ExposureDependencies,
): Promise<void> {
  for (const [maker, resource, name, isOfView] of MADE_BY) {
    if (maker === type && (!isOfView || view?.endpoint)) continue;
    if (resource === INGRESSES || (await deps.served.has(resource))) {
      await deps.objects.remove(resource, name);
    }
  }
  if (type !== 'LoadBalancer' && type !== 'NodePort')
    await deps.objects.remove(SERVICES, HOSTED_CORE.externalService);
}
