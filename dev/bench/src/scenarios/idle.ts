import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn, sample, usage } from '../programs.ts';
import { atMost, type Result } from '../result.ts';
import { type Bench, unplace } from '../setup.ts';
import { round } from '../statistics.ts';
import { deliverAndSettle } from './settle.ts';

/** Seconds that are looked at. */
const SECONDS = 60;
/** Percent of one core, and requests a second beyond those for Leases, of all our programs together. */
const CPU = 3;
const REQUESTS = 2;

/** What our programs use while nothing happens. */
export async function idle(bench: Bench, objects: number): Promise<Result> {
  const { setup, wecs, log } = bench;
  const namespace = `idle-${Date.now()}`;
  for (const arrival of await deliverAndSettle(bench, namespace, objects)) await arrival.stop();
  const programs = processesIn(setup.state, 'programs');
  log(`idle for ${SECONDS} s`);
  const before = await sample(programs);
  const begin = performance.now();
  await sleep(SECONDS * 1000, undefined, { signal: bench.signal });
  const used = usage(before, await sample(programs));
  const seconds = (performance.now() - begin) / 1000;
  const sum = (key: 'cpuSeconds' | 'requests' | 'leaseRequests') =>
    [...used.values()].reduce((all, one) => all + one[key], 0);
  const cpuPercent = round((sum('cpuSeconds') / seconds) * 100);
  const requestsPerSecond = round(sum('requests') / seconds);
  await unplace(bench, namespace);
  return {
    scenario: 'idle',
    objects,
    wecs: wecs.length,
    copies: objects * wecs.length,
    seconds: round(seconds),
    cpuPercent,
    requestsPerSecond,
    leaseRequestsPerSecond: round(sum('leaseRequests') / seconds),
    programs: Object.fromEntries(
      [...used].map(([name, one]) => [
        name,
        {
          cpuPercent: round((one.cpuSeconds / seconds) * 100),
          requests: one.requests,
          leaseRequests: one.leaseRequests,
          peakMemoryMB: Math.round(one.peakMemory),
        },
      ]),
    ),
    aims: [
      atMost('CPU of all programs while idle (% of one core)', cpuPercent, CPU),
      atMost('requests per second while idle, without Leases', requestsPerSecond, REQUESTS),
    ],
    invalid: [],
  };
}
