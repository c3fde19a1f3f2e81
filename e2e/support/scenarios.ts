import type { Suite } from '@kubestellar/testing';
import { shuffled } from './random.ts';

/** Something that is shown on servers of type `Core`; it needs nothing of any other scenario. */
interface Scenario<Core> {
  name: string;
  show(core: Core): Promise<void>;
}

/** The scenarios of one area: called with a name and a body it adds one. */
export interface Area<Core> {
  (name: string, show: Scenario<Core>['show']): void;
  readonly scenarios: readonly Scenario<Core>[];
}

/** @returns an area without scenarios */
export function area<Core>(): Area<Core> {
  const scenarios: Scenario<Core>[] = [];
  const add = (name: string, show: Scenario<Core>['show']) => void scenarios.push({ name, show });
  return Object.assign(add, { scenarios });
}

/** The scenarios of some areas, and the servers that they share. */
export interface Scenes<Core> {
  areas: readonly Area<Core>[];
  /** Name of the variable that picks scenarios by a part of their names; with `_SEED` it repeats an order. */
  variable: string;
  /** Starts the servers. @returns a Core for each lane */
  start(): Promise<readonly Core[]>;
  /** Ends what was started, also where the start failed halfway. */
  end(lanes: readonly Core[]): Promise<void>;
}

/** Makes each scenario a test: they are played on shared servers, several at a time, in random order. */
export function addScenarios<Core>(test: Suite, { areas, variable, start, end }: Scenes<Core>): void {
  const seed = Number(process.env[`${variable}_SEED`] ?? Date.now() % 2 ** 31);
  const picked = process.env[variable] ?? '';
  const scenarios = areas.flatMap((each) => each.scenarios).filter(({ name }) => name.includes(picked));
  let lanes: readonly Core[] = [];
  let results = new Map<string, Promise<void>>();
  test.before(async () => {
    const begin = Date.now();
    lanes = await start();
    const seconds = Math.round((Date.now() - begin) / 1000);
    console.log(
      `    seed ${seed}, ${scenarios.length} scenarios in ${lanes.length} lanes; started in ${seconds} s`,
    );
    results = playAtRandom(scenarios, lanes, seed);
  });
  test.after(() => end(lanes));
  for (const { name } of scenarios) test(name, () => results.get(name));
}

/**
 * Plays scenarios in an order that the seed decides, on each of the `lanes` one after the other.
 * @returns by name, what a scenario comes to; the promise of a failed one rejects
 */
function playAtRandom<Core>(
  scenarios: readonly Scenario<Core>[],
  lanes: readonly Core[],
  seed: number,
): Map<string, Promise<void>> {
  const results = new Map<string, Promise<void>>();
  const waiting = shuffled(scenarios, seed).map((scenario) => {
    const result = Promise.withResolvers<void>();
    // Whoever asks for the result gets the failure; that nobody has asked yet is no failure of its own.
    result.promise.catch(() => undefined);
    results.set(scenario.name, result.promise);
    return { scenario, result };
  });
  const play = async (lane: Core) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { scenario, result } = next;
      const begin = Date.now();
      await scenario.show(lane).then(result.resolve, result.reject);
      console.log(`    ${((Date.now() - begin) / 1000).toFixed(1)} s: ${scenario.name}`);
    }
  };
  for (const lane of lanes) void play(lane);
  return results;
}
