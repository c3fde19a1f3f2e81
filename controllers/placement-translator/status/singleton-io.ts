/** What the return of singleton state reads and writes. */
import { EXECUTING_COUNT, FIELD_MANAGERS } from '@kubestellar/api';
import { clusterOf, formatKey, isNotFound, type KubeClient } from '@kubestellar/kube';
import type { MailboxAPIs } from '../apis/mailbox-apis.ts';
import type { Mailboxes } from '../cache/mailboxes.ts';
import type { ObjectWatches } from '../cache/object-informers.ts';
import type { Catalog } from '../cache/served-resources.ts';
import { isForeign } from '../copies/takeover.ts';
import type { Desired } from '../desired/desired-state.ts';
import { localObject, localResourceOf, parseSourceKey } from '../keys.ts';
import type { CachedSource, SingletonDependencies } from './singleton.ts';

const options = { fieldManager: FIELD_MANAGERS.placementTranslator } as const;

/** The caches and the client that are used. */
export interface SingletonParts {
  everywhere: KubeClient;
  watches: Pick<ObjectWatches, 'byId' | 'of' | 'full'>;
  desired: Pick<Desired, 'of'>;
  mailboxes: Pick<Mailboxes, 'get'>;
  apis: Pick<MailboxAPIs, 'in'>;
  catalog: Pick<Catalog, 'typeIn'>;
}

/** @returns the dependencies of `returnState` on the caches and servers */
export function singletonDependencies(parts: SingletonParts): SingletonDependencies {
  const { everywhere, watches, desired } = parts;
  const find = (id: Parameters<SingletonDependencies['getSource']>[0]) => {
    const { typeId, key } = parseSourceKey(id);
    const watch = watches.byId(typeId);
    const object = watch?.informer.get(key);
    return watch && object && { type: watch.type, key, object };
  };
  return {
    getSource: find,
    getWants: (id) => {
      const found = find(id);
      return found ? desired.of({ type: found.type, key: found.key }) : new Map();
    },
    readPair: (source, mailbox) => readPair(parts, source, mailbox),
    writeCount: async ({ type, object }, count) => {
      const patch = { metadata: { annotations: { [EXECUTING_COUNT]: count } } };
      await everywhere
        .workspace(clusterOf(object))
        .mergePatch(type.resource, object.metadata, patch, options);
    },
    writeStatus: async ({ resource }, source, status) => {
      const client = everywhere.workspace(clusterOf(source));
      const patch = [{ op: 'add', path: '/status', value: status }];
      try {
        await client.jsonPatch(resource, source.metadata, patch, { ...options, subresource: 'status' });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await client.jsonPatch(resource, source.metadata, patch, options); // no status subresource
      }
    },
  };
}

async function readPair(
  { mailboxes, apis, catalog, watches }: SingletonParts,
  { type, object }: CachedSource,
  mailboxName: string,
): ReturnType<SingletonDependencies['readPair']> {
  const mailbox = mailboxes.get(mailboxName);
  const watch = watches.of(type);
  if (!mailbox || !watch) return undefined;
  // The copy of that name would be of another API, and of somebody else.
  if (!apis.in(mailbox).accepts(type, localObject(type, object))) return undefined;
  const { name, namespace = '' } = object.metadata;
  const copied = catalog.typeIn(mailbox.cluster, localResourceOf(type));
  const copies = copied && watches.of(copied);
  const cached = copies?.informer.get(formatKey({ cluster: mailbox.cluster, namespace, name }));
  if (!copies || !cached || isForeign(copies.type.resource, cached)) return undefined;
  const copy = await watches.full(copies, cached);
  return { source: await watches.full(watch, object), copy };
}
