import { HOSTED_CORE, type KubeObject, type Resource, TLS_ROUTES } from '@kubestellar/api';
import { fine, problem } from '../report.ts';
import type { Endpoint, Exposure } from '../settings.ts';
import type { ExposureDependencies, ExposureOutcome } from './outcome.ts';

/** A TLSRoute in the parts that are read. */
type TLSRoute = KubeObject<
  object,
  { parents?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] }[] }
>;

/** Makes the TLSRoute, in the newest version that the cluster serves. */
export async function exposeByTlsRoute(
  { annotations, parentRefs }: Extract<Exposure, { type: 'TLSRoute' }>,
  endpoint: Endpoint,
  deps: ExposureDependencies,
): Promise<ExposureOutcome> {
  const resource = await servedVersion(deps);
  if (!resource) {
    const message =
      'this cluster does not serve TLSRoutes; install the CRDs of the Gateway API and a controller that knows them, ' +
      'or use another spec.exposure.type';
    return { endpoint, finding: problem('KindNotServed', message) };
  }
  const live = await deps.objects.ensure<TLSRoute>(resource, {
    metadata: { name: HOSTED_CORE.tlsRoute, annotations: { ...annotations } },
    spec: {
      parentRefs: parentRefs.map((reference) => ({ ...reference })),
      hostnames: [endpoint.host],
      rules: [{ backendRefs: [{ name: HOSTED_CORE.name, port: HOSTED_CORE.port }] }],
    },
  });
  const conditions = (live?.status?.parents ?? []).flatMap((parent) => parent.conditions ?? []);
  const refusal = conditions.find(
    ({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status === 'False',
  );
  if (refusal) {
    const message = `the Gateway does not take TLSRoute "${HOSTED_CORE.tlsRoute}": ${refusal.message ?? refusal.reason}`;
    return { endpoint, finding: problem('NotAdmitted', message) };
  }
  if (conditions.some(({ type, status }) => type === 'Accepted' && status === 'True')) {
    return { endpoint, finding: fine('Exposed', `${endpoint.host} by TLSRoute ${HOSTED_CORE.tlsRoute}`) };
  }
  const gateways = parentRefs.map(({ name }) => name).join(', ');
  const message = `waiting for Gateway ${gateways} to accept TLSRoute "${HOSTED_CORE.tlsRoute}"; does it exist, with a listener of mode Passthrough?`;
  return { endpoint, finding: problem('WaitingForAddress', message) };
}

/** The version of TLSRoutes to use. */
async function servedVersion({ served }: ExposureDependencies): Promise<Resource | undefined> {
  for (const resource of TLS_ROUTES) if (await served.has(resource)) return resource;
  return undefined;
}
