import type { EdgePlacement, UpsyncSet } from '@kubestellar/api';

/**
 * @returns the union of the upsync sets of EdgePlacements, sorted; equality is syntactic (spec api 2)
 */
export function upsyncOf(placements: readonly EdgePlacement[]): UpsyncSet[] {
  const sets = new Map(
    placements.flatMap(({ spec }) => spec?.upsync ?? []).map((set) => [JSON.stringify(set), set]),
  );
  return [...sets.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, set]) => set);
}
