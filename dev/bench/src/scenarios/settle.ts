import { setTimeout as sleep } from 'node:timers/promises';
import { Arrival } from '../arrival.ts';
import { processesIn, sample, usage } from '../programs.ts';
import { type Bench, configMap, createObjects, place } from '../setup.ts';

/** How long nothing may happen before we call it settled, and how long we wait for that (seconds). */
const QUIET = 5;
const LIMIT = 180;

/**
 * Delivers objects and waits until our programs have nothing left to do.
 * @returns the watches of the Namespace on each cluster; to be stopped by the caller
 */
export async function deliverAndSettle(bench: Bench, namespace: string, objects: number): Promise<Arrival[]> {
  const { wecs, log } = bench;
  await createObjects(bench, namespace, objects);
  const wanted = Array.from({ length: objects }, (_, index) => configMap(namespace, index));
  const arrivals = await Promise.all(wecs.map(({ client }) => new Arrival(client, namespace).start()));
  await place(bench, namespace);
  await Promise.all(arrivals.map((arrival) => arrival.of(wanted, LIMIT)));
  log(`${objects * wecs.length} copies are there; waiting until nothing is written for ${QUIET} s`);
  await settled(bench);
  return arrivals;
}

async function settled({ setup, signal }: Bench): Promise<void> {
  const programs = processesIn(setup.state, 'programs');
  const deadline = Date.now() + LIMIT * 1000;
  let before = await sample(programs);
  for (;;) {
    await sleep(QUIET * 1000, undefined, { signal });
    const now = await sample(programs);
    const requests = [...usage(before, now).values()].reduce((sum, one) => sum + one.requests, 0);
    if (requests === 0) return;
    if (Date.now() > deadline)
      throw new Error(`our programs still send requests after ${LIMIT} s (${requests} in ${QUIET} s)`);
    before = now;
  }
}
