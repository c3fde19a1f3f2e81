/** What to do about one object in the mailbox workspace (docs/rules.md, syncer 5); pure. */
import { type KubeObject, ORIGIN, PROJECTED, type Unstructured, UPSYNCED } from '@kubestellar/api';
import {
  formatMark,
  identityOf,
  isNeverUpsynced,
  isReplaced,
  markOf,
  type Origin,
  sourceIdsOf,
} from '@kubestellar/rules';
import { cameUp } from '../came-up.ts';
import { copyOf } from '../copy-form.ts';
import { cameDown } from '../marks.ts';

/** What to do in the mailbox workspace. */
export type UpAction = { do: 'nothing' | 'leave' | 'delete' } | { do: 'apply'; object: Unstructured };

/** Of which resource an object is, and for whom it is upsynced. */
export interface UpActor {
  /** `<plural>.<group>`. */
  readonly resource: string;
  readonly origin: Origin;
}

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
  actor: UpActor,
): UpAction {
  const ours = live !== undefined && cameUp(live);
  if (!original || isNeverUpsynced(original))
    return { do: ours && !live.metadata.deletionTimestamp ? 'delete' : 'nothing' };
  // What came down does not go up again.
  if (!wanted || cameDown(original, actor.resource) || original.metadata.deletionTimestamp) {
    return { do: 'nothing' };
  }
  if (live?.metadata.deletionTimestamp) return { do: 'nothing' };
  if (live && !ours) return { do: 'leave' };
  // Its original was deleted, and another one has its name: its end brings us back.
  if (
    live &&
    isReplaced(markOf(live, actor.resource)?.sources ?? [], sourceIdsOf(actor.resource, [original]))
  )
    return { do: 'delete' };
  return { do: 'apply', object: toMailboxForm(original, hasStatus, actor) };
}

/** The form in which an object of the WEC is applied in the mailbox workspace. */
export function toMailboxForm(
  original: Unstructured,
  hasStatus: boolean,
  { resource, origin }: UpActor,
): Unstructured {
  const { name, namespace = '' } = original.metadata;
  const mark = { ...origin, resource, namespace, name, sources: sourceIdsOf(resource, [original]) };
  const annotations = { [UPSYNCED]: identityOf(original), [ORIGIN]: formatMark(mark) };
  const copy = copyOf(original, { annotations });
  // Otherwise the placement-translator would take it for its own, and delete it.
  if (copy.metadata.labels) delete copy.metadata.labels[PROJECTED];
  return hasStatus || original.status === undefined ? copy : { ...copy, status: original.status };
}
