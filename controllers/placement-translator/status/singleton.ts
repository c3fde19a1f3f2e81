import { EXECUTING_COUNT, FIELD_MANAGERS, groupResourceOf, type KubeObject } from '@kubestellar/api';
import { clusterOf, formatKey, isEqualJson, isNotFound } from '@kubestellar/kube';
import type { ObjectWatch } from '../cache/object-informers.ts';
import { isForeign } from '../copies/takeover.ts';
import { localObject, localResourceOf, parseSourceKey, type SourceKey, type Want } from '../keys.ts';
import type { State } from '../state.ts';

const FIELD_MANAGER = FIELD_MANAGERS.placementTranslator;

/** Their reported state is each server's own (spec semantics 9). */
const NEVER_RETURNED = new Set(['customresourcedefinitions.apiextensions.k8s.io', 'namespaces']);

/**
 * Returns reported state to a WMW object for which singleton state is wanted: tells the number of its
 * destinations, and with exactly one copies the mailbox copy's status (spec semantics 9).
 */
export async function reconcileReturn(state: State, id: SourceKey): Promise<void> {
  const { typeId, key } = parseSourceKey(id);
  const watch = state.watches.byId(typeId);
  const source = watch?.informer.get(key);
  if (!watch || !source) return;
  const wants = [...state.desired.of({ type: watch.type, key }).entries()];
  if (!wants.some(([, want]) => want.wantReturn)) return;
  const count = wants.reduce((sum, [, want]) => sum + want.destinations.length, 0);
  await ensureExecutingCount(state, watch, source, count);
  if (count === 1 && !NEVER_RETURNED.has(groupResourceOf(watch.type.resource)))
    await returnStatus(state, watch, source, wants);
}

async function ensureExecutingCount(
  state: State,
  watch: ObjectWatch,
  source: KubeObject,
  count: number,
): Promise<void> {
  if (count === 0 || source.metadata.annotations?.[EXECUTING_COUNT] === String(count)) return;
  const client = state.everywhere.workspace(clusterOf(source));
  const patch = { metadata: { annotations: { [EXECUTING_COUNT]: String(count) } } };
  await client.mergePatch(watch.type.resource, source.metadata, patch, { fieldManager: FIELD_MANAGER });
}

async function returnStatus(
  state: State,
  watch: ObjectWatch,
  cachedSource: KubeObject,
  wants: readonly [string, Want][],
): Promise<void> {
  const mailbox = state.mailboxes.get(wants.find(([, want]) => want.destinations.length > 0)?.[0] ?? '');
  if (!mailbox) return;
  const { name, namespace = '' } = cachedSource.metadata;
  // The copy of that name would be of another API, and of somebody else.
  if (!state.apis.in(mailbox).accepts(watch.type, localObject(watch.type, cachedSource))) return;
  const type = state.catalog.typeIn(mailbox.cluster, localResourceOf(watch.type));
  const copies = type && state.watches.of(type);
  const cachedCopy = copies?.informer.get(formatKey({ cluster: mailbox.cluster, namespace, name }));
  if (!copies || !cachedCopy || isForeign(copies.type.resource, cachedCopy)) return;
  const copy = await state.watches.full(copies, cachedCopy);
  const source = await state.watches.full(watch, cachedSource);
  if (!copy?.status || !source || isEqualJson(copy.status, source.status)) return;
  const client = state.everywhere.workspace(clusterOf(source));
  const patch = [{ op: 'add', path: '/status', value: copy.status }];
  const options = { fieldManager: FIELD_MANAGER };
  try {
    await client.jsonPatch(watch.type.resource, source.metadata, patch, {
      ...options,
      subresource: 'status',
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.jsonPatch(watch.type.resource, source.metadata, patch, options); // no status subresource
  }
}
