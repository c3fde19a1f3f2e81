/** Which of several sources of one copy counts; pure. */
import { CUSTOM_RESOURCE_DEFINITIONS, groupResourceOf, type KubeObject } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';

const DEFINITIONS = groupResourceOf(CUSTOM_RESOURCE_DEFINITIONS);

/**
 * Whether the oldest source counts, and not the one written last: so it is with CRDs, or one workspace could give another
 * one's objects other versions, which are for ever, by placing a CRD of the same name.
 */
export function isOldestFirst(groupResource: string): boolean {
  return groupResource === DEFINITIONS;
}

/**
 * @param groupResource `plural.group` of the copy
 * @returns compares two sources: the one that counts comes first
 */
export function inOrder(groupResource: string): (a: KubeObject, b: KubeObject) => number {
  const differ = isOldestFirst(groupResource)
    ? (a: KubeObject, b: KubeObject) => createdAt(a) - createdAt(b)
    : (a: KubeObject, b: KubeObject) => versionOf(b) - versionOf(a);
  return (a, b) => differ(a, b) || clusterOf(a).localeCompare(clusterOf(b));
}

function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

function versionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion ?? 0);
}
