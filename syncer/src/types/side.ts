import type { KubeClient } from '@kubestellar/kube';

/** One of the two servers between which the syncer moves objects. */
export interface Side {
  readonly name: 'mailbox' | 'wec';
  readonly client: KubeClient;
}
