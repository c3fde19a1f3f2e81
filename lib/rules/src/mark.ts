/** The mark of a copy: whose it is and what it was made of. One form, one parser (docs/decisions/0015-marks-with-origin.md); pure. */
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  groupResourceOf,
  type KubeObject,
  NAMESPACES,
  ORIGIN,
} from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';

/** Whose a copy is: of which core, and for which of its SyncTargets. */
export interface Origin {
  /** UID of the LogicalCluster of the core's ESPW: survives a restart and a restore, and no two cores share it. */
  readonly core: string;
  /** UID of the SyncTarget. */
  readonly syncTarget: string;
}

/** An object that a copy was made of. */
export interface SourceId {
  /** ID of the logical cluster that holds it; '' when it lies where the copier found it. */
  readonly cluster: string;
  readonly uid: string;
}

/** What the annotation `ORIGIN` of a copy says. */
export interface Mark extends Origin {
  /** `<plural>.<group>` under its native name. */
  readonly resource: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** Empty for what is updated in place, whoever it is made of: `isContainer`. */
  readonly sources: readonly SourceId[];
}

/** Of an object that very many workspaces have, so many are named: the same ones each time. */
const MAX_SOURCES = 8;
const CONTAINERS = new Set([NAMESPACES, CUSTOM_RESOURCE_DEFINITIONS].map(groupResourceOf));

/**
 * Whether a resource's objects hold others: Namespaces and definitions. Such a copy is never replaced, because what is in
 * it would be deleted with it, and that may be anybody's.
 */
export function isContainer(resource: string): boolean {
  return CONTAINERS.has(resource);
}

/** @returns the value of the annotation `MAILBOX_ORIGIN` */
export function formatOrigin({ core, syncTarget }: Origin): string {
  return `${core}/${syncTarget}`;
}

/** The inverse of formatOrigin. @returns undefined for what is no origin */
export function parseOrigin(text: string): Origin | undefined {
  const [core, syncTarget, ...rest] = text.split('/');
  return core && syncTarget && rest.length === 0 ? { core, syncTarget } : undefined;
}

/** @returns the value of the annotation `ORIGIN`; no part of it can have a `/`, since each is part of a URL's path */
export function formatMark({ core, syncTarget, resource, namespace, name, sources }: Mark): string {
  const ids = sources.map(({ cluster, uid }) => `${cluster}:${uid}`);
  return [core, syncTarget, resource, namespace, name, ids.join(',')].join('/');
}

/** The inverse of formatMark. @returns undefined for what is no mark */
export function parseMark(text: string): Mark | undefined {
  const [core, syncTarget, resource, namespace, name, ids, ...rest] = text.split('/');
  if (!core || !syncTarget || !resource || !name || namespace === undefined) return undefined;
  if (ids === undefined || rest.length > 0) return undefined;
  const sources = ids.split(',').filter(Boolean).map(parseSource);
  return sources.every((source) => source !== undefined)
    ? { core, syncTarget, resource, namespace, name, sources }
    : undefined;
}

/**
 * The mark that an object has for itself. One that speaks of another object was inherited: controllers copy annotations
 * to what they make, and a custom kind may have the name of a built-in one.
 * @param resource `<plural>.<group>` of the object
 */
export function markOf({ metadata }: Pick<KubeObject, 'metadata'>, resource: string): Mark | undefined {
  const mark = parseMark(metadata.annotations?.[ORIGIN] ?? '');
  const isItsOwn =
    mark?.resource === resource &&
    mark.namespace === (metadata.namespace ?? '') &&
    mark.name === metadata.name;
  return isItsOwn ? mark : undefined;
}

/** Whether two marks are of the same core and SyncTarget. */
export function isSameOrigin(one: Origin, other: Origin): boolean {
  return one.core === other.core && one.syncTarget === other.syncTarget;
}

/** @returns what to name of the sources of a copy in its mark, the same in whatever order they are given */
export function sourceIdsOf(resource: string, sources: readonly KubeObject[]): SourceId[] {
  if (isContainer(resource)) return [];
  const ids = sources.flatMap((source) => {
    const { uid } = source.metadata;
    return uid ? [{ cluster: clusterOf(source), uid }] : [];
  });
  return ids.sort((a, b) => (a.cluster < b.cluster ? -1 : 1)).slice(0, MAX_SOURCES);
}

/**
 * Whether a copy is one of an object that was deleted, and whose name another one has now: it is deleted and made anew, as
 * its source was. Proof is that the other one lies where the former was. What has just changed hands between workspaces,
 * or still has one of its sources, is updated.
 * @param marked what the copy was made of
 * @param current what it is to be made of
 */
export function isReplaced(marked: readonly SourceId[], current: readonly SourceId[]): boolean {
  const isStill = (id: SourceId) =>
    current.some(({ cluster, uid }) => cluster === id.cluster && uid === id.uid);
  const hasSuccessor = (id: SourceId) => current.some(({ cluster }) => cluster === id.cluster);
  return !marked.some(isStill) && marked.some(hasSuccessor);
}

function parseSource(text: string): SourceId | undefined {
  const [cluster, uid, ...rest] = text.split(':');
  return cluster !== undefined && uid && rest.length === 0 ? { cluster, uid } : undefined;
}
