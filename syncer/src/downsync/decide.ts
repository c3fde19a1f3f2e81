/** What to do about one object in the WEC (spec syncer 4); pure, so that every case can be told in a test. */
import {
  ADOPT,
  carriesOwnIdentity,
  DOWNSYNC_OVERWRITE,
  DOWNSYNCED,
  FIELD_MANAGERS,
  isSystemObject,
  type KubeObject,
  type ManagedFieldsEntry,
  type Unstructured,
} from '@kubestellar/api';
import { isCreateOnly, toWecForm } from './form.ts';

/** What to do so that the WEC's object becomes a copy. */
export type CopyAction =
  | { do: 'nothing' }
  /** Server-side apply of `object`, unless what we own is so already. */
  | { do: 'apply'; object: Unstructured }
  /** Mark the copy as create-only, and change nothing else. */
  | { do: 'protect' }
  /** It is somebody else's. */
  | { do: 'leave' };

const NOTHING: CopyAction = { do: 'nothing' };

/**
 * A wanted object that exists in the mailbox workspace.
 * @param live what the WEC has under that name; undefined when nothing
 */
export function decideCopy(source: Unstructured, live: KubeObject | undefined): CopyAction {
  if (!live) return { do: 'apply', object: toWecForm(source) };
  if (live.metadata.deletionTimestamp) return NOTHING;
  if (!isOurs(live)) return decideForeign(source);
  if (!isCreateOnly(source.metadata.annotations)) return { do: 'apply', object: toWecForm(source) };
  return live.metadata.annotations?.[DOWNSYNC_OVERWRITE] === 'false' ? NOTHING : { do: 'protect' };
}

/** Whether a copy whose object is gone, or is wanted no more, may be deleted (spec syncer 4.1, 4.3). */
export function mayDelete(copy: KubeObject): boolean {
  if (copy.metadata.deletionTimestamp) return false;
  return carriesOwnIdentity(copy, DOWNSYNCED) && !isCreateOnly(copy.metadata.annotations);
}

/**
 * Whether the syncer brought the object down: it says so itself, or the syncer's field manager has written
 * it (then someone took the annotation away, and it is put back).
 */
function isOurs(live: KubeObject): boolean {
  if (carriesOwnIdentity(live, DOWNSYNCED)) return true;
  return !isNamespace(live) && (live.metadata.managedFields ?? []).some(isOwnWrite);
}

function isOwnWrite({ manager, subresource }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGERS.syncer && !subresource;
}

/**
 * Labels and annotations are added to a Namespace that was there before, which harms nobody; but it isn't
 * claimed, so it will never be deleted. Other objects are taken over only if the user says so.
 */
function decideForeign(source: Unstructured): CopyAction {
  if (isNamespace(source)) return { do: 'apply', object: toWecForm(source, false) };
  if (source.metadata.annotations?.[ADOPT] === 'true') return { do: 'apply', object: toWecForm(source) };
  return isSystemObject(source) ? NOTHING : { do: 'leave' };
}

function isNamespace({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && kind === 'Namespace';
}
