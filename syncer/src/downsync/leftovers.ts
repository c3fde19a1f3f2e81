/** Finds, after a restart, copies of resources that no config names any more. */
import { groupResourceOf } from '@kubestellar/api';
import { discover, explain, type KubeClient, METADATA_ONLY, type ServedResource } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import type { Origin } from '@kubestellar/rules';
import { standingOf } from '../marks.ts';
import { COPIES } from '../types/synced-resource.ts';

/** Lists that are under way at the same time at the most. */
const CONCURRENCY = 4;
const VERBS = ['list', 'watch', 'delete'];

/**
 * Looks once through all that the WEC serves for objects with the label of our copies.
 * @param isKnown whether a resource (`<plural>.<group>`) is watched anyway
 * @returns the resources of which there are copies, and whether every resource could be looked at
 * @throws ApiError or ConnectionError when the WEC doesn't tell what it serves
 */
export async function findLeftovers(
  wec: KubeClient,
  origin: Origin,
  isKnown: (resource: string) => boolean,
  logger: Logger,
): Promise<{ found: ServedResource[]; complete: boolean }> {
  const served = await discover(wec);
  const waiting = served.filter((each) => {
    return VERBS.every((verb) => each.verbs.includes(verb)) && !isKnown(groupResourceOf(each));
  });
  const found: ServedResource[] = [];
  let complete = true;
  const work = async () => {
    for (let resource = waiting.pop(); resource; resource = waiting.pop()) {
      try {
        if (await hasCopies(wec, resource, origin)) found.push(resource);
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
  return { found, complete };
}

/** Owned objects inherit labels but not the mark (a Service's go to its EndpointSlices). */
async function hasCopies(wec: KubeClient, resource: ServedResource, origin: Origin): Promise<boolean> {
  let next: string | undefined;
  do {
    const page = await wec.listPage(resource, {
      labelSelector: COPIES,
      limit: 100,
      accept: METADATA_ONLY,
      ...(next ? { continue: next } : {}),
    });
    const { kind } = resource;
    const id = groupResourceOf(resource);
    if (page.items.some((item) => standingOf({ ...item, kind }, id, origin) === 'ours')) return true;
    next = page.metadata.continue;
  } while (next);
  return false;
}
