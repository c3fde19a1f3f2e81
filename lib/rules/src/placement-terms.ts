/** The number of comparisons that the EdgePlacements of a workspace need; pure. */
import type { DownsyncObjectTest, EdgePlacement, EdgePlacementSpec, LabelSelector } from '@kubestellar/api';

/**
 * Limit of the terms of all EdgePlacements of one workspace: all of them are compared whenever one of its objects
 * changes, which then takes at most some milliseconds.
 */
export const MAX_TERMS = 20_000;

/** Specs in the caches are not changed in place: a changed one is another object. */
const known = new WeakMap<EdgePlacementSpec, number>();

/** @returns the number of comparisons of an EdgePlacement: tests, sets, labels and values */
export function termsOf(spec: EdgePlacementSpec | undefined): number {
  if (!spec) return 1;
  const counted = known.get(spec) ?? count(spec);
  known.set(spec, counted);
  return counted;
}

/**
 * @param placements of one workspace
 * @returns those that exceed the limit: older ones fit first
 */
export function placementsOverBudget(placements: readonly EdgePlacement[]): Set<EdgePlacement> {
  const over = new Set<EdgePlacement>();
  const total = placements.reduce((sum, { spec }) => sum + termsOf(spec), 0);
  if (total <= MAX_TERMS) return over;
  let left = MAX_TERMS;
  for (const placement of [...placements].sort(byAge)) {
    const terms = termsOf(placement.spec);
    if (terms > left) over.add(placement);
    else left -= terms;
  }
  return over;
}

/** @returns the message for the user of an EdgePlacement that exceeds the limit */
export function overBudgetMessage({ spec }: EdgePlacement): string {
  return `the EdgePlacements of this workspace have more than ${MAX_TERMS} terms (tests, names, labels and values), this one ${termsOf(spec)}: it is not evaluated, and its objects stay as they are. Use fewer or larger selectors`;
}

function count({ downsync = [], upsync = [], locationSelectors = [] }: EdgePlacementSpec): number {
  const tests = downsync.reduce((sum, test) => sum + termsOfTest(test), 0);
  const sets = upsync.reduce((sum, set) => sum + 1 + lengths(Object.values(set)), 0);
  return 1 + tests + sets + termsOfSelectors(locationSelectors);
}

function termsOfTest({ labelSelectors, namespaceSelectors, ...lists }: DownsyncObjectTest): number {
  const selectors = termsOfSelectors(labelSelectors ?? []) + termsOfSelectors(namespaceSelectors ?? []);
  return 1 + lengths(Object.values(lists)) + selectors;
}

function termsOfSelectors(selectors: readonly LabelSelector[]): number {
  return selectors.reduce((sum, { matchLabels = {}, matchExpressions = [] }) => {
    const values = matchExpressions.reduce((all, { values: some = [] }) => all + 1 + some.length, 0);
    return sum + 1 + Object.keys(matchLabels).length + values;
  }, 0);
}

function lengths(lists: readonly unknown[]): number {
  return lists.reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}

function byAge({ metadata: a }: EdgePlacement, { metadata: b }: EdgePlacement): number {
  const [older, newer] = [`${a.creationTimestamp} ${a.name}`, `${b.creationTimestamp} ${b.name}`];
  return older < newer ? -1 : older > newer ? 1 : 0;
}
