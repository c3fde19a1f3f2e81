import type { KubeObject } from '@kubestellar/api';

/** The annotation in which kcp names an object's logical cluster; absent on ordinary clusters. */
const CLUSTER = 'kcp.io/cluster';

/** Identifies an object across workspaces. `cluster` is '' on an ordinary cluster, `namespace` '' without one. */
export interface ObjectKey {
  cluster: string;
  namespace: string;
  name: string;
}

/** @returns the logical cluster of an object of a cross-workspace response, or '' */
export function clusterOf(object: KubeObject): string {
  return object.metadata.annotations?.[CLUSTER] ?? '';
}

/** @returns `cluster/namespace/name`; no name contains a slash, so it can be parsed back */
export function keyOf(object: KubeObject): string {
  return formatKey({
    cluster: clusterOf(object),
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
  });
}

/** The inverse of parseKey. */
export function formatKey(key: ObjectKey): string {
  return `${key.cluster}/${key.namespace}/${key.name}`;
}

/** The inverse of formatKey. */
export function parseKey(key: string): ObjectKey {
  const [cluster = '', namespace = '', name = ''] = key.split('/');
  return { cluster, namespace, name };
}
