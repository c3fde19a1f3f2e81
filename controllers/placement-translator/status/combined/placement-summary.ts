import type { PlacementSummary } from '@kubestellar/api';
import { compareText } from '@kubestellar/kube';
import { fewOf, isSameTally, problemKey, type Tally } from './object-status.ts';

/** What one object contributes to the sums of an EdgePlacement. */
interface Contribution {
  /** `<plural>.<group> <namespace>/<name>`, for people. */
  name: string;
  tally: Tally;
}

const COUNTS = ['wanted', 'applied', 'failing', 'available', 'unknown'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;
const NONE: Counts = { wanted: 0, applied: 0, failing: 0, available: 0, unknown: 0 };

const MAX_GROUPS = 10;

/** The sums of each EdgePlacement, kept up to date object by object. */
export class Totals {
  readonly #byPlacement = new Map<
    string,
    { counts: Counts; objects: Map<string, Contribution>; failing: Set<string>; unknown: Set<string> }
  >();
  readonly #placementsOf = new Map<string, string[]>();

  /**
   * Replaces what a source contributes.
   * @param tallies its sums for each EdgePlacement (by key) that selects it
   * @returns the EdgePlacements whose sums have changed
   */
  set(source: string, name: string, tallies: ReadonlyMap<string, Tally>): string[] {
    const before = this.#placementsOf.get(source) ?? [];
    const changed = new Set<string>();
    for (const placement of before) {
      if (!tallies.has(placement) && this.#put(placement, source, undefined)) changed.add(placement);
    }
    for (const [placement, tally] of tallies) {
      if (this.#put(placement, source, { name, tally })) changed.add(placement);
    }
    if (tallies.size > 0) this.#placementsOf.set(source, [...tallies.keys()]);
    else this.#placementsOf.delete(source);
    return [...changed];
  }

  /** @returns the sums of an EdgePlacement, which may be those of no object */
  of(placement: string): PlacementSummary {
    const entry = this.#byPlacement.get(placement);
    if (!entry) return { objects: 0, ...NONE };
    const of = (sources: ReadonlySet<string>) =>
      [...sources].flatMap((source) => entry.objects.get(source) ?? []);
    const failures = failuresOf(of(entry.failing));
    const silent = fewOf(of(entry.unknown).flatMap(({ tally }) => tally.silent));
    return {
      objects: entry.objects.size,
      ...entry.counts,
      ...(failures.length > 0 ? { failures } : {}),
      ...(silent.length > 0 ? { silent } : {}),
    };
  }

  #put(placement: string, source: string, contribution: Contribution | undefined): boolean {
    const entry = this.#byPlacement.get(placement) ?? {
      counts: { ...NONE },
      objects: new Map<string, Contribution>(),
      failing: new Set<string>(),
      unknown: new Set<string>(),
    };
    const before = entry.objects.get(source);
    if (before && contribution && isSameTally(before.tally, contribution.tally)) return false;
    add(entry.counts, before?.tally, -1);
    add(entry.counts, contribution?.tally, 1);
    if (contribution) entry.objects.set(source, contribution);
    else entry.objects.delete(source);
    for (const state of ['failing', 'unknown'] as const)
      if (contribution && contribution.tally[state] > 0) entry[state].add(source);
      else entry[state].delete(source);
    if (entry.objects.size > 0) this.#byPlacement.set(placement, entry);
    else this.#byPlacement.delete(placement);
    return before !== undefined || contribution !== undefined;
  }
}

function add(counts: Counts, tally: Tally | undefined, sign: 1 | -1): void {
  if (!tally) return;
  for (const name of COUNTS) counts[name] += sign * tally[name];
}

/** Grouped over all failing objects, the most frequent first, cut to a bounded size. */
function failuresOf(failing: readonly Contribution[]): NonNullable<PlacementSummary['failures']> {
  const groups = new Map<
    string,
    { reason: string; message: string; count: number; clusters: Set<string>; objects: string[] }
  >();
  for (const { name, tally } of failing) {
    for (const { problem, locations } of tally.failures.values()) {
      const key = problemKey(problem);
      const group = groups.get(key) ?? { ...problem, count: 0, clusters: new Set<string>(), objects: [] };
      groups.set(key, group);
      group.count += locations.length;
      for (const location of locations) group.clusters.add(location);
      group.objects.push(name);
    }
  }
  const sorted = [...groups.entries()]
    .sort(([a, x], [b, y]) => y.count - x.count || compareText(a, b))
    .map(([, group]) => group);
  const told = sorted.slice(0, MAX_GROUPS).map(({ clusters, objects, ...group }) => {
    return { ...group, clusters: fewOf(clusters), objects: fewOf(objects) };
  });
  const rest = sorted.slice(MAX_GROUPS);
  if (rest.length === 0) return told;
  const count = rest.reduce((all, group) => all + group.count, 0);
  return [...told, { reason: 'Various', message: `${rest.length} more messages`, count }];
}
