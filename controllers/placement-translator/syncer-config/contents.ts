/** Gathers from the caches what the SyncerConfigs of a mailbox workspace are to name. */
import { denaturedResource, groupResourceOf, type Resource, type UpsyncSet } from '@kubestellar/api';
import { formatKey } from '@kubestellar/kube';
import { reachOf } from '@kubestellar/rules';
import type { MailboxAPIs } from '../apis/mailbox-apis.ts';
import type { Mailbox } from '../cache/mailboxes.ts';
import type { ObjectWatches } from '../cache/object-informers.ts';
import type { Placements } from '../cache/placements.ts';
import type { Catalog } from '../cache/served-resources.ts';
import type { UpsyncCopies } from '../cache/upsync-copies.ts';
import { isProjected } from '../copies/projection.ts';
import { isForeign } from '../copies/takeover.ts';
import type { Desired } from '../desired/desired-state.ts';
import { upsyncOf } from '../desired/upsync-sets.ts';
import { type LocalObject, localObject, parseObjectKey } from '../keys.ts';
import type { WantedObject } from './reconcile.ts';

/** The caches that are read. */
export interface ContentsInput {
  desired: Pick<Desired, 'everythingIn' | 'in'>;
  catalog: Pick<Catalog, 'typeIn'>;
  apis: Pick<MailboxAPIs, 'in'>;
  watches: Pick<ObjectWatches, 'inCluster' | 'of'>;
  placements: Pick<Placements, 'to'>;
  upsyncCopies: Pick<UpsyncCopies, 'watchedIn' | 'has'>;
}

/** @returns all that is wanted in a mailbox workspace and gets to the cluster */
export function* wantedIn(input: ContentsInput, mailbox: Mailbox): Generator<WantedObject> {
  const { desired, catalog, apis } = input;
  const { name, cluster } = mailbox;
  const those = apis.in(mailbox);
  for (const { local: key, wants } of desired.everythingIn(name)) {
    const local = parseObjectKey(key);
    const source = wants[0]?.source.type.resource;
    const resource =
      catalog.typeIn(cluster, local.groupResource)?.resource ?? (source && denaturedResource(source));
    if (!resource || reachOf(resource.group, resource.plural) !== 'edge') continue;
    const isAccepted = wants.some((want) => those.accepts(want.source.type, local));
    yield {
      named: { resource, local },
      isAccepted,
      isForeign: isAccepted && hasForeign(input, mailbox, local),
    };
  }
}

/** Whether a mailbox workspace has an object of its own, or of an administrator's, in the place of a copy. */
function hasForeign(
  { catalog, watches }: ContentsInput,
  { cluster }: Mailbox,
  { groupResource, namespace, name }: LocalObject,
): boolean | 'unknown' {
  const type = catalog.typeIn(cluster, groupResource);
  const informer = type && watches.of(type)?.informer;
  if (!informer) return false;
  const present = informer.get(formatKey({ cluster, namespace, name }));
  if (present) return isForeign(type.resource, present);
  // Kinds from CRDs are there for the sake of copies alone, and theirs need not wait for the watch.
  return !informer.synced && type.identity !== 'crd' && 'unknown';
}

/** @returns what is to be upsynced into a mailbox workspace, and of what copies are left */
export function upsyncIn({ placements, upsyncCopies }: ContentsInput, mailbox: Mailbox): UpsyncSet[] {
  // Sets without names, for what has copies that were upsynced and that no set asks for any more: that is how a
  // restarted syncer knows of which copies it is to notice that their originals are gone.
  const left = upsyncCopies
    .watchedIn(mailbox)
    .filter((type) => upsyncCopies.has(mailbox, type))
    .map(({ resource: { group, plural } }) => ({ apiGroup: group, resources: [plural], names: [] }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return [...upsyncOf(placements.to(mailbox.name)).sets, ...left];
}

/** @returns resources, other than those that are named anyway, of which copies are left that are wanted no more */
export function leftoversIn(
  { desired, watches }: ContentsInput,
  { name, cluster }: Mailbox,
  named: ReadonlySet<string>,
): Resource[] {
  const found = new Map<string, Resource>();
  for (const { watch, object } of watches.inCluster(cluster)) {
    const { resource } = watch.type;
    const id = groupResourceOf(resource);
    if (!isProjected(object) || named.has(id) || found.has(id) || id === 'namespaces') continue;
    if (reachOf(resource.group, resource.plural) !== 'edge') continue;
    if (desired.in(name, localObject(watch.type, object)).length > 0) continue;
    found.set(id, resource);
  }
  return [...found.values()];
}
