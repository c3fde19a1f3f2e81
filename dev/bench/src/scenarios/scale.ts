import { processesIn, sample, usage } from '../programs.ts';
import { atMost, type Result } from '../result.ts';
import { type Bench, unplace } from '../setup.ts';
import { median, round } from '../statistics.ts';
import { changeOneByOne } from './changes.ts';
import { deliverAndSettle } from './settle.ts';

/** How much longer a change may take among ten times as many settled copies. */
const RATIO = 1.3;
const TIMES = 10;

/** One change among settled copies, and among ten times as many. */
export async function scale(bench: Bench, objects: number, changes: number): Promise<Result> {
  const { setup, wecs, log } = bench;
  const programs = processesIn(setup.state, 'programs');
  const namespace = `few-${Date.now()}`;
  const arrivals = await deliverAndSettle(bench, namespace, objects);
  const measure = () => changeOneByOne(bench, { namespace, objects, changes, arrivals });
  const few = await measure();
  const others = `many-${Date.now()}`;
  for (const arrival of await deliverAndSettle(bench, others, objects * (TIMES - 1))) await arrival.stop();
  const before = await sample(programs);
  const many = await measure();
  const used = usage(before, await sample(programs));
  await Promise.all(arrivals.map((arrival) => arrival.stop()));
  await unplace(bench, namespace);
  await unplace(bench, others);
  const ratio = round(median(many.first) / median(few.first));
  const copies = objects * wecs.length;
  const ms = (seconds: readonly number[]) => round(median(seconds) * 1000, 1);
  log(
    `a change arrives after ${ms(few.first)} ms among ${copies} copies, ${ms(many.first)} ms among ${copies * TIMES}`,
  );
  return {
    scenario: 'scale',
    wecs: wecs.length,
    changes,
    copies: { few: copies, many: copies * TIMES },
    medianMs: {
      few: { firstCluster: ms(few.first), allClusters: ms(few.all) },
      many: { firstCluster: ms(many.first), allClusters: ms(many.all) },
    },
    ratio,
    programs: Object.fromEntries(
      [...used].map(([name, { requests, peakMemory }]) => [
        name,
        { requestsPerChange: round(requests / changes), peakMemoryMB: Math.round(peakMemory) },
      ]),
    ),
    aims: [atMost(`ratio of a change among ${copies * TIMES} copies to one among ${copies}`, ratio, RATIO)],
    invalid: [],
  };
}
