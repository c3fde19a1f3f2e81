/** Whose an object of the WEC is (docs/decisions/0015-marks-with-origin.md); pure. */
import {
  ADOPTED,
  CREATED_FIELDS,
  DOWNSYNCED,
  FIELD_MANAGERS,
  type KubeObject,
  type ManagedFieldsEntry,
  ORIGIN,
} from '@kubestellar/api';
import {
  carriesOwnIdentity,
  formatMark,
  isSameOrigin,
  type Mark,
  markOf,
  type Origin,
} from '@kubestellar/rules';

/** For whom the syncer works. */
export interface Whose {
  readonly origin: Origin;
  /** Whether the cluster's owner lets it take over what another SyncTarget, or core, has left. */
  readonly takesOver: boolean;
}

/**
 * - `ours`: it carries our mark, of this very object.
 * - `older`: we have written it, before there were such marks or before somebody removed ours.
 * - `others`: it carries the mark of another core or SyncTarget.
 * - `foreign`: it is no copy; whatever marks it has were inherited from another object.
 */
export type Standing = 'ours' | 'older' | 'others' | 'foreign';

/** How an object came to be a copy: made by the syncer, which may delete it later, or there before. */
export type Role = 'created' | 'adopted' | 'foreign';

/** @param resource `<plural>.<group>` of the object */
export function standingOf(live: KubeObject, resource: string, origin: Origin): Standing {
  const mark = markOf(live, resource);
  if (mark) return isSameOrigin(mark, origin) ? 'ours' : 'others';
  return roleOf(live) !== 'foreign' && ownWrites(live).length > 0 ? 'older' : 'foreign';
}

/**
 * How an object of the WEC came to be there, if it is a copy: it says so itself, or the syncer's field manager has
 * written it (then someone took the annotation away, and it is put back). What we surely created may be deleted later; of
 * anything else that we have written we can't tell, and it is spared.
 */
export function roleOf(live: KubeObject): Role {
  if (carriesOwnIdentity(live, ADOPTED)) return 'adopted';
  if (carriesOwnIdentity(live, DOWNSYNCED)) return 'created';
  const own = ownWrites(live);
  if (isNamespace(live) || own.length === 0) return 'foreign';
  const isCreated =
    live.metadata.annotations?.[CREATED_FIELDS] !== undefined ||
    own.some(({ operation }) => operation === 'Update');
  return isCreated ? 'created' : 'adopted';
}

/** Whether an object of the WEC was downsynced, by whomever: then it is not upsynced. */
export function cameDown(object: KubeObject, resource: string): boolean {
  if (markOf(object, resource)) return true;
  const isMarked = carriesOwnIdentity(object, DOWNSYNCED) || carriesOwnIdentity(object, ADOPTED);
  // Marks of older releases come alone; where the origin came along and is another's, both were inherited.
  return isMarked && object.metadata.annotations?.[ORIGIN] === undefined;
}

/** Whether a copy carries exactly this mark. */
export function carries(live: KubeObject, mark: Mark): boolean {
  return live.metadata.annotations?.[ORIGIN] === formatMark(mark);
}

/** What our field manager has written of an object, status and other subresources left out. */
export function ownWrites({ metadata }: KubeObject): ManagedFieldsEntry[] {
  return (metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager === FIELD_MANAGERS.syncer && !subresource,
  );
}

export function isNamespace({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && kind === 'Namespace';
}
