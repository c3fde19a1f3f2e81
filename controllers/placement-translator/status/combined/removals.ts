/** What an EdgePlacement's user sees of removals that nobody has asked for. */
import { type AwaitedRemovals, type EdgePlacement, parseMailboxWorkspaceName } from '@kubestellar/api';
import { type Problem, problem } from '@kubestellar/rules';
import type { Inventory } from '../../cache/inventory.ts';
import type { Brake, PendingRemovals } from '../../desired/brake/brake.ts';
import { type ObjectKey, parseObjectKey } from '../../keys.ts';
import { fewOf } from './object-status.ts';

/** Reason of the condition Applied while removals await approval. */
export const AWAITED = 'RemovalsAwaitApproval';

/** Removals that are pending, as the status of their EdgePlacement names them. */
export interface ReportedRemovals {
  /** Why what it selects is not all that clusters have. */
  problem: Problem;
  /** Undefined while they don't await approval. */
  awaited: AwaitedRemovals | undefined;
}

/** @returns what is about to leave clusters; undefined when nothing is */
export function removalsOf(
  { brake, inventory }: { brake: Pick<Brake, 'pendingOf'>; inventory: Pick<Inventory, 'targets'> },
  { metadata, status }: EdgePlacement,
): ReportedRemovals | undefined {
  const pending = brake.pendingOf(metadata.uid ?? '');
  if (!pending) return undefined;
  // What an earlier process has left is not known in detail yet.
  if (pending.some.length === 0 && status?.removals && !pending.isPermitted)
    return reportedRemovals(metadata.name, pending, status.removals);
  return reportedRemovals(metadata.name, pending, {
    clusters: fewOf(pending.mailboxes.map((mailbox) => nameOf(inventory, mailbox))),
    objects: pending.some.map(nameIn),
  });
}

/** @param some some of the clusters and objects */
export function reportedRemovals(
  placement: string,
  { count, since, isPermitted }: Pick<PendingRemovals, 'count' | 'since' | 'isPermitted'>,
  { clusters = [], objects = [] }: Pick<AwaitedRemovals, 'clusters' | 'objects'>,
): ReportedRemovals {
  const awaited = since === undefined ? undefined : { count, since, clusters, objects };
  if (!awaited || isPermitted)
    return { problem: problem('OnTheWay', `${count} removal(s) from clusters are on the way`), awaited };
  const message =
    `${count} removal(s) from clusters await approval: they follow from a change, or are protected. Undo the change, ` +
    `or run "kubectl kubestellar approve edgeplacement/${placement}". ` +
    `Concerned: ${objects.slice(0, 2).join(', ')}${count > 2 ? ', …' : ''} on ${clusters.join(', ')}`;
  return { problem: problem(AWAITED, message), awaited };
}

function nameOf({ targets }: Pick<Inventory, 'targets'>, mailbox: string): string {
  const uid = parseMailboxWorkspaceName(mailbox)?.syncTargetUID;
  return [...targets.list()].find(({ metadata }) => metadata.uid === uid)?.metadata.name ?? mailbox;
}

function nameIn(key: ObjectKey): string {
  const { groupResource, namespace, name } = parseObjectKey(key);
  return `${groupResource} ${namespace ? `${namespace}/` : ''}${name}`;
}
