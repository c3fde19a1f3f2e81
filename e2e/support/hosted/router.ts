import type { Release } from './release.ts';

const ROUTE = 'routes.route.openshift.io/kubestellar-route';
const WAY = 'stand-in-router';

/** A Route in the parts that a router reads. */
interface Route {
  readonly spec: {
    readonly to: { readonly name: string };
    readonly port: { readonly targetPort: string };
    readonly tls: { readonly termination: string };
  };
}

/**
 * A stand-in for OpenShift's router, of which there is none here: it gives the core's Route a host and admits it, and
 * has Traefik pass on to the Route's Service what comes under that host.
 */
export class RouterStandIn {
  readonly #release: Release;
  readonly #host: string;

  constructor(release: Release, host: string) {
    this.#release = release;
    this.#host = host;
  }

  /** Waits for the Route, and admits it. @throws when its TLS is not to be passed through */
  async admit(): Promise<void> {
    const { hosting, namespace } = this.#release;
    await hosting.must(`kubectl wait --for=create ${ROUTE} -n ${namespace} --timeout=60s`);
    const { spec } = JSON.parse(await hosting.must(`kubectl get ${ROUTE} -n ${namespace} -o json`)) as Route;
    if (spec.tls.termination !== 'passthrough') throw new Error(`termination: ${spec.tls.termination}`);
    const way = {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'IngressRouteTCP',
      metadata: { name: WAY, namespace },
      spec: {
        routes: [
          {
            match: `HostSNI(\`${this.#host}\`)`,
            services: [{ name: spec.to.name, port: spec.port.targetPort }],
          },
        ],
        tls: { passthrough: true },
      },
    };
    const status = {
      ingress: [{ host: this.#host, routerName: WAY, conditions: [{ type: 'Admitted', status: 'True' }] }],
    };
    await hosting.must(`kubectl create -f - <<'END'
${JSON.stringify(way)}
END
      kubectl patch ${ROUTE} -n ${namespace} --subresource=status --type=merge -p '${JSON.stringify({ status })}'`);
  }

  /** Passes nothing on any more. */
  async stop(): Promise<void> {
    const { hosting, namespace } = this.#release;
    await hosting.must(`kubectl delete ingressroutetcps.traefik.io/${WAY} -n ${namespace}`);
  }
}
