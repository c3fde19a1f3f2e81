import { CONFIG_MAPS } from '@kubestellar/api';
import { twoWrites } from '../floor.ts';
import { processesIn, sample, usage } from '../programs.ts';
import { atMost, memoryAims, type Result } from '../result.ts';
import { type Bench, configMap, unplace } from '../setup.ts';
import { median, round } from '../statistics.ts';
import { deliverAndSettle } from './settle.ts';

/** Seconds that a change may take. */
const LIMIT = 30;
/** Largest ratio to two plain writes in sequence. */
const RATIO = 5;
/** How much the two plain writes may change from before to after. */
const STEADY = 1.5;

/** From the change of one object among settled copies to its arrival on a cluster. */
export async function oneChange(bench: Bench, objects: number, changes: number): Promise<Result> {
  const { setup, wmw, wecs, log } = bench;
  const namespace = `change-${Date.now()}`;
  const arrivals = await deliverAndSettle(bench, namespace, objects);
  const programs = processesIn(setup.state, 'programs');
  const before = await twoWrites(bench, changes);
  const start = await sample(programs);
  const first: number[] = [];
  const all: number[] = [];
  for (let i = 1; i <= changes; i++) {
    const object = configMap(namespace, (i * 37) % objects);
    const data = { ...object.data, revision: String(i) };
    const begin = performance.now();
    const arrived = arrivals.map((arrival) => arrival.of([{ ...object, data }], LIMIT));
    const patched = wmw.mergePatch(
      CONFIG_MAPS,
      { namespace, name: object.metadata.name },
      { data: { revision: String(i) } },
      { fieldManager: 'bench' },
    );
    await Promise.all([patched, Promise.race(arrived)]);
    first.push((performance.now() - begin) / 1000);
    await Promise.all(arrived);
    all.push((performance.now() - begin) / 1000);
  }
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
    aims: [atMost('ratio to two plain writes', ratio, RATIO), ...memoryAims(used)],
    invalid: unsteady ? [`two plain writes changed by more than ${STEADY} × during the run`] : [],
  };
}
