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
}
