import type { KubeObject } from '@kubestellar/api';

/**
 * Names an object of one resource alike on both sides: `namespace|name`, without kcp's logical cluster.
 * @param name that in the cluster, if it is another
 */
export function localKeyOf({ metadata }: KubeObject, name = metadata.name): string {
  return `${metadata.namespace ?? ''}|${name}`;
}
