/** Copies of others, or of an earlier release, that nobody asks for: reported, never deleted. */
import { groupResourceOf, type KubeObject, NAMESPACES } from '@kubestellar/api';
import type { Origin } from '@kubestellar/rules';
import type { Wanted } from '../config/wanted.ts';
import { standingOf } from '../marks.ts';
import type { SyncedResource } from '../types/synced-resource.ts';

/** What is reported of them. */
export interface OrphanReport {
  count: number;
  /** `<resource> <namespace>/<name>` of some of them. */
  objects: string[];
}

/** So many are named; the others count. */
const MAX_NAMED = 20;
const NAMESPACE = groupResourceOf(NAMESPACES);

/** Whether an object is a copy that is not ours to delete: another's, or one of an older release. */
export function isOthersCopy(copy: KubeObject, resource: string, origin: Origin): boolean {
  const standing = standingOf(copy, resource, origin);
  return standing === 'others' || standing === 'older';
}

/** @returns how an orphan is reported */
export function orphanName(resource: string, { metadata: { namespace, name } }: KubeObject): string {
  return `${resource} ${namespace ? `${namespace}/` : ''}${name}`;
}

/**
 * @param resources what the syncer watches
 * @param elsewhere what a search has found of other resources, by resource
 */
export function reportOrphans(
  resources: Iterable<SyncedResource>,
  elsewhere: ReadonlyMap<string, readonly string[]>,
  wanted: Wanted,
  origin: Origin,
): OrphanReport {
  const names: string[] = [];
  const watched = new Set<string>();
  for (const { id, wec } of resources) {
    watched.add(id);
    for (const copy of wec.list()) {
      const { namespace = '', name } = copy.metadata;
      const isAsked =
        wanted.includes(id, namespace, name) || (id === NAMESPACE && wanted.namespaces.has(name));
      if (!isAsked && isOthersCopy(copy, id, origin)) names.push(orphanName(id, copy));
    }
  }
  for (const [id, found] of elsewhere) if (!watched.has(id)) names.push(...found);
  return { count: names.length, objects: names.sort().slice(0, MAX_NAMED) };
}
