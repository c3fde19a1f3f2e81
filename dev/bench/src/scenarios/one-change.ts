import { twoWrites } from '../floor.ts';
import { processesIn, sample, usage } from '../programs.ts';
import { atMost, type Result } from '../result.ts';
import { type Bench, unplace } from '../setup.ts';
import { median, round } from '../statistics.ts';
import { changeOneByOne } from './changes.ts';
import { deliverAndSettle } from './settle.ts';

/** Largest ratio to two plain writes in sequence. */
const RATIO = 5;
/** How much the two plain writes may change from before to after. */
const STEADY = 1.5;

/** From the change of one object among settled copies to its arrival on a cluster. */
export async function oneChange(bench: Bench, objects: number, changes: number): Promise<Result> {
  const { setup, wecs, log } = bench;
  const namespace = `change-${Date.now()}`;
  const arrivals = await deliverAndSettle(bench, namespace, objects);
  const programs = processesIn(setup.state, 'programs');
  const before = await twoWrites(bench, changes);
  const start = await sample(programs);
  const { first, all } = await changeOneByOne(bench, { namespace, objects, changes, arrivals });
  const used = usage(start, await sample(programs));
  const after = await twoWrites(bench, changes);
  await Promise.all(arrivals.map((arrival) => arrival.stop()));
  await unplace(bench, namespace);
  const floor = Math.min(before, after);
  const ratio = round(median(first) / floor);
  log(
    `a change arrives after ${round(median(first) * 1000, 1)} ms; two plain writes take ${round(floor * 1000, 1)} ms`,
  );
  const unsteady = Math.max(before, after) / floor > STEADY;
  return {
    scenario: 'one-change',
    objects,
    wecs: wecs.length,
    copies: objects * wecs.length,
    changes,
    medianMs: { firstCluster: round(median(first) * 1000, 1), allClusters: round(median(all) * 1000, 1) },
    twoPlainWritesMs: { before: round(before * 1000, 1), after: round(after * 1000, 1) },
    ratioToTwoWrites: ratio,
    requestsPerChange: Object.fromEntries(
      [...used].map(([name, { requests }]) => [name, round(requests / changes)]),
    ),
    aims: [atMost('ratio to two plain writes', ratio, RATIO)],
    invalid: unsteady ? [`two plain writes changed by more than ${STEADY} × during the run`] : [],
  };
}
