import { Arrival } from '../arrival.ts';
import { measureFloor, objections } from '../floor.ts';
import { perCopy, processesIn, sample, type Usage, usage } from '../programs.ts';
import { whenQuiet } from '../quiet.ts';
import { atMost, type Result } from '../result.ts';
import { type Bench, configMap, createObjects, place, unplace } from '../setup.ts';
import { median, round } from '../statistics.ts';

/** Seconds that all copies may take. */
const LIMIT = 300;
/** Largest ratio to the floor (issue "The chain, whole"). */
const RATIO = 2;

/** From the creation of an EdgePlacement to a verified copy of each object on each cluster. */
export async function fanout(bench: Bench, objects: number, rounds: number): Promise<Result> {
  const { setup, wecs, log } = bench;
  const copies = objects * wecs.length;
  const before = await measureFloor(bench, objects);
  const programs = processesIn(setup.state, 'programs');
  const servers = processesIn(setup.state, 'servers');
  const seconds: number[] = [];
  const uses: Map<string, Usage>[] = [];
  const serverUses: Map<string, Usage>[] = [];
  for (let i = 1; i <= rounds; i++) {
    const namespace = `fanout-${i}-${Date.now()}`;
    await createObjects(bench, namespace, objects);
    const wanted = Array.from({ length: objects }, (_, index) => configMap(namespace, index));
    const arrivals = await Promise.all(wecs.map(({ client }) => new Arrival(client, namespace).start()));
    await whenQuiet(bench);
    const [own, other] = await Promise.all([sample(programs), sample(servers)]);
    const begin = performance.now();
    const arrived = Promise.all(arrivals.map((arrival) => arrival.of(wanted, LIMIT)));
    const [, last] = await Promise.all([place(bench, namespace), arrived]);
    const took = (Math.max(...last) - begin) / 1000;
    seconds.push(round(took, 3));
    uses.push(usage(own, await sample(programs)));
    serverUses.push(usage(other, await sample(servers)));
    log(`round ${i}: ${copies} copies in ${round(took)} s`);
    await Promise.all(arrivals.map((arrival) => arrival.stop()));
    await unplace(bench, namespace);
  }
  const after = await measureFloor(bench, objects);
  const floorSeconds = Math.min(before.seconds, after.seconds);
  const ratioToFloor = round(median(seconds) / floorSeconds);
  return {
    scenario: 'fanout',
    objects,
    wecs: wecs.length,
    copies,
    seconds,
    medianSeconds: round(median(seconds), 3),
    floor: { before, after, seconds: floorSeconds },
    ratioToFloor,
    programs: perCopy(middle(uses), copies),
    servers: Object.fromEntries(
      [...middle(serverUses)].map(([name, { cpuSeconds }]) => [name, { cpuSeconds: round(cpuSeconds) }]),
    ),
    aims: [atMost('ratio to floor', ratioToFloor, RATIO)],
    invalid: objections(before, after),
  };
}

/** @returns the median of each number of each program; of memory the last, which is the peak of all */
function middle(uses: readonly Map<string, Usage>[]): Map<string, Usage> {
  const last = uses.at(-1) ?? new Map<string, Usage>();
  return new Map(
    [...last].map(([name, usage]) => {
      const of = (key: keyof Usage) => median(uses.map((use) => use.get(name)?.[key] ?? Number.NaN));
      const numbers = Object.keys(usage).map((key) => [key, of(key as keyof Usage)]);
      return [name, { ...(Object.fromEntries(numbers) as unknown as Usage), peakMemory: usage.peakMemory }];
    }),
  );
}
