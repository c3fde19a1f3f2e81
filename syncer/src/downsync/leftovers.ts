/** Finds, after a restart, copies of resources that no config names any more. */
import { apiVersionOf, groupResourceOf } from '@kubestellar/api';
import { discover, explain, type KubeClient, METADATA_ONLY, type ServedResource } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Origin } from '@kubestellar/rules';
import { isOthersCopy, orphanName } from '../cluster/orphans.ts';
import { standingOf } from '../marks.ts';
import { COPIES } from '../types/synced-resource.ts';

/** Lists that are under way at the same time at the most. */
const CONCURRENCY = 4;
const VERBS = ['list', 'watch', 'delete'];

/**
 * Looks once through all that the WEC serves for objects with the label of our copies.
 * @param isKnown whether a resource (`<plural>.<group>`) is watched anyway
 * @returns the resources of which there are copies of ours, and whether every resource could be looked at; by resource, the
 *   names of copies that are others'
 * @throws ApiError or ConnectionError when the WEC doesn't tell what it serves
 */
export async function findLeftovers(
  wec: KubeClient,
  origin: Origin,
  isKnown: (resource: string) => boolean,
  logger: Logger,
): Promise<{ found: ServedResource[]; orphans: Map<string, string[]>; complete: boolean }> {
  const served = await discover(wec);
  const waiting = served.filter((each) => {
    return VERBS.every((verb) => each.verbs.includes(verb)) && !isKnown(groupResourceOf(each));
  });
  const found: ServedResource[] = [];
  const orphans = new Map<string, string[]>();
  let complete = true;
  const work = async () => {
    for (let resource = waiting.pop(); resource; resource = waiting.pop()) {
      try {
        const { isFound, others } = await lookFor(wec, resource, origin);
        if (isFound) found.push(resource);
        if (others.length > 0) orphans.set(groupResourceOf(resource), others);
      } catch (error) {
        complete = false;
        logger.warn(
          { resource: groupResourceOf(resource), reason: explain(error) },
          'cannot look for old copies',
        );
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { found, orphans, complete };
}

/** Owned objects inherit labels but not the mark (a Service's go to its EndpointSlices). */
async function lookFor(wec: KubeClient, resource: ServedResource, origin: Origin) {
  const { kind } = resource;
  const id = groupResourceOf(resource);
  const others: string[] = [];
  let isFound = false;
  let next: string | undefined;
  do {
    const page = await wec.listPage(resource, {
      labelSelector: COPIES,
      limit: 100,
      accept: METADATA_ONLY,
      ...(next ? { continue: next } : {}),
    });
    for (const item of page.items) {
      const copy = { ...item, kind, apiVersion: apiVersionOf(resource) };
      isFound ||= standingOf(copy, id, origin) === 'ours';
      if (isOthersCopy(copy, id, origin)) others.push(orphanName(id, copy));
    }
    next = page.metadata.continue;
  } while (next);
  return { isFound, others };
}
