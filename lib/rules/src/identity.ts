/** How a synced copy names its source (docs/rules.md, api 4). */
import type { KubeObject } from '@kubestellar/api';

/** `<Kind>/<namespace>/<name>`; the namespace of a cluster-scoped object is empty. */
export function identityOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/**
 * Whether the object itself, and not an owner that its annotation was inherited from, carries its
 * identity under the annotation `key`. Controllers copy annotations to what they own (Deployment →
 * ReplicaSet), hence the comparison.
 */
export function carriesOwnIdentity(object: KubeObject, key: string): boolean {
  return object.metadata.annotations?.[key] === identityOf(object);
}
