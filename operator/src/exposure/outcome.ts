import { HOSTED_CORE } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import type { Served } from '../hosting/served.ts';
import type { Finding } from '../report.ts';
import type { Endpoint } from '../settings.ts';

/** What the reconcile of the exposure works with. */
export interface ExposureDependencies {
  readonly objects: Objects;
  readonly client: KubeClient;
  readonly served: Served;
}

/** State of the exposure, and its endpoint once that is known. */
export interface ExposureOutcome {
  readonly finding: Finding;
  readonly endpoint: Endpoint | undefined;
  /** Endpoint of the workspace proxy, if the exposure of kcp determines it. */
  readonly viewEndpoint?: Endpoint | undefined;
}

/** The requested endpoints for clients outside of the cluster. */
export interface Endpoints {
  readonly kcp: Endpoint;
  readonly proxy: Endpoint | undefined;
}

/** The hosts that distinguish connections, each with the port of the Service to which it is routed. */
export function listRoutes({ kcp, proxy }: Endpoints): { host: string; port: number }[] {
  return [
    { host: kcp.host, port: HOSTED_CORE.port },
    ...(proxy ? [{ host: proxy.host, port: HOSTED_CORE.proxyPort }] : []),
  ];
}
