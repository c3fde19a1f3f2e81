/** Writes a copy into its mailbox workspace, unless something that is not ours has its place. */
import type { KubeObject, ObjectMeta, Resource } from '@kubestellar/api';
import { type Applier, isAlreadyExists, type KubeClient } from '@kubestellar/kube';
import type { CopyPlace } from './project.ts';
import { isForeign } from './takeover.ts';

/**
 * @param client writes in the mailbox workspace
 * @returns the metadata of the copy as stored; undefined when there is something of that name that is not ours
 */
export async function writeCopy(
  client: KubeClient,
  applier: Pick<Applier, 'ensure' | 'create'>,
  place: CopyPlace,
  copy: KubeObject,
): Promise<ObjectMeta | undefined> {
  const { resource } = place.type;
  const live = await liveOf(client, place, copy);
  if (live && isForeign(resource, live)) return undefined;
  if (live) return (await applier.ensure(client, resource, copy, live)).metadata;
  try {
    return await applier.create(client, resource, copy);
  } catch (error) {
    // The cache may be behind our own last write, or the object is somebody else's.
    if (!isAlreadyExists(error)) throw error;
    const present = await read(client, resource, copy);
    if (present && isForeign(resource, present)) return undefined;
    return (await applier.ensure(client, resource, copy, present)).metadata;
  }
}

/** What is there, in full: the server is asked where the cache has a part of it, or is not complete. */
async function liveOf(
  client: KubeClient,
  { type, cached, isListed, isPartial }: CopyPlace,
  copy: KubeObject,
): Promise<KubeObject | undefined> {
  if (isListed && (!cached || !isPartial)) return cached;
  return read(client, type.resource, copy);
}

function read(
  client: KubeClient,
  resource: Resource,
  { metadata: { name, namespace } }: KubeObject,
): Promise<KubeObject | undefined> {
  return client.get(resource, { name, namespace });
}
