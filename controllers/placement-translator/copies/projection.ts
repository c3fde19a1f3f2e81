import {
  API_OF_DEFINITION,
  CONVERSION,
  CREATED_FIELDS,
  DEFINED_BY,
  DELETION_POLICY,
  groupResourceOf,
  isSystemKey,
  type KubeObject,
  LAST_APPLIED,
  NAMESPACES,
  nativeName,
  nativeResource,
  ORIGIN,
  PLACED_BY,
  PROJECTED,
  PROJECTED_VALUE,
  QUARANTINED,
  type Resource,
  VALIDATION_ERROR_PREFIX,
} from '@kubestellar/api';
import { formatMark, type Origin, type SourceId } from '@kubestellar/rules';
import type { Want } from '../keys.ts';

/** What each server sets for itself is not ours to copy; nor is what we tell the user of a source. */
const OWN_KEYS = new Set([
  'kubernetes.io/metadata.name',
  LAST_APPLIED,
  CREATED_FIELDS,
  ORIGIN,
  API_OF_DEFINITION,
  CONVERSION,
  PLACED_BY,
  DEFINED_BY,
  QUARANTINED,
]);

/**
 * The mailbox copy of a workload object: what the user wrote, labelled as ours, without what the source's
 * server or controllers added, such as finalizers, last-applied and kcp keys (docs/rules.md, semantics 6.1).
 * @param name that of the copy, which is another for some twins
 * @returns the object to apply in the mailbox workspace
 */
export function projectionOf(resource: Resource, name: string, source: KubeObject): KubeObject {
  const { metadata, status: _status, apiVersion: _version, kind: _kind, ...content } = source;
  const annotations = copied(metadata.annotations);
  return {
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: {
      name,
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      labels: { ...copied(metadata.labels), [PROJECTED]: PROJECTED_VALUE },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    ...userContent(groupResourceOf(resource), content),
  };
}

/** @returns the copy with what is to be known of it when nobody wants it any more (desired/brake) */
export function withPlacements(
  copy: KubeObject,
  wants: readonly Want[],
  definers: readonly (string | undefined)[],
): KubeObject {
  const isOrphaned = wants.some((want) => want.isOrphaned);
  const annotations = {
    ...(isOrphaned ? { [DELETION_POLICY]: 'Orphan' } : {}),
    // What the user of the object says takes precedence.
    ...copy.metadata.annotations,
    [PLACED_BY]: placedBy(wants),
    [DEFINED_BY]: listOf(definers),
  };
  return { ...copy, metadata: { ...copy.metadata, annotations } };
}

/** @returns who leads an object somewhere, as the annotation says it */
export function placedBy(wants: readonly Want[]): string {
  return listOf(wants.flatMap(({ placements = [] }) => placements));
}

function listOf(uids: readonly (string | undefined)[]): string {
  return [...new Set(uids.filter((uid) => uid !== undefined))].sort().join(',');
}

/** A Namespace that exists in a mailbox only because objects in it do (docs/rules.md, semantics 6.3). */
export function implicitNamespace(name: string, origin: Origin): KubeObject {
  const namespace: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { [PROJECTED]: PROJECTED_VALUE } },
  };
  return withMark(NAMESPACES, namespace, origin, []);
}

/** @returns a copy with the mark that says whose it is, and what it is made of, under its native names */
export function withMark(
  resource: Resource,
  copy: KubeObject,
  origin: Origin,
  sources: readonly SourceId[],
): KubeObject {
  const { name, namespace = '', annotations } = copy.metadata;
  const mark = formatMark({
    ...origin,
    resource: groupResourceOf(nativeResource(resource)),
    namespace,
    name: nativeName(resource, name),
    sources,
  });
  return { ...copy, metadata: { ...copy.metadata, annotations: { ...annotations, [ORIGIN]: mark } } };
}

/** @returns true for copies that we keep in mailboxes */
export function isProjected(object: KubeObject): boolean {
  return object.metadata.labels?.[PROJECTED] === PROJECTED_VALUE;
}

function copied(map: { [key: string]: string } | undefined): { [key: string]: string } {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !isSystemKey(key) && !isOwnKey(key)));
}

function isOwnKey(key: string): boolean {
  return OWN_KEYS.has(key) || key.startsWith(VALIDATION_ERROR_PREFIX);
}

function userContent(groupResource: string, content: { [field: string]: unknown }): object {
  switch (groupResource) {
    case 'namespaces':
      return {}; // spec.finalizers is each server's own
    case 'serviceaccounts': {
      const { secrets: _, ...rest } = content; // each server's token controller writes them
      return rest;
    }
    default:
      return content;
  }
}
