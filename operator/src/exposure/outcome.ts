import { HOSTED_CORE } from '@kubestellar/api';
import type { KubeClient } from '@kubestellar/kube';
import type { Objects } from '../hosting/owned.ts';
import type { Served } from '../hosting/served.ts';
import type { Finding } from '../report.ts';
import type { Endpoint } from '../settings.ts';

/** What making the way from outside works with. */
export interface ExposureDependencies {
  readonly objects: Objects;
  readonly client: KubeClient;
  readonly served: Served;
}

/** How far the way from outside is, and where it begins once that is known. */
export interface ExposureOutcome {
  readonly finding: Finding;
  readonly endpoint: Endpoint | undefined;
  /** Where the way to the view begins, if the way to kcp tells. */
  readonly viewEndpoint?: Endpoint | undefined;
}

/** Where clients outside are to reach kcp and, if asked for, the view. */
export interface Endpoints {
  readonly kcp: Endpoint;
  readonly view: Endpoint | undefined;
}

/** The hosts by which connections are told apart, each with the port of the Service that they go to. */
export function passagesOf({ kcp, view }: Endpoints): { host: string; port: number }[] {
  return [
    { host: kcp.host, port: HOSTED_CORE.port },
    ...(view ? [{ host: view.host, port: HOSTED_CORE.viewPort }] : []),
  ];
}
