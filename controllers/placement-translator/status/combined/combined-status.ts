/** The object by which people see the state of one object on all of its clusters; pure. */
import { createHash } from 'node:crypto';
import {
  COMBINED_STATUSES,
  type CollectorResult,
  type CombinedFailure,
  type CombinedStatus,
  combinedStatusName,
  groupResourceOf,
  type KubeObject,
  NAMESPACE_OF_CLUSTER_SCOPED,
  OBJECT_FAILING,
  OBJECT_KIND,
  type Resource,
} from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { fewOf, type Tally, toldFailures } from './object-status.ts';

/** The form of a CombinedStatus in which the cache holds it: enough to tell whether it must be written. */
export interface CachedStatus extends KubeObject<never, never> {
  /** Of all that we write. */
  digest: string;
  /** What it tells that is wrong. */
  problems: readonly string[];
}

/** @returns the key of an object's CombinedStatus in its workspace */
export function statusKey(cluster: string, resource: Resource, namespace: string, name: string): string {
  return formatKey({
    cluster,
    namespace: namespace || NAMESPACE_OF_CLUSTER_SCOPED,
    name: combinedStatusName(groupResourceOf(resource), name),
  });
}

/** @param object what it is about; of its metadata name, namespace and uid count */
export function combinedStatusOf(
  resource: Resource,
  object: KubeObject,
  tally: Tally,
  results: readonly CollectorResult[] = [],
): CombinedStatus {
  const { name, namespace = '', uid } = object.metadata;
  const { wanted, applied, failing, available, unknown, replicas, silent } = tally;
  const failures = toldFailures(tally.failures);
  const groupResource = groupResourceOf(resource);
  return {
    apiVersion: `${COMBINED_STATUSES.group}/${COMBINED_STATUSES.version}`,
    kind: COMBINED_STATUSES.kind,
    metadata: {
      name: combinedStatusName(groupResource, name),
      namespace: namespace || NAMESPACE_OF_CLUSTER_SCOPED,
      labels: { [OBJECT_KIND]: resource.kind, ...(failing > 0 ? { [OBJECT_FAILING]: 'yes' } : {}) },
    },
    object: {
      ...(resource.group ? { apiGroup: resource.group } : {}),
      version: resource.version,
      resource: resource.plural,
      kind: resource.kind,
      ...(namespace ? { namespace } : {}),
      name,
      ...(uid ? { uid } : {}),
    },
    clusters: { wanted, applied, failing, available, unknown },
    ...(replicas ? { replicas } : {}),
    ...(failures.length > 0 ? { failures } : {}),
    ...(silent.length > 0 ? { silent: fewOf(silent) } : {}),
    ...(results.length > 0 ? { results: [...results] } : {}),
  };
}

/** Keeps of a CombinedStatus what is needed to compare it. */
export function forCache(status: CombinedStatus): CachedStatus {
  const { apiVersion, kind, metadata, failures = [] } = status;
  const { managedFields: _, ...kept } = metadata;
  return { apiVersion, kind, metadata: kept, digest: digestOf(status), problems: problemsIn(failures) };
}

/** @returns what tells one problem from another, for each that is told */
export function problemsIn(failures: readonly CombinedFailure[]): string[] {
  return failures.map(({ reason, message }) => `${reason}|${message}`);
}

/** @returns the same text for the same content, whatever the order of its fields and whoever else labels it */
export function digestOf(status: CombinedStatus): string {
  const { metadata, object, clusters, replicas, failures = [], silent = [], results = [] } = status;
  const labels = [metadata.labels?.[OBJECT_KIND], metadata.labels?.[OBJECT_FAILING]];
  const content = sorted({ labels, object, clusters, replicas, failures, silent, results });
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
  );
}
