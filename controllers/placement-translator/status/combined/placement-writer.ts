import type { EdgePlacement } from '@kubestellar/api';
import { type KubeClient, keyOf, parseKey, type RequeueAfter } from '@kubestellar/kube';
import type { Logger } from '@kubestellar/program';
import { dequal } from 'dequal/lite';
import type { Placements } from '../../cache/placements.ts';
import type { EventRecorder } from '../events.ts';
import { problemsIn } from './combined-status.ts';
import { named, placementStatusOf, refusalProblem, writePlacementStatus } from './placement-status.ts';
import type { Totals } from './placement-summary.ts';
import { AWAITED, type ReportedRemovals } from './removals.ts';

/** Slices may be seen before the Locations that they lead to: refusals younger than this are not told (milliseconds). */
const PATIENCE = 3000;

/** What is read and written. */
export interface PlacementWriterParts {
  placements: Pick<Placements, 'in'>;
  totals: Pick<Totals, 'of'>;
  /** What of it is about to leave clusters. */
  getRemovals(placement: EdgePlacement): ReportedRemovals | undefined;
  everywhere: Pick<KubeClient, 'workspace'>;
  events: Pick<EventRecorder, 'record'>;
  logger: Pick<Logger, 'warn'>;
}

/**
 * Tells an EdgePlacement (its key) the sums of what it places, in its status, and in Events what is new in them.
 */
export async function tellPlacement(
  key: string,
  { placements, totals, getRemovals, everywhere, events, logger }: PlacementWriterParts,
): Promise<RequeueAfter | undefined> {
  const { cluster } = parseKey(key);
  const found = placements.in(cluster).find(({ placement }) => keyOf(placement) === key);
  if (!found?.destinations) return undefined;
  const { placement } = found;
  const summary = totals.of(key);
  const known = new Set(problemsIn(placement.status?.summary?.failures ?? []));
  const client = everywhere.workspace(cluster);
  const lasting = found.refused.filter(({ since }) => Date.now() - since >= PATIENCE);
  const again = lasting.length < found.refused.length ? { requeueAfter: PATIENCE } : undefined;
  const refused = refusalProblem(lasting);
  const removals = getRemovals(placement);
  const status = placementStatusOf(placement, summary, new Date(), { refused, removals });
  if (!(await writePlacementStatus(client, placement, status))) return again;
  if (refused) {
    const { name } = placement.metadata;
    logger.warn({ placement: name, workspace: cluster, ...refused }, 'destinations not obeyed');
    await events.record(placement, { type: 'Warning', ...refused, topic: '' });
  }
  if (
    removals?.awaited &&
    removals.problem.reason === AWAITED &&
    !dequal(removals.awaited, placement.status?.removals)
  ) {
    const { name } = placement.metadata;
    logger.warn({ placement: name, workspace: cluster, ...removals.awaited }, 'removals await approval');
    const { reason, message } = removals.problem;
    await events.record(placement, { type: 'Warning', reason, message, topic: removals.awaited.since });
  }
  for (const failure of summary.failures ?? []) {
    const topic = `${failure.reason}|${failure.message}`;
    if (known.has(topic)) continue;
    const message = `${failure.count} of ${summary.wanted} (${named(failure)}): ${failure.message}`;
    await events.record(placement, { type: 'Warning', reason: 'NotApplied', message, topic });
  }
  if (known.size === 0 || summary.failures || summary.applied < summary.wanted) return again;
  const message = `all ${summary.wanted} applied`;
  await events.record(placement, { type: 'Normal', reason: 'Applied', message, topic: '' });
  return again;
}
