/** Exposure by an Ingress, or by the kind that the class's controller has for TLS passthrough. */
import {
  HOSTED_CORE,
  INGRESS_CLASSES,
  INGRESS_ROUTE_TCPS,
  INGRESSES,
  type KubeObject,
} from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import { fine, problem } from '../report.ts';
import type { Exposure } from '../settings.ts';
import { type Endpoints, type ExposureDependencies, type ExposureOutcome, listRoutes } from './outcome.ts';

type IngressExposure = Extract<Exposure, { type: 'Ingress' }>;
type IngressClass = KubeObject<{ controller?: string }, never>;
type Ingress = KubeObject<object, { loadBalancer?: { ingress?: unknown[] } }>;

/** The annotations for TLS passthrough, by the `controller` of the IngressClass. */
const PASSTHROUGH: readonly [controller: RegExp, annotations: Readonly<Record<string, string>>][] = [
  [
    /^k8s\.io\/(ingress-)?nginx/,
    {
      'nginx.ingress.kubernetes.io/ssl-passthrough': 'true',
      'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS',
      'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
    },
  ],
  [/^haproxy\.org\/ingress-controller/, { 'haproxy.org/ssl-passthrough': 'true' }],
  [/^haproxy-ingress\.github\.io\/controller/, { 'haproxy-ingress.github.io/ssl-passthrough': 'true' }],
];

/** Traefik's Ingress has no passthrough; its own kind does. */
const TRAEFIK = /^traefik\.io\/ingress-controller/;
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

/** Ensures the Ingress, of the requested class or the cluster's default. */
export async function exposeByIngress(
  exposure: IngressExposure,
  endpoints: Endpoints,
  deps: ExposureDependencies,
): Promise<ExposureOutcome> {
  const endpoint = endpoints.kcp;
  const found = await findClass(deps.client, exposure.ingressClassName);
  if (typeof found === 'string') return { endpoint, finding: problem('IngressClassMissing', found) };
  const controller = found.spec?.controller ?? '';
  if (TRAEFIK.test(controller)) return exposeByTraefik(exposure, endpoints, deps);
  const annotations = PASSTHROUGH.find(([pattern]) => pattern.test(controller))?.[1];
  if (!annotations && Object.keys(exposure.annotations).length === 0) {
    const message =
      `the annotations for TLS passthrough of controller "${controller}" (IngressClass "${found.metadata.name}") are not known; ` +
      'set them in spec.exposure.annotations, or use another class';
    return { endpoint, finding: problem('PassthroughUnknown', message) };
  }
  await deps.objects.remove(INGRESS_ROUTE_TCPS, HOSTED_CORE.ingress);
  await deps.objects.ensure<Ingress>(INGRESSES, {
    metadata: { name: HOSTED_CORE.ingress, annotations: { ...annotations, ...exposure.annotations } },
    spec: {
      ingressClassName: found.metadata.name,
      rules: listRoutes(endpoints).map(({ host, port }) => {
        const backend = { service: { name: HOSTED_CORE.name, port: { number: port } } };
        return { host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
      }),
    },
  });
  // Many controllers never report an address, so the Ingress counts as exposed once it exists.
  return {
    endpoint,
    finding: fine('Exposed', `${endpoint.host}:${endpoint.port} by Ingress class ${found.metadata.name}`),
  };
}

async function exposeByTraefik(
  exposure: IngressExposure,
  endpoints: Endpoints,
  { objects, served }: ExposureDependencies,
): Promise<ExposureOutcome> {
  const endpoint = endpoints.kcp;
  if (!(await served.has(INGRESS_ROUTE_TCPS))) {
    const message =
      'Traefik passes TLS through with the kind IngressRouteTCP, which this cluster does not serve; ' +
      "install Traefik's CRDs, or use the class of its ingress-nginx provider or spec.exposure.type TLSRoute";
    return { endpoint, finding: problem('KindNotServed', message) };
  }
  await objects.remove(INGRESSES, HOSTED_CORE.ingress);
  await objects.ensure<KubeObject>(INGRESS_ROUTE_TCPS, {
    metadata: { name: HOSTED_CORE.ingress, annotations: { ...exposure.annotations } },
    spec: {
      routes: listRoutes(endpoints).map(({ host, port }) => ({
        match: `HostSNI(\`${host}\`)`,
        services: [{ name: HOSTED_CORE.name, port }],
      })),
      tls: { passthrough: true },
    },
  });
  return { endpoint, finding: fine('Exposed', `${endpoint.host}:${endpoint.port} by IngressRouteTCP`) };
}

/** @returns the class, or why there is none */
async function findClass(client: KubeClient, name: string | undefined): Promise<IngressClass | string> {
  if (name !== undefined) {
    const named = await client.get<IngressClass>(INGRESS_CLASSES, { name });
    return named ?? `IngressClass "${name}" does not exist; the cluster has: ${await classNames(client)}`;
  }
  const classes = await client.list<IngressClass>(INGRESS_CLASSES);
  const marked = classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true');
  if (marked) return marked;
  if (classes.length === 1 && classes[0]) return classes[0];
  if (classes.length > 1) {
    return `no IngressClass is marked as default; set spec.exposure.ingressClassName to one of ${await classNames(client)}`;
  }
  return 'the cluster has no IngressClass; install an ingress controller with TLS passthrough, or use another spec.exposure.type';
}

async function classNames(client: KubeClient): Promise<string> {
  const classes = await client.list<IngressClass>(INGRESS_CLASSES);
  return classes.map(({ metadata }) => metadata.name).join(', ') || 'none';
}
