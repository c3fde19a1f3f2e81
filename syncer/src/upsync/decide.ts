/** What to do about one object in the mailbox workspace (docs/rules.md, syncer 5); pure. */
import { type KubeObject, PROJECTED, type Unstructured, UPSYNCED } from '@kubestellar/api';
import { identityOf, isNeverUpsynced } from '@kubestellar/rules';
import { cameDown } from '../came-down.ts';
import { cameUp } from '../came-up.ts';
import { copyOf } from '../copy-form.ts';

/** What to do in the mailbox workspace. */
export type UpAction = { do: 'nothing' | 'leave' | 'delete' } | { do: 'apply'; object: Unstructured };

/**
 * Decides about one object.
 * @param original what the WEC has; undefined when it surely has nothing
 * @param live what the mailbox workspace has
 * @param wanted whether a config still names it; a copy goes with its original, not with the config
 * @param hasStatus whether the status is written apart
 */
export function decideUp(
  original: Unstructured | undefined,
  live: KubeObject | undefined,
  wanted: boolean,
  hasStatus: boolean,
): UpAction {
  const ours = live !== undefined && cameUp(live);
  if (!original || isNeverUpsynced(original))
    return { do: ours && !live.metadata.deletionTimestamp ? 'delete' : 'nothing' };
  // What came down does not go up again.
  if (!wanted || cameDown(original) || original.metadata.deletionTimestamp) {
    return { do: 'nothing' };
  }
  if (live?.metadata.deletionTimestamp) return { do: 'nothing' };
  if (live && !ours) return { do: 'leave' };
  return { do: 'apply', object: toMailboxForm(original, hasStatus) };
}

/** The form in which an object of the WEC is applied in the mailbox workspace. */
export function toMailboxForm(original: Unstructured, hasStatus: boolean): Unstructured {
  const copy = copyOf(original, { annotations: { [UPSYNCED]: identityOf(original) } });
  // Otherwise the placement-translator would take it for its own, and delete it.
  if (copy.metadata.labels) delete copy.metadata.labels[PROJECTED];
  return hasStatus || original.status === undefined ? copy : { ...copy, status: original.status };
}
