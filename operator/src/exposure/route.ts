import { HOSTED_CORE, type KubeObject, ROUTES } from '@kubestellar/api';
import { SERVICE_PORTS } from '../core/service.ts';
import { type Finding, fine, problem } from '../report.ts';
import type { Endpoint, Exposure } from '../settings.ts';
import type { ExposureDependencies, ExposureOutcome } from './outcome.ts';

/** A Route of OpenShift in the parts that are read. */
type Route = KubeObject<
  { host?: string; [field: string]: unknown },
  {
    ingress?: {
      host?: string;
      conditions?: { type: string; status: string; reason?: string; message?: string }[];
    }[];
  }
>;

/** Where OpenShift's router listens. */
const ROUTER_PORT = 443;

/**
 * Ensures the Routes of kcp and, with a given endpoint, of the workspace proxy. Without a requested endpoint, OpenShift
 * chooses kcp's host.
 */
export async function exposeByRoute(
  { annotations }: Extract<Exposure, { type: 'Route' }>,
  wanted: { readonly kcp: Endpoint | undefined; readonly proxy: Endpoint | undefined },
  { objects, served }: ExposureDependencies,
): Promise<ExposureOutcome> {
  if (!(await served.has(ROUTES))) {
    const message = 'this cluster does not serve Routes: it is no OpenShift; use another spec.exposure.type';
    return { endpoint: wanted.kcp, finding: problem('KindNotServed', message) };
  }
  const ensure = (name: string, host: string | undefined, targetPort: string) =>
    objects.ensure<Route>(ROUTES, {
      metadata: { name, annotations: { ...annotations } },
      spec: {
        ...(host ? { host } : {}),
        to: { kind: 'Service', name: HOSTED_CORE.name, weight: 100 },
        port: { targetPort },
        tls: { termination: 'passthrough', insecureEdgeTerminationPolicy: 'None' },
      },
    });
  const live = await ensure(HOSTED_CORE.route, wanted.kcp?.host, SERVICE_PORTS.kcp);
  const { proxy } = wanted;
  const proxyRoute = proxy && (await ensure(HOSTED_CORE.proxyRoute, proxy.host, SERVICE_PORTS.view));
  const host = wanted.kcp?.host ?? live?.status?.ingress?.[0]?.host ?? live?.spec?.host;
  const endpoint = wanted.kcp ?? (host ? { host, port: ROUTER_PORT } : undefined);
  const blocker =
    whyNotAdmitted(HOSTED_CORE.route, live) ??
    (proxy ? whyNotAdmitted(HOSTED_CORE.proxyRoute, proxyRoute) : undefined);
  return { endpoint, finding: blocker ?? fine('Exposed', `${host} by Route ${HOSTED_CORE.route}`) };
}

/** @returns why a Route does not work; undefined when the router has admitted it */
function whyNotAdmitted(name: string, live: Route | undefined): Finding | undefined {
  const admissions = (live?.status?.ingress ?? []).flatMap(({ conditions = [] }) =>
    conditions.filter(({ type }) => type === 'Admitted'),
  );
  if (admissions.some(({ status }) => status === 'True')) return undefined;
  const refusal = admissions.find(({ status }) => status === 'False');
  if (!refusal) {
    return problem('WaitingForAddress', `waiting for OpenShift's router to admit Route "${name}"`);
  }
  const why = refusal.message ?? refusal.reason ?? 'no reason given';
  return problem('NotAdmitted', `OpenShift's router does not admit Route "${name}": ${why}`);
}
