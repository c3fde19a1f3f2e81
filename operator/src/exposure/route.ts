import { HOSTED_CORE, type KubeObject, ROUTES } from '@kubestellar/api';
import { fine, problem } from '../report.ts';
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

/** Makes the Route. Without an endpoint that is asked for, its host is the one that OpenShift gives it. */
export async function exposeByRoute(
  { annotations }: Extract<Exposure, { type: 'Route' }>,
  wanted: Endpoint | undefined,
  { objects, served }: ExposureDependencies,
): Promise<ExposureOutcome> {
  if (!(await served.has(ROUTES))) {
    const message = 'this cluster does not serve Routes: it is no OpenShift; use another spec.exposure.type';
    return { endpoint: wanted, finding: problem('KindNotServed', message) };
  }
  const live = await objects.ensure<Route>(ROUTES, {
    metadata: { name: HOSTED_CORE.route, annotations: { ...annotations } },
    spec: {
      ...(wanted ? { host: wanted.host } : {}),
      to: { kind: 'Service', name: HOSTED_CORE.name, weight: 100 },
      port: { targetPort: 'https' },
      tls: { termination: 'passthrough', insecureEdgeTerminationPolicy: 'None' },
    },
  });
  const ingress = live?.status?.ingress ?? [];
  const host = wanted?.host ?? ingress[0]?.host ?? live?.spec?.host;
  const endpoint = wanted ?? (host ? { host, port: ROUTER_PORT } : undefined);
  const admissions = ingress.flatMap(({ conditions = [] }) =>
    conditions.filter(({ type }) => type === 'Admitted'),
  );
  if (admissions.some(({ status }) => status === 'True')) {
    return { endpoint, finding: fine('Exposed', `${host} by Route ${HOSTED_CORE.route}`) };
  }
  const refusal = admissions.find(({ status }) => status === 'False');
  if (refusal) {
    const why = refusal.message ?? refusal.reason ?? 'for no reason that it tells';
    return {
      endpoint,
      finding: problem('NotAdmitted', `OpenShift's router does not admit the Route: ${why}`),
    };
  }
  const message = `waiting for OpenShift's router to admit Route "${HOSTED_CORE.route}"`;
  return { endpoint, finding: problem('WaitingForAddress', message) };
}
