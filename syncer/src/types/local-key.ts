import type { KubeObject } from '@kubestellar/api';

/** Names an object of one resource alike on both sides: `namespace|name`, without kcp's logical cluster. */
export function localKeyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}|${name}`;
}
