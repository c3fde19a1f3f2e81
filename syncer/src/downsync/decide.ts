/** What to do about one object in the WEC (docs/rules.md, syncer 4); pure, so that every case can be told in a test. */
import {
  DELETION_POLICY,
  DOWNSYNC_OVERWRITE,
  isEdgeKey,
  isSystemKey,
  type KubeObject,
  type ObjectMeta,
  type Unstructured,
} from '@kubestellar/api';
import { isReplaced, isSameOrigin, isSystemObject, type Mark, markOf } from '@kubestellar/rules';
import { carries, isNamespace, ownWrites, roleOf, standingOf, type Whose } from '../marks.ts';
import { asNatural, isCreateOnly, markFor, toWecForm } from './form.ts';
import { asksForAdoption, type Self, whyNotAdoptable, whyUntouchable } from './protected.ts';

/** Of which resource an object is, and who acts. */
export interface Actor {
  /** `<plural>.<group>` of the WEC. */
  readonly resource: string;
  readonly self: Self;
  readonly whose: Whose;
}

/** What to do so that the WEC's object becomes a copy. */
export type CopyAction =
  | { do: 'nothing' }
  /**
   * Server-side apply of `object`, unless what we own is so already; before that, `resumes` says, the create-only mark that
   * we have set is taken away.
   */
  | { do: 'apply'; object: Unstructured; resumes?: boolean }
  /** Mark the copy as create-only, and as ours, and change nothing else. */
  | { do: 'protect'; mark: Mark }
  /** Delete it: it was made of an object that is gone. Its end brings us back. */
  | { do: 'replace' }
  /** It is somebody else's; `owner` says whose, where its mark does. */
  | { do: 'leave'; owner?: Mark }
  /** It is of a kind that no placement may write, or take over; `why` goes on a sentence. */
  | { do: 'refuse'; why: string };

/** What becomes of a copy that is wanted no more. */
export type EndAction = 'nothing' | 'delete' | 'release';

const NOTHING: CopyAction = { do: 'nothing' };

/**
 * A wanted object that exists in the mailbox workspace.
 * @param live what the WEC has under that name; undefined when nothing
 */
export function decideCopy(source: Unstructured, live: KubeObject | undefined, actor: Actor): CopyAction {
  const { resource, self, whose } = actor;
  const untouchable = whyUntouchable(live ?? asNatural(source), self);
  if (untouchable) return { do: 'refuse', why: untouchable };
  const mark = markFor(source, resource, whose.origin);
  if (!live) return { do: 'apply', object: toWecForm(source, mark) };
  if (live.metadata.deletionTimestamp) return NOTHING;
  const standing = standingOf(live, resource, whose.origin);
  const owner = markOf(live, resource);
  if (standing === 'others' && owner && !whose.takesOver) return { do: 'leave', owner };
  const role = standing === 'foreign' ? 'foreign' : roleOf(live);
  if (role === 'foreign') return decideForeign(source, live, mark, actor);
  if (isOfFormer(live, source, resource, whose)) return { do: 'replace' };
  if (!isCreateOnly(source.metadata.annotations)) {
    const object = toWecForm(source, mark, role);
    const isUnsaid = source.metadata.annotations?.[DOWNSYNC_OVERWRITE] === undefined;
    return isUnsaid && hasOwnProtection(live)
      ? { do: 'apply', object, resumes: true }
      : { do: 'apply', object };
  }
  const isDone = live.metadata.annotations?.[DOWNSYNC_OVERWRITE] === 'false' && carries(live, mark);
  return isDone ? NOTHING : { do: 'protect', mark };
}

/**
 * A copy whose object is gone, or is wanted no more (docs/rules.md, syncer 4.1, 4.3). What was adopted, or is to be
 * orphaned, stays without our marks; what does not carry our mark stays as it is.
 */
export function decideEnd(copy: KubeObject, { resource, self, whose }: Actor): EndAction {
  if (copy.metadata.deletionTimestamp || whyUntouchable(copy, self)) return 'nothing';
  if (standingOf(copy, resource, whose.origin) !== 'ours') return 'nothing';
  const role = roleOf(copy);
  if (role === 'adopted') return 'release';
  if (role === 'foreign' || isCreateOnly(copy.metadata.annotations)) return 'nothing';
  return copy.metadata.annotations?.[DELETION_POLICY] === 'Orphan' ? 'release' : 'delete';
}

/** Whether a copy in the WEC is one of the object that the mailbox workspace has, and not of one that is gone. */
export function isCopyOf(copy: KubeObject, source: Unstructured, resource: string, whose: Whose): boolean {
  const standing = standingOf(copy, resource, whose.origin);
  return (standing === 'ours' || standing === 'older') && !isOfFormer(copy, source, resource, whose);
}

/** Whether a copy in the WEC is one of an object that is gone, and whose name `source` has now. */
export function isOfFormer(
  copy: KubeObject,
  source: Unstructured,
  resource: string,
  { origin }: Whose,
): boolean {
  const marked = markOf(copy, resource);
  // Of another core, even the same workspace means another one.
  if (!marked || !isSameOrigin(marked, origin)) return false;
  if (isCreateOnly(copy.metadata.annotations) || roleOf(copy) !== 'created') return false;
  return isReplaced(marked.sources, markFor(source, resource, origin).sources);
}

/** Whether it was us who marked a copy as create-only, and not somebody in the cluster. */
function hasOwnProtection(live: KubeObject): boolean {
  if (live.metadata.annotations?.[DOWNSYNC_OVERWRITE] !== 'false') return false;
  return ownWrites(live).some(({ fieldsV1 }) => {
    const { 'f:metadata': metadata } = (fieldsV1 ?? {}) as { 'f:metadata'?: { 'f:annotations'?: object } };
    return Object.hasOwn(metadata?.['f:annotations'] ?? {}, `f:${DOWNSYNC_OVERWRITE}`);
  });
}

/**
 * Labels and annotations are added to a Namespace that was there before, which harms nobody unless it is one of the
 * cluster's own; but it isn't claimed, so it will never be deleted. Other objects are taken over only if the user says so.
 */
function decideForeign(source: Unstructured, live: KubeObject, mark: Mark, { self }: Actor): CopyAction {
  const why = whyNotAdoptable(live, self);
  if (isNamespace(source)) {
    const object = toWecForm(source, mark, 'foreign');
    if (!why) return { do: 'apply', object };
    return hasAllOf(live.metadata, source.metadata) ? NOTHING : { do: 'refuse', why };
  }
  if (asksForAdoption(source))
    return why ? { do: 'refuse', why } : { do: 'apply', object: toWecForm(source, mark, 'adopted') };
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
