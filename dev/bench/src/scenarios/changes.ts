import { randomUUID } from 'node:crypto';
import { CONFIG_MAPS } from '@kubestellar/api';
import type { Arrival } from '../arrival.ts';
import { type Bench, configMap } from '../setup.ts';

/** Seconds that a change may take. */
const LIMIT = 30;

/** Which objects to change, how often, and the watches that see them arrive, one for each cluster. */
export interface Changes {
  namespace: string;
  /** How many objects the Namespace has. */
  objects: number;
  changes: number;
  arrivals: readonly Arrival[];
}

/**
 * Changes one object after another, each when the change before has arrived everywhere.
 * @returns seconds from each change to its arrival on the first cluster, and on all
 */
export async function changeOneByOne(
  { wmw }: Bench,
  { namespace, objects, changes, arrivals }: Changes,
): Promise<{ first: number[]; all: number[] }> {
  const first: number[] = [];
  const all: number[] = [];
  for (let i = 1; i <= changes; i++) {
    const object = configMap(namespace, (i * 37) % objects);
    // Never the same twice, so that nothing but this change can be what arrives.
    const revision = randomUUID();
    const data = { ...object.data, revision };
    const begin = performance.now();
    const arrived = arrivals.map((arrival) => arrival.of([{ ...object, data }], LIMIT));
    const patched = wmw.mergePatch(
      CONFIG_MAPS,
      { namespace, name: object.metadata.name },
      { data: { revision } },
      { fieldManager: 'bench' },
    );
    const [, ...times] = await Promise.all([patched, ...arrived]);
    first.push((Math.min(...times) - begin) / 1000);
    all.push((Math.max(...times) - begin) / 1000);
  }
  return { first, all };
}
