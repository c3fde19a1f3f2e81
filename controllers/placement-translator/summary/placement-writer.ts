import { keyOf, parseKey } from '@kubestellar/kube';
import type { EventRecorder } from '../events.ts';
import type { State } from '../state.ts';
import { problemsIn } from './combined-status.ts';
import { named, placementStatusOf, writePlacementStatus } from './placement-status.ts';
import type { Totals } from './totals.ts';

/**
 * Tells an EdgePlacement (its key) the sums of what it places, in its status, and in Events what is new in them.
 */
export async function tellPlacement(
  { placements, everywhere }: State,
  totals: Totals,
  events: EventRecorder,
  key: string,
): Promise<void> {
  const { cluster } = parseKey(key);
  const found = placements.in(cluster).find(({ placement }) => keyOf(placement) === key);
  if (!found?.destinations) return;
  const { placement } = found;
  const summary = totals.of(key);
  const known = new Set(problemsIn(placement.status?.summary?.failures ?? []));
  const client = everywhere.workspace(cluster);
  const status = placementStatusOf(placement, summary, new Date());
  if (!(await writePlacementStatus(client, placement, status))) return;
  for (const failure of summary.failures ?? []) {
    const topic = `${failure.reason}|${failure.message}`;
    if (known.has(topic)) continue;
    const message = `${failure.count} of ${summary.wanted} (${named(failure)}): ${failure.message}`;
    await events.record(placement, { type: 'Warning', reason: 'NotApplied', message, topic });
  }
  if (known.size === 0 || summary.failures || summary.applied < summary.wanted) return;
  const message = `all ${summary.wanted} applied`;
  await events.record(placement, { type: 'Normal', reason: 'Applied', message, topic: '' });
}
