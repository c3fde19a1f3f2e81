/** What to do about one object in the WEC (docs/rules.md, syncer 4); pure, so that every case can be told in a test. */
import {
  CREATED_FIELDS,
  DELETION_POLICY,
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  FIELD_MANAGERS,
  isEdgeKey,
  isSystemKey,
  type KubeObject,
  type ManagedFieldsEntry,
  type ObjectMeta,
  type Unstructured,
} from '@kubestellar/api';
import { carriesOwnIdentity, isSystemObject } from '@kubestellar/rules';
import { cameDown, isAdopted } from '../came-down.ts';
import { asNatural, isCreateOnly, type Origin, toWecForm } from './form.ts';
import { asksForAdoption, type Self, whyNotAdoptable, whyUntouchable } from './protected.ts';

/** What to do so that the WEC's object becomes a copy. */
export type CopyAction =
  | { do: 'nothing' }
  /** Server-side apply of `object`, unless what we own is so already. */
  | { do: 'apply'; object: Unstructured }
  /** Mark the copy as create-only, and change nothing else. */
  | { do: 'protect' }
  /** It is somebody else's. */
  | { do: 'leave' }
  /** It is of a kind that no placement may write, or take over; `why` goes on a sentence. */
  | { do: 'refuse'; why: string };

/** What becomes of a copy that is wanted no more. */
export type EndAction = 'nothing' | 'delete' | 'release';

const NOTHING: CopyAction = { do: 'nothing' };

/**
 * A wanted object that exists in the mailbox workspace.
 * @param live what the WEC has under that name; undefined when nothing
 * @param self who the syncer is to the WEC
 */
export function decideCopy(source: Unstructured, live: KubeObject | undefined, self: Self): CopyAction {
  const untouchable = whyUntouchable(live ?? asNatural(source), self);
  if (untouchable) return { do: 'refuse', why: untouchable };
  if (!live) return { do: 'apply', object: toWecForm(source) };
  if (live.metadata.deletionTimestamp) return NOTHING;
  const origin = originOf(live);
  if (origin === 'foreign') return decideForeign(source, live, self);
  if (!isCreateOnly(source.metadata.annotations)) return { do: 'apply', object: toWecForm(source, origin) };
  return live.metadata.annotations?.[DOWNSYNC_OVERWRITE] === 'false' ? NOTHING : { do: 'protect' };
}

/**
 * A copy whose object is gone, or is wanted no more (docs/rules.md, syncer 4.1, 4.3). What was adopted, or is to be
 * orphaned, stays without our marks.
 */
export function decideEnd(copy: KubeObject, self: Self): EndAction {
  if (copy.metadata.deletionTimestamp || whyUntouchable(copy, self)) return 'nothing';
  if (isAdopted(copy)) return 'release';
  const isOurs = carriesOwnIdentity(copy, DOWNSYNCED) && !isCreateOnly(copy.metadata.annotations);
  if (!isOurs) return 'nothing';
  return copy.metadata.annotations?.[DELETION_POLICY] === 'Orphan' ? 'release' : 'delete';
}

/**
 * How an object of the WEC came to be there: it says so itself, or the syncer's field manager has written it (then
 * someone took the annotation away, and it is put back). What we surely created may be deleted later; of anything else
 * that we have written we can't tell, and it is spared.
 */
function originOf(live: KubeObject): Origin {
  if (isAdopted(live)) return 'adopted';
  if (cameDown(live)) return 'created';
  const own = (live.metadata.managedFields ?? []).filter(isOwnWrite);
  if (isNamespace(live) || own.length === 0) return 'foreign';
  const isCreated =
    live.metadata.annotations?.[CREATED_FIELDS] !== undefined ||
    own.some(({ operation }) => operation === 'Update');
  return isCreated ? 'created' : 'adopted';
}

function isOwnWrite({ manager, subresource }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGERS.syncer && !subresource;
}

/**
 * Labels and annotations are added to a Namespace that was there before, which harms nobody unless it is one of the
 * cluster's own; but it isn't claimed, so it will never be deleted. Other objects are taken over only if the user says so.
 */
function decideForeign(source: Unstructured, live: KubeObject, self: Self): CopyAction {
  const why = whyNotAdoptable(live, self);
  if (isNamespace(source)) {
    const object = toWecForm(source, 'foreign');
    if (!why) return { do: 'apply', object };
    return hasAllOf(live.metadata, source.metadata) ? NOTHING : { do: 'refuse', why };
  }
  if (asksForAdoption(source))
    return why ? { do: 'refuse', why } : { do: 'apply', object: toWecForm(source, 'adopted') };
  if (isSystemObject(source)) return NOTHING;
  return why ? { do: 'refuse', why } : { do: 'leave' };
}

/** Whether a Namespace has the labels and annotations that users gave another one. */
function hasAllOf(live: ObjectMeta, { labels, annotations }: ObjectMeta): boolean {
  const has = (there: ObjectMeta['labels'], wanted: ObjectMeta['labels']) =>
    Object.entries(wanted ?? {}).every(
      ([key, value]) => isSystemKey(key) || isEdgeKey(key) || there?.[key] === value,
    );
  return has(live.labels, labels) && has(live.annotations, annotations);
}

function isNamespace({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && kind === 'Namespace';
}
