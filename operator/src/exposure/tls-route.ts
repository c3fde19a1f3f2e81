import { HOSTED_CORE, type KubeObject, type Resource, TLS_ROUTES } from '@kubestellar/api';
import { type Finding, fine, problem } from '../report.ts';
import type { Exposure } from '../settings.ts';
import { type Endpoints, type ExposureDependencies, type ExposureOutcome, listRoutes } from './outcome.ts';

/** A TLSRoute in the parts that are read. */
type TLSRoute = KubeObject<
  object,
  { parents?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] }[] }
>;

/** Ensures a TLSRoute for each host, since a route has one backend, in the newest version that the cluster serves. */
export async function exposeByTlsRoute(
  { annotations, parentRefs }: Extract<Exposure, { type: 'TLSRoute' }>,
  endpoints: Endpoints,
  deps: ExposureDependencies,
): Promise<ExposureOutcome> {
  const endpoint = endpoints.kcp;
  const resource = await servedVersion(deps);
  if (!resource) {
    const message =
      'this cluster does not serve TLSRoutes; install the CRDs of the Gateway API and a controller that implements them, ' +
      'or use another spec.exposure.type';
    return { endpoint, finding: problem('KindNotServed', message) };
  }
  const findings = [];
  for (const [index, { host, port }] of listRoutes(endpoints).entries()) {
    const name = index === 0 ? HOSTED_CORE.tlsRoute : HOSTED_CORE.proxyTlsRoute;
    const live = await deps.objects.ensure<TLSRoute>(resource, {
      metadata: { name, annotations: { ...annotations } },
      spec: {
        parentRefs: parentRefs.map((reference) => ({ ...reference })),
        hostnames: [host],
        rules: [{ backendRefs: [{ name: HOSTED_CORE.name, port }] }],
      },
    });
    findings.push(whyNotAccepted(name, live, parentRefs));
  }
  const finding = findings.find((found) => found !== undefined);
  return {
    endpoint,
    finding: finding ?? fine('Exposed', `${endpoint.host} by TLSRoute ${HOSTED_CORE.tlsRoute}`),
  };
}

/** @returns why a TLSRoute does not work; undefined when a Gateway has accepted it */
function whyNotAccepted(
  name: string,
  live: TLSRoute | undefined,
  parentRefs: readonly { name: string }[],
): Finding | undefined {
  const conditions = (live?.status?.parents ?? []).flatMap((parent) => parent.conditions ?? []);
  const refusal = conditions.find(
    ({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status === 'False',
  );
  if (refusal) {
    const why = refusal.message ?? refusal.reason;
    return problem('NotAdmitted', `the Gateway does not accept TLSRoute "${name}": ${why}`);
  }
  if (conditions.some(({ type, status }) => type === 'Accepted' && status === 'True')) return undefined;
  const gateways = parentRefs.map((reference) => reference.name).join(', ');
  return problem(
    'WaitingForAddress',
    `waiting for Gateway ${gateways} to accept TLSRoute "${name}"; does it exist, with a listener of mode Passthrough?`,
  );
}

/** The version of TLSRoutes to use. */
async function servedVersion({ served }: ExposureDependencies): Promise<Resource | undefined> {
  for (const resource of TLS_ROUTES) if (await served.has(resource)) return resource;
  return undefined;
}
