import type { Customizer, Location } from '@kubestellar/api';
import { clusterOf } from '@kubestellar/kube';
import type { Evaluator } from '../evaluation/evaluator.ts';
import type { ParameterList } from '../evaluation/jobs.ts';
import { expands } from './customize.ts';
import { parametersOf } from './parameters.ts';

/** So many Locations are looked at in one job. */
const BATCH = 20;

/**
 * @param locations those whose parameters the Customizer gets
 * @returns one line for each of its replacements that can't be read
 */
export async function unreadable(
  evaluator: Evaluator,
  customizer: Customizer,
  locations: readonly Location[],
): Promise<string[]> {
  const all = customizer.replacements ?? [];
  if (!expands(customizer) || locations.length === 0) {
    // What parameters will make of a text can't be told before there are any.
    const told = all.filter(({ path, value }) => !expands(customizer) || !`${path}${value}`.includes('%'));
    if (told.length === 0) return [];
    return (await read(evaluator, customizer, told, [null])).flat();
  }
  const problems = new Set<string>();
  for (let from = 0; from < locations.length; from += BATCH) {
    const some = locations.slice(from, from + BATCH);
    const lists = some.map((location) => [...parametersOf(location)]);
    const found = await read(evaluator, customizer, all, lists);
    for (const [n, each] of found.entries())
      for (const problem of each) problems.add(`at Location ${some[n]?.metadata.name}: ${problem}`);
  }
  return [...problems].sort();
}

async function read(
  evaluator: Evaluator,
  customizer: Customizer,
  replacements: NonNullable<Customizer['replacements']>,
  parameters: readonly (ParameterList | null)[],
): Promise<string[][]> {
  const job = { kind: 'read-customizer', replacements, parameters } as const;
  const outcome = await evaluator.evaluate(clusterOf(customizer), job);
  if ('result' in outcome) return outcome.result.problems;
  return [[`reading the replacements takes more than it may: ${outcome.over}`]];
}
